/** A text as a literal of Python, on one line. JSON's escapes mean the same in Python. */
export function pythonString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A list of texts; a long one has a line for each. */
export function pythonStrings(texts: readonly string[], indent: string): string {
  const literals = texts.map(pythonString);
  return pythonList(literals, indent);
}

/** A list of Python expressions. */
export function pythonList(items: readonly string[], indent: string): string {
  const line = `[${items.join(", ")}]`;
  if (line.length <= lineLengthMax - indent.length) return line;
  return `[\n${items.map((item) => `${indent}    ${item},\n`).join("")}${indent}]`;
}

/** A length of time. */
export function timedelta(seconds: number): string {
  return `timedelta(seconds=${seconds})`;
}

const lineLengthMax = 100;

/** What an editor does not show, or shows in another order. */
const unseen = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
