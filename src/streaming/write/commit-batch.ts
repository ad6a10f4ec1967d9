import type { RowSource, Snapshot, Transaction } from "finance-feedback-delta";

import { commitRows } from "../../bronze/commit-proposal.ts";
import type { StoredProgress } from "../../bronze/commit-proposal.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import {
  moveGuards,
  moveTransactions,
  sourceTransactions,
  standsAt,
  storedPosition,
} from "../progress/stream-progress.ts";
import type { TimeUnit } from "../formats/time-unit.ts";
import type { PartitionMove } from "../progress/stream-progress.ts";
import type { SourceIdentity } from "../source/message-source.ts";
import { StreamingError } from "../streaming-error.ts";

/** A stream's batch on its way into one table. */
export interface TableBatch {
  readonly tableName: string;
  readonly rows: RowSource;
  readonly moves: readonly PartitionMove[];
  readonly epochId: number;
  readonly nowMs: number;
  /** What else becomes durable with it. */
  readonly transactions?: readonly Transaction[] | undefined;
}

/** How messages that are bytes are read: dead letters say it, so that a replay reads them so again. */
export interface StreamReading {
  readonly format: string;
  readonly timeUnit: TimeUnit;
}

export interface StreamTarget {
  readonly lake: DeltaLakeManager;
  readonly job: string;
  readonly ingestionId: string;
  readonly reading?: StreamReading | undefined;
}

/** The table's version with the batch in it. `isRepeated`: an earlier try of the same batch had committed it. */
export interface BatchCommit {
  readonly version: number;
  readonly isRepeated: boolean;
  readonly warning?: string | undefined;
}

const retention = "delta.setTransactionRetentionDuration";

/**
 * Refuses a table that may forget how far a stream is: the stream would begin anew one day, in silence.
 *
 * @throws StreamingError `UNSAFE_TABLE`
 */
export function assertKeepsPositions(tableName: string, table: Snapshot | undefined): void {
  const value = table?.metadata.configuration[retention];
  if (value === undefined) return;
  throw new StreamingError(
    "UNSAFE_TABLE",
    `${tableName} forgets how far streams are after a time: ${retention} is ${value}`,
    { nextStep: `ffe table unset-properties ${tableName} ${retention}` },
  );
}

/** What a table says of progress; `undefined` when there is no table. */
async function tableProgress(lake: DeltaLakeManager, tableName: string): Promise<StoredProgress | undefined> {
  const table = lake.table(tableName);
  return (await table.exists()) ? table.snapshot() : undefined;
}

/**
 * Commits rows and positions in one step, if the table has the positions that this stream left there.
 *
 * @param seen the table's progress as this stream knows it.
 * @throws StreamingError `OTHER_WRITER`; what keeps the store from committing.
 */
export async function commitBatch(
  { tableName, rows, moves, epochId, nowMs, transactions: others = [] }: TableBatch,
  seen: StoredProgress | undefined,
  identity: SourceIdentity,
  { lake, job, ingestionId }: StreamTarget,
): Promise<BatchCommit> {
  const transactions: readonly Transaction[] = [
    ...moveTransactions(moves, job, identity, nowMs),
    ...sourceTransactions(seen, job, identity, nowMs),
    ...others,
  ];
  const guards = moveGuards(seen, moves, job, identity);
  const stream = { queryId: job, epochId };
  // Guards tell of what changes from here on; this tells of what was changed before.
  if (!standsAt(seen, moves, job, identity))
    return repeatedOrRefused(tableName, moves, identity, { lake, job });
  const outcome = await commitRows(
    { tableName, commit: { rows, transactions, guards, stream } },
    { lake, ingestionId },
  );
  if (outcome.kind === "committed")
    return { version: outcome.version, isRepeated: false, warning: outcome.warning };
  if (outcome.kind === "failed") throw outcome.error;
  return repeatedOrRefused(tableName, moves, identity, { lake, job });
}

/** @throws StreamingError `OTHER_WRITER` */
async function repeatedOrRefused(
  tableName: string,
  moves: readonly PartitionMove[],
  identity: SourceIdentity,
  { lake, job }: Pick<StreamTarget, "lake" | "job">,
): Promise<BatchCommit> {
  const now = await tableProgress(lake, tableName);
  const stored = moves.map(({ partition }) => storedPosition(now, job, identity, partition));
  // A commit whose answer was lost has carried the same messages: whoever made it, they are in.
  if (now !== undefined && moves.every(({ after }, index) => stored[index] === after))
    return { version: now.version, isRepeated: true };
  const told = moves.map(
    ({ partition, from }, index) =>
      `partition ${partition} is at ${stored[index] ?? "its beginning"}, not at ${from ?? "its beginning"}`,
  );
  throw new StreamingError(
    "OTHER_WRITER",
    `${tableName}: another process commits for the stream ${job}: ${told.join("; ")}${now === undefined ? "" : ` (version ${now.version})`}. Nothing of this batch was committed.`,
    { nextStep: "Run one process for each stream, or a group: ffe stream --group." },
  );
}
