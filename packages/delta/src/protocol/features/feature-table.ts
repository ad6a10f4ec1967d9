import { tableFeatureReaderVersion, tableFeatureWriterVersion } from "../features.ts";
import { tableFeatures } from "./registry.ts";
import type { Support, TableFeature } from "./table-feature.ts";

const header = ["feature", "what it is", "read", "write", "a table needs"];

/** What this engine does with each table feature, as a Markdown table for the documentation. */
export function featureTable(features: readonly TableFeature[] = tableFeatures): string {
  const rows = features.map((feature) =>
    [
      `\`${feature.name}\``,
      feature.summary,
      supportText(feature.read),
      supportText(feature.write),
      versionsText(feature),
    ].map((cell) => cell.replaceAll("|", "\\|")),
  );
  return alignedTable([header, ...rows]);
}

function supportText(support: Support): string {
  return support === "yes" ? "yes" : `no: ${support.refusedBecause}`;
}

/** The protocol that implies the feature by its number, where there is one, and the one that lists it by name. */
function versionsText(feature: TableFeature): string {
  const bindsReaders = feature.appliesTo === "readers and writers";
  const listed = versionPair(bindsReaders ? tableFeatureReaderVersion : undefined, tableFeatureWriterVersion);
  if (feature.legacyWriterVersion === undefined) return listed;
  return `${versionPair(feature.legacyReaderVersion, feature.legacyWriterVersion)}, or ${listed}`;
}

function versionPair(reader: number | undefined, writer: number): string {
  return reader === undefined ? `writer ${writer}` : `reader ${reader} and writer ${writer}`;
}

/** Columns of one width, as the formatter of the documentation lays them out. */
function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], filler: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width, filler)).join(" | ")} |`;
  const [names = [], ...body] = rows;
  return [line(names, " "), line([], "-"), ...body.map((row) => line(row, " "))].join("\n");
}
