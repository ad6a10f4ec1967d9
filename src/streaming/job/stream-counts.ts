import type { CommittedBatch } from "../run/stream-run.ts";

/** What a stream has done since it started. */
export interface StreamCounted {
  readonly commits: number;
  /** Messages that are in a commit, whatever became of them. */
  readonly messages: number;
  readonly rowsIngested: number;
  /** Of those, rows that the table had with other values. */
  readonly rowsRevised: number;
  /** The table had them already, the same. */
  readonly rowsUnchanged: number;
  readonly rowsRejected: number;
  /** Bars that became complete with the messages, and are stored. */
  readonly barsBuilt: number;
  /** After the last commit; `undefined` before the first. */
  readonly tableVersion: number | undefined;
  /** By partition: where the next start goes on. */
  readonly positions: ReadonlyMap<string, number>;
  /** Milliseconds since the epoch. */
  readonly lastCommitMs: number | undefined;
}

export const nothingCounted: StreamCounted = {
  commits: 0,
  messages: 0,
  rowsIngested: 0,
  rowsRevised: 0,
  rowsUnchanged: 0,
  rowsRejected: 0,
  barsBuilt: 0,
  tableVersion: undefined,
  positions: new Map(),
  lastCommitMs: undefined,
};

export function withBatch(counted: StreamCounted, batch: CommittedBatch): StreamCounted {
  return {
    commits: counted.commits + 1,
    messages: counted.messages + batch.messages,
    rowsIngested: counted.rowsIngested + batch.rowsIngested,
    rowsRevised: counted.rowsRevised + batch.rowsRevised,
    rowsUnchanged: counted.rowsUnchanged + batch.rowsUnchanged,
    rowsRejected: counted.rowsRejected + batch.rowsRejected,
    barsBuilt: counted.barsBuilt + (batch.barsBuilt ?? 0),
    tableVersion: batch.tableVersion,
    positions: batch.positions,
    lastCommitMs: batch.committedMs,
  };
}
