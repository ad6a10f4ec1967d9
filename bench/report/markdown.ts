import type { Share } from "../profile.ts";
import { disturbanceOf, figureColumns, figuresOf } from "./figures.ts";
import type { BenchResult, ContestantResult, RaceResult } from "./bench-result.ts";
import { targetColumns, targetRows } from "./targets.ts";

/** The whole of `RESULTS.md`, to be formatted. */
export function renderMarkdown(results: readonly BenchResult[]): string {
  return [
    "# Benchmark results",
    "Written by `npm run bench`; [README.md](README.md) says what is compared and how. Ratios are of medians, to the fastest floor and the fastest peer of the same table; less is better. Memory is the resident size of the process, at its peak and when the measured part began, with inputs that it holds in memory.",
    ...results.map(renderBench),
  ].join("\n\n");
}

/** One bench for the terminal: the same text, without its profiles. */
export function renderForTerminal(result: BenchResult): string {
  return result.races
    .map((race) => {
      const lines = alignedLines([figureColumns, ...figuresOf(race)]);
      const targets = targetRows(race);
      if (targets.length > 0) lines.push(...alignedLines([targetColumns, ...targets]));
      const warning = disturbanceOf(race);
      if (warning !== undefined) lines.push(warning);
      return `${result.name}, ${race.name} (${race.description})\n${lines.join("\n")}\n`;
    })
    .join("\n");
}

function alignedLines(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

function renderBench(result: BenchResult): string {
  const { machine } = result;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
  const load = machine.load === undefined ? "" : `, load ${machine.load}`;
  return [
    `## ${result.name}: ${result.title}`,
    `${result.date}, \`${result.command}\`, on ${machine.cores} cores (${machine.processor}), ${memory}${load}, ${machine.system}; ${versions.join(", ")}.`,
    ...result.races.map(renderRace),
  ].join("\n\n");
}

function renderRace(race: RaceResult): string {
  const targets = targetRows(race);
  const runCount = race.contestants[0]?.runs.length ?? 0;
  return [
    `### ${race.name}`,
    `${race.description}; ${runCount} runs`,
    markdownTable(figureColumns, figuresOf(race)),
    targets.length === 0 ? "" : markdownTable(targetColumns, targets),
    disturbanceOf(race) ?? "",
    ...race.contestants.map(renderProfile),
  ].join("\n\n");
}

function renderProfile({ name, profile }: ContestantResult): string {
  if (profile === undefined) return "";
  return [
    `Where the JavaScript thread of “${name}” spends its time ((idle) is waiting for the engine, the disk and the network):`,
    markdownTable(["in", "share"], profile.places.map(shareRow)),
    markdownTable(["function itself", "share"], profile.functions.map(shareRow)),
  ].join("\n\n");
}

function shareRow({ name, share }: Share): string[] {
  return [name, `${(share * 100).toFixed(1)} %`];
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = `| ${columns.map((_, column) => (column === 0 ? "---" : "---:")).join(" | ")} |`;
  return [markdownRow(columns), rule, ...rows.map(markdownRow)].join("\n");
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map(escaped).join(" | ")} |`;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("_", "\\_").replaceAll("*", "\\*");
}
