/** Breaks one paragraph into lines, as Python's textwrap does when it leaves whitespace as it is. */
export function wordWrap(
  paragraph: string,
  width: number,
  breakLongWords: boolean,
  breakOnHyphens: boolean,
): string[] {
  const chunks = split(paragraph, breakOnHyphens);
  const lines: string[] = [];
  while (chunks.length > 0) {
    if (lines.length > 0 && isBlank(chunks[0])) chunks.shift();
    const line = takeLine(chunks, width, breakLongWords);
    if (isBlank(line.at(-1))) line.pop();
    if (line.length > 0) lines.push(line.join(""));
  }
  return lines;
}

function takeLine(chunks: string[], width: number, breakLongWords: boolean): string[] {
  const line: string[] = [];
  let length = 0;
  while (chunks[0] !== undefined && length + chunks[0].length <= width) {
    length += chunks[0].length;
    line.push(chunks[0]);
    chunks.shift();
  }
  const [next] = chunks;
  if (next === undefined || next.length <= width) return line;
  if (breakLongWords) {
    // Python takes no character where no room is left, and leaves the blank at the end of such a line.
    const room = width < 1 ? 1 : width - length;
    line.push(next.slice(0, room));
    chunks[0] = next.slice(room);
  } else if (line.length === 0) {
    line.push(next);
    chunks.shift();
  }
  return line;
}

function split(paragraph: string, breakOnHyphens: boolean): string[] {
  const words = paragraph.split(/(\s+)/).filter((word) => word !== "");
  if (!breakOnHyphens) return words;
  return words.flatMap((word) => word.split(/(?<=[\p{L}_]{2}-)(?=[\p{L}_]{2})/u));
}

function isBlank(chunk: string | undefined): boolean {
  return chunk?.trim() === "";
}
