import type { Engine } from "finance-feedback-delta";

import { clearError } from "./clear-errors.ts";
import type { Part } from "./container.ts";
import type { FileRecord } from "./file-record.ts";
import { sortedByTime } from "./sorted-bars.ts";
import type { TimeReading } from "./time-decision.ts";

/** So many records are put in order in memory. */
const sortedInMemoryMax = 200_000;

/** The records by their time; see `CandleFile.records`. */
export async function* inOrder(
  engine: Engine,
  records: AsyncIterable<readonly FileRecord[]>,
  { tally }: TimeReading,
  rows: number,
  part: Part,
): AsyncGenerator<readonly FileRecord[]> {
  try {
    if (tally.isAscending) yield* records;
    else if (rows > sortedInMemoryMax) yield* sortedByTime(engine, records);
    else {
      const all: FileRecord[] = [];
      for await (const batch of records) all.push(...batch);
      const last = Number.POSITIVE_INFINITY;
      yield all.toSorted((one, other) => (one.openTimeMs ?? last) - (other.openTimeMs ?? last) || 0);
    }
  } catch (error) {
    throw clearError(part, error);
  }
}
