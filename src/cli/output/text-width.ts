import stringWidth from "string-width";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Columns that a text takes on a terminal: two for a Chinese sign, none for an accent of its own. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text);
}

/** A text of at most so many columns. A text that is cut ends in an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (isPlain(text)) return `${text.slice(0, Math.max(0, width - 1))}…`;
  let cut = "";
  let taken = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = stringWidth(segment);
    if (taken + next > width - 1) break;
    cut += segment;
    taken += next;
  }
  return `${cut}…`;
}

/** A text in lines of at most so many columns, broken at spaces where there are some. */
export function wrapTo(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  const words = text.split(/ +/).filter((word) => word !== "");
  for (const word of words.flatMap((one) => pieces(one, Math.max(2, width)))) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && widthOf(longer) > width) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return current === "" ? lines : [...lines, current];
}

/** Splits a word that is wider than a line. */
function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const parts: string[] = [];
  let part = "";
  let taken = 0;
  for (const { segment } of graphemes.segment(word)) {
    const next = widthOf(segment);
    if (taken + next > width) {
      parts.push(part);
      [part, taken] = ["", 0];
    }
    part += segment;
    taken += next;
  }
  return [...parts, part];
}

export function padTo(text: string, width: number, side: "left" | "right"): string {
  const padding = " ".repeat(Math.max(0, width - widthOf(text)));
  return side === "left" ? text + padding : padding + text;
}

function isPlain(text: string): boolean {
  return /^[\u0020-\u007E]*$/.test(text);
}
