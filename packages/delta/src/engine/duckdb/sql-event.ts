import { stopwatch } from "../../contract/event-channel.ts";
import { deltaEvents } from "../../events.ts";
import type { RecordBatch } from "../record-batch.ts";
import { tellingOfRows } from "../telling-of-rows.ts";
import type { RowFacts } from "../telling-of-rows.ts";
import type { RunningQuery } from "./running-query.ts";

/** Starts a query and publishes an event when its result has been read, or when it failed. */
export async function toldQuery(sql: string, start: () => Promise<RunningQuery>): Promise<RunningQuery> {
  if (!deltaEvents.sql.hasSubscribers) return start();
  const seconds = stopwatch();
  try {
    const running = await start();
    return { ...running, batches: tellingOfRows(running.batches, tellingOf(sql), seconds) };
  } catch (error) {
    tellingOf(sql)(() => ({ rows: 0, outcome: "failed", durationSeconds: seconds(), error }));
    throw error;
  }
}

/** The rows of a query; publishes an event when they have been read. */
export function toldRows(sql: string, batches: AsyncGenerator<RecordBatch>): AsyncGenerator<RecordBatch> {
  return deltaEvents.sql.hasSubscribers ? tellingOfRows(batches, tellingOf(sql)) : batches;
}

/** Runs a statement and publishes an event. */
export async function toldStatement<Result>(
  sql: string,
  run: () => Promise<Result>,
  rowsOf: (result: Result) => number,
): Promise<Result> {
  const seconds = stopwatch();
  const tell = tellingOf(sql);
  try {
    const result = await run();
    tell(() => ({ rows: rowsOf(result), outcome: "finished", durationSeconds: seconds() }));
    return result;
  } catch (error) {
    tell(() => ({ rows: 0, outcome: "failed", durationSeconds: seconds(), error }));
    throw error;
  }
}

function tellingOf(sql: string): (facts: () => RowFacts) => void {
  return (facts) => deltaEvents.sql.publish(() => ({ sql, ...facts() }));
}
