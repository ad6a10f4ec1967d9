import { randomUUID } from "node:crypto";

import { uncommittedCounts } from "../metrics/process-metrics.ts";
import { SeriesTotals } from "../metrics/series-value.ts";
import { Journal } from "./journal.ts";
import { metricRows } from "./metric-rows.ts";
import type { RecordedRun } from "./metric-rows.ts";
import { appendRows, placeOf, programCommand } from "./recording.ts";
import type { RecordingOptions } from "./recording.ts";

/**
 * Writes the counts of this process since the last time to the lake, in one commit. Counts that cannot be written wait for
 * the next time.
 */
export async function writeCounts({
  lake,
  clock,
  run,
}: Pick<RecordingOptions, "lake" | "clock" | "run">): Promise<void> {
  if (uncommittedCounts.isEmpty) return;
  const taken = new SeriesTotals();
  for (const value of uncommittedCounts) taken.add(value);
  uncommittedCounts.clear();
  try {
    const end = { status: "success", endedAtMs: clock.now() } as const;
    await appendRows(lake, metricRows(newRun(clock.now(), run), taken, end));
  } catch (error) {
    for (const value of taken) uncommittedCounts.add(value);
    throw error;
  }
}

/** Writes the counts to a file at once, for a process that has no time for a commit. The next command finds them. */
export function leaveCounts({
  storagePath,
  journalPath,
  nowMs,
  run,
}: {
  readonly storagePath: string;
  readonly journalPath: string;
  readonly nowMs: number;
  readonly run: RecordingOptions["run"];
}): void {
  if (uncommittedCounts.isEmpty) return;
  const journal = new Journal(journalPath, placeOf(storagePath), newRun(nowMs, run));
  journal.note(uncommittedCounts);
  journal.close();
  uncommittedCounts.clear();
}

function newRun(startedAtMs: number, run: RecordingOptions["run"]): RecordedRun {
  return { ...run, recordingId: randomUUID(), command: programCommand, startedAtMs };
}
