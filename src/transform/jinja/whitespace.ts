/** What Python calls whitespace, as the inside of a character class: `\s` of JavaScript differs in a few characters. */
export const whitespaceClass =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const leading = new RegExp(`^[${whitespaceClass}]+`);
const isSpace = new RegExp(`[${whitespaceClass}]`);

export function stripStart(text: string): string {
  return text.replace(leading, "");
}

/** A loop: a regular expression that ends in `+$` takes quadratic time. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

export function strip(text: string): string {
  return stripStart(stripEnd(text));
}
