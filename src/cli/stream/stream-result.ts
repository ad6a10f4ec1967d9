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
  const { counted } = totals;
  const durationMs = nowMs - totals.startedMs;
  if (json === true) {
    const document = {
      stream: stream.job,
      tables: stream.tables,
      storage_path: lake.storagePath,
      messages: counted.messages,
      commits: counted.commits,
      rows_ingested: counted.rowsIngested,
      rows_revised: counted.rowsRevised,
      rows_unchanged: counted.rowsUnchanged,
      rows_rejected: counted.rowsRejected,
      bars_built: counted.barsBuilt,
      table_version: counted.tableVersion ?? null,
      positions: Object.fromEntries(counted.positions),
      duration_seconds: Math.round(durationMs) / 1000,
    };
    await writeOut(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const parts = [
    `${countText(counted.rowsIngested, "row")} into ${stream.tables.join(", ")}`,
    ...(counted.rowsRevised === 0
      ? []
      : [`${counted.rowsRevised.toLocaleString("en-US")} of them new values`]),
    ...(counted.rowsUnchanged === 0
      ? []
      : [`${counted.rowsUnchanged.toLocaleString("en-US")} were there already`]),
    ...(counted.barsBuilt === 0 ? [] : [`${countText(counted.barsBuilt, "bar")} of them`]),
    ...(counted.rowsRejected === 0
      ? []
      : [`${counted.rowsRejected.toLocaleString("en-US")} rejected, kept in ${deadLetters.path}`]),
  ];
  const place = storage === undefined ? "" : ` --storage ${storage}`;
  await writeOut(
    `${stream.job}: ${countText(counted.messages, "message")} in ${countText(counted.commits, "commit")}: ${parts.join("; ")}; in ${duration(durationMs)}\n` +
      `The same command goes on from there. Look at the rows: ffe table read ${stream.tables[0] ?? ""} --limit 5${place}\n`,
  );
}
