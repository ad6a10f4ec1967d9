import stringWidth from "string-width";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Columns that a text takes on a terminal: two for a Chinese sign, none for an accent of its own. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text);
}

/** A text of at most so many columns; where it is cut stands an ellipsis. */
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

export function padTo(text: string, width: number, side: "left" | "right"): string {
  const padding = " ".repeat(Math.max(0, width - widthOf(text)));
  return side === "left" ? text + padding : padding + text;
}

function isPlain(text: string): boolean {
  return /^[\u0020-\u007E]*$/.test(text);
}
