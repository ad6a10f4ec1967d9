import { stopwatch } from "../contract/event-channel.ts";
import type { ScanEvent } from "../events.ts";
import type { RecordBatch } from "./record-batch.ts";

/** What there is to tell of rows that were read. */
export type RowFacts = Pick<ScanEvent, "rows" | "outcome" | "durationSeconds" | "error">;

/** The batches as they come; `tell` is called once, however the reading ends. */
export async function* tellingOfRows(
  batches: AsyncIterable<RecordBatch>,
  tell: (facts: () => RowFacts) => void,
  seconds: () => number = stopwatch(),
): AsyncGenerator<RecordBatch> {
  let rows = 0;
  // A loop that is broken off ends the generator at a yield, without an error.
  let ending: Pick<RowFacts, "outcome" | "error"> = { outcome: "stopped" };
  try {
    for await (const batch of batches) {
      rows += batch.rowCount;
      yield batch;
    }
    ending = { outcome: "finished" };
  } catch (error) {
    ending = { outcome: "failed", error };
    throw error;
  } finally {
    tell(() => ({ rows, ...ending, durationSeconds: seconds() }));
  }
}
