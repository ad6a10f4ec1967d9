// Writes docs/indicators.md from the definitions of the indicators: `node scripts/indicator-page.ts`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";

import { allIndicators } from "../src/indicators/all-indicators.ts";
import type { AnyIndicator } from "../src/indicators/all-indicators.ts";
import type { BarColumns } from "../src/indicators/bars.ts";

export const page: string = join(import.meta.dirname, "../docs/indicators.md");
const marker = "<!-- indicators: begin (node scripts/indicator-page.ts writes what follows) -->";

/** Nine daily bars, small enough to follow by hand. */
const example: BarColumns = {
  high: [11, 12, 13, 13, 14, 15, 15, 16, 17],
  low: [9, 10, 11, 10, 11, 13, 12, 13, 15],
  close: [10, 11, 12, 11, 13, 14, 13, 15, 16],
  volume: [100, 120, 130, 90, 150, 160, 80, 170, 180],
  timestamp: Array.from({ length: 9 }, (_, day) => Date.UTC(2026, 0, 5 + day)),
};
/** Short spans, so that nine bars are enough. */
const shortSpans: Readonly<Record<string, number>> = {
  period: 3,
  fast: 2,
  middle: 3,
  slow: 4,
  signal: 2,
  k: 2,
  d: 2,
  rsi: 3,
  baseline: 3,
  atr: 3,
  conversion: 2,
  base: 3,
  span: 4,
};

/** The page: what a person wrote, down to the marker, and a section for each indicator. */
export async function indicatorPage(): Promise<string> {
  const [introduction = ""] = readFileSync(page, "utf8").split(marker);
  const sections = Object.entries(allIndicators).map(([name, indicator]) => section(name, indicator));
  const text = `${introduction}${marker}\n\n${overview()}\n\n${sections.join("\n\n")}\n`;
  return format(text, { ...(await resolveConfig(page)), parser: "markdown" });
}

function overview(): string {
  const rows = Object.entries(allIndicators).map(([name, { definition }]) => [
    `[\`${name}\`](#${name.toLowerCase()})`,
    definition.title,
    definition.outputs.map((output) => `\`${output}\``).join(", "),
  ]);
  return table(["call", "what it is", "columns"], rows);
}

function section(name: string, indicator: AnyIndicator): string {
  const { title, formula, source, edges, inputs, defaults, bounds } = indicator.definition;
  const options = Object.entries(defaults).map(([option, value]) => `\`${option}\` ${String(value)}`);
  const facts = [
    `- **Formula:** ${formula}.`,
    `- **Source:** ${source}`,
    `- **Reads:** ${inputs.join(", ")}. **Options:** ${options.join(", ") || "none"}.`,
    `- **Warm-up:** the first value is at bar ${indicator.warmUp()}, the first bar being 0.`,
    `- **Edges:** ${edges}`,
    ...(bounds === undefined ? [] : [`- **Range:** ${bounds[0]} to ${bounds[1]}.`]),
  ];
  return `## ${name}\n\n${title}.\n\n${facts.join("\n")}\n\n${workedExample(indicator)}`;
}

/** The values of the last three of the nine bars. */
function workedExample(indicator: AnyIndicator): string {
  const options = Object.fromEntries(
    Object.keys(indicator.definition.defaults).flatMap((option): [string, number][] => {
      const span = shortSpans[option];
      return span === undefined ? [] : [[option, span]];
    }),
  );
  const columns = Object.entries(indicator.ofBars(example, options));
  const told = Object.entries(options).map(([option, value]) => `${option} ${value}`);
  const rows = columns.map(([output, series]) => [
    `\`${output}\``,
    ...[6, 7, 8].map((bar) => shortNumber(series[bar] ?? Number.NaN)),
  ]);
  return table(
    [told.length === 0 ? "example" : `example, ${told.join(", ")}`, "bar 6", "bar 7", "bar 8"],
    rows,
  );
}

function shortNumber(value: number): string {
  return Number.isNaN(value) ? "NaN" : String(Number(value.toPrecision(8)));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map(line).join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(page, await indicatorPage());
