import type { HeatCell } from "../../batch/gaps/heat-cells.ts";

interface HeatLine {
  readonly label: string;
  readonly cells: readonly HeatCell[];
}

export interface HeatMap {
  /** The labels of the left and the right end of the axis. */
  readonly from: string;
  readonly to: string;
  /** What a cell spans, for the legend. */
  readonly cell: string;
  readonly lines: readonly HeatLine[];
  readonly inColor: boolean;
}

/** A map of characters, such as of days by asset: the more data, the darker. An empty cell shows why it is empty. */
export function renderHeatMap({ from, to, cell, lines, inColor }: HeatMap): string {
  const labelWidth = Math.max(0, ...lines.map((line) => line.label.length));
  const cellCount = Math.max(0, ...lines.map((line) => line.cells.length));
  const gap = " ".repeat(Math.max(1, cellCount - from.length - to.length));
  const indent = " ".repeat(labelWidth + 2);
  const rows = lines.map(
    ({ label, cells }) =>
      `${label.padEnd(labelWidth)}  ${cells.map((state) => shade(state, inColor)).join("")}`,
  );
  const used = new Set<HeatCell>(lines.flatMap(({ cells }) => cells));
  const reasons = emptyCells.filter(({ state }) => used.has(state));
  const legend = [
    "█ all  ▓ nearly all  ▒ most  ░ some  · none",
    ...reasons.map(({ character, meaning }) => `${character} ${meaning}`),
    `(a cell is ${cell})`,
  ].join("  ");
  return [`${indent}${from}${gap}${to}`, ...rows, `${indent}${legend}`, ""].join("\n");
}

const emptyCells: readonly {
  readonly state: HeatCell;
  readonly character: string;
  readonly meaning: string;
}[] = [
  { state: "closed", character: "-", meaning: "closed" },
  { state: "not_fetched", character: "?", meaning: "not fetched" },
  { state: "not_yet", character: ">", meaning: "not yet" },
  { state: "calendar_unknown", character: "~", meaning: "calendar unknown" },
];

function shade(state: HeatCell, inColor: boolean): string {
  if (typeof state !== "number") return emptyCells.find((empty) => empty.state === state)?.character ?? " ";
  const [character, color] = shadeOf(state);
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
