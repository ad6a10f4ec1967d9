import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { FileReading } from "./file-reading.ts";
import type { FileImport } from "./file-import.ts";
import type { CandleImport } from "./import-request.ts";

/** Reasons that an error names. */
const reasonsNamedMax = 3;

/** What to tell of a file of which no row is a bar: why, such as which row, and what may help. */
export function nothingPassed(
  reading: FileReading,
  { timeframe }: CandleImport,
  imports: readonly FileImport[],
): IngestionError {
  const counts = new Map<string, number>();
  for (const one of imports)
    for (const [reason, rows] of one.waitingReasons) counts.set(reason, (counts.get(reason) ?? 0) + rows);
  const top = [...counts].toSorted(([, one], [, other]) => other - one).slice(0, reasonsNamedMax);
  const reasons = top.map(([reason, rows]) => {
    const sample = imports.map(({ samples }) => samples.get(reason)).find((text) => text !== undefined);
    return `${reason} (${rows}), such as ${sample ?? "an empty row"}`;
  });
  const reason = top[0]?.[0] ?? "";
  return new IngestionError(
    "INVALID_ARGUMENT",
    `${reading.file}: none of its ${reading.rows} rows can be a bar of ${timeframe}: ${reasons.join("; ")}. It was taken for ${reading.kind} with times as ${reading.timeFormat}; ${remedyFor(reason)}. Nothing of it was written.`,
  );
}

function remedyFor(reason: string): string {
  if (reason.includes("grid"))
    return "if its bars have another length or zone, say so by --timeframe or --timezone";
  if (reason.includes("timestamp") || reason.includes("time "))
    return "if its times are written otherwise, say so by --time-format";
  if (reason.startsWith("symbol")) return "give the --asset that it names, or leave --asset out";
  if (reason.includes("fields"))
    return "if another mark stands between its cells, or its decimals, say so by --decimal";
  return "if another column is meant, say so by --columns";
}
