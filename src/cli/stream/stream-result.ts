import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import type { PreparedStream } from "../../streaming/job/prepared-stream.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { countText } from "../output/count-text.ts";
import { duration } from "../output/progress-bar.ts";
import { writeOut } from "../output/write-out.ts";
import type { StreamTotals } from "./stream-totals.ts";

interface EndedStream {
  readonly stream: PreparedStream;
  readonly totals: StreamTotals;
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly nowMs: number;
}

/** Says what a stream did until it ended. */
export async function printStreamResult(
  { stream, totals, lake, deadLetters, nowMs }: EndedStream,
  { json }: { readonly json?: boolean },
  storage: string | undefined,
): Promise<void> {
  const durationMs = nowMs - totals.startedMs;
  if (json === true) {
    const document = {
      stream: stream.job,
      tables: stream.tables,
      storage_path: lake.storagePath,
      messages: totals.messages,
      commits: totals.commits,
      rows_ingested: totals.rowsIngested,
      rows_revised: totals.rowsRevised,
      rows_unchanged: totals.rowsUnchanged,
      rows_rejected: totals.rowsRejected,
      table_version: totals.tableVersion ?? null,
      positions: Object.fromEntries(totals.positions),
      warnings: [...totals.warnings],
      duration_seconds: Math.round(durationMs) / 1000,
    };
    await writeOut(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const parts = [
    `${countText(totals.rowsIngested, "row")} into ${stream.tables.join(", ")}`,
    ...(totals.rowsRevised === 0 ? [] : [`${totals.rowsRevised.toLocaleString("en-US")} of them new values`]),
    ...(totals.rowsUnchanged === 0
      ? []
      : [`${totals.rowsUnchanged.toLocaleString("en-US")} were there already`]),
    ...(totals.rowsRejected === 0
      ? []
      : [`${totals.rowsRejected.toLocaleString("en-US")} rejected, kept in ${deadLetters.path}`]),
  ];
  const place = storage === undefined ? "" : ` --storage ${storage}`;
  await writeOut(
    `${stream.job}: ${countText(totals.messages, "message")} in ${countText(totals.commits, "commit")}: ${parts.join("; ")}; in ${duration(durationMs)}\n` +
      `The same command goes on from there. Look at the rows: ffe table read ${stream.tables[0] ?? ""} --limit 5${place}\n`,
  );
}
