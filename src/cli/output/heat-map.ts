/** One line of a heat map: how much of each cell is there, from 0 to 1; `undefined` where nothing was to be expected. */
export interface HeatLine {
  readonly label: string;
  readonly cells: readonly (number | undefined)[];
}

export interface HeatMap {
  /** What stands at the left end of the axis, and at its right end. */
  readonly from: string;
  readonly to: string;
  /** What a cell spans, for the legend. */
  readonly cell: string;
  readonly lines: readonly HeatLine[];
  readonly inColor: boolean;
}

/** Days by asset, say, as characters that get darker the more is there. */
export function renderHeatMap({ from, to, cell, lines, inColor }: HeatMap): string {
  const labelWidth = Math.max(0, ...lines.map((line) => line.label.length));
  const cellCount = Math.max(0, ...lines.map((line) => line.cells.length));
  const gap = " ".repeat(Math.max(1, cellCount - from.length - to.length));
  const indent = " ".repeat(labelWidth + 2);
  const rows = lines.map(
    ({ label, cells }) =>
      `${label.padEnd(labelWidth)}  ${cells.map((share) => shade(share, inColor)).join("")}`,
  );
  const legend = `█ all  ▓ nearly all  ▒ most  ░ some  · none  (blank: market closed; a cell is ${cell})`;
  return [`${indent}${from}${gap}${to}`, ...rows, `${indent}${legend}`, ""].join("\n");
}

function shade(share: number | undefined, inColor: boolean): string {
  if (share === undefined) return " ";
  const [character, color] = shadeOf(share);
  return inColor ? `\u001B[${color}m${character}\u001B[0m` : character;
}

/** The character and its colour: green, yellow, red. */
function shadeOf(share: number): readonly [string, number] {
  if (share >= 1) return ["█", 32];
  if (share >= 0.95) return ["▓", 33];
  if (share >= 0.5) return ["▒", 33];
  if (share > 0) return ["░", 31];
  return ["·", 31];
}
