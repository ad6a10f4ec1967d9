import { setTimeout as delay } from "node:timers/promises";

import { DeltaError } from "../errors.ts";
import type { DeltaErrorCode } from "../errors.ts";
import { checkpointIfDue } from "../log/checkpoint.ts";
import { commit } from "../log/commit.ts";
import type { CommitRequest } from "../log/commit.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { assertWritable } from "../protocol/features.ts";
import { StoreError } from "../store/object-store.ts";
import type { CommandContext } from "./command-context.ts";
import { markPossiblyCommitted } from "./possibly-committed.ts";

export interface Committed {
  readonly snapshot: Snapshot;
  readonly checkpointError?: Error;
}

/** Runs a commit, then writes the checkpoint that may be due. */
export async function commitChanges(
  context: CommandContext,
  request: Omit<CommitRequest, "now">,
): Promise<Committed> {
  const reads = context.ownReads?.with(request.reads) ?? request.reads;
  return committing(context, () => commit(context.store, { ...request, reads, now: context.now }));
}

/** Runs something that commits; one that failed in any other way than by a refusal may have happened all the same. */
export async function committing(context: CommandContext, run: () => Promise<Snapshot>): Promise<Committed> {
  let snapshot: Snapshot;
  try {
    snapshot = await run();
  } catch (error) {
    if (!isRefusal(error)) markPossiblyCommitted(error);
    throw error;
  }
  const checkpointError = await checkpointIfDue(context.store, context.engine, snapshot, context.now());
  return { snapshot, ...(checkpointError === undefined ? {} : { checkpointError }) };
}

/** Thrown by what a caller asked to hold before a commit. */
export class UnmetPrecondition extends Error {}

const refusals: ReadonlySet<DeltaErrorCode> = new Set([
  "APPEND_ONLY",
  "CONCURRENT_WRITE",
  "CONCURRENT_TRANSACTION",
  "SCHEMA_MISMATCH",
  "UNSUPPORTED_FEATURE",
]);

/** Errors that are only thrown while nothing is committed. */
function isRefusal(error: unknown): boolean {
  if (error instanceof StoreError) return error.wroteNothing;
  return error instanceof UnmetPrecondition || (error instanceof DeltaError && refusals.has(error.code));
}

const runsMax = 8;
const backoffMs = 20;

/**
 * Runs a command on the newest version, and once more on what is then the newest when another writer's commit made its
 * work invalid: a statement that reads only the table may as well run after the other one.
 *
 * @param options.canRerun false for work that cannot be done twice, such as rows from a stream.
 * @throws DeltaError `CONCURRENT_WRITE` when it lost too often in a row; `UNSUPPORTED_FEATURE` for a table that this
 *   engine does not write, before anything is touched.
 */
export async function onNewestSnapshot<Result>(
  context: CommandContext,
  run: (snapshot: Snapshot) => Promise<Result>,
  { canRerun = true }: { readonly canRerun?: boolean | undefined } = {},
): Promise<Result> {
  for (let count = 1; ; count += 1) {
    const snapshot = await context.latestSnapshot();
    assertWritable(snapshot.protocol, snapshot.metadata, snapshot.tableUri);
    try {
      return await run(snapshot);
    } catch (error) {
      const isConflict = error instanceof DeltaError && error.code === "CONCURRENT_WRITE";
      if (isConflict && !canRerun) {
        throw new DeltaError(
          "CONCURRENT_WRITE",
          `${error.message} It was not tried again by itself, for a source of batches cannot be read a second time: give it a new one.`,
          { cause: error },
        );
      }
      if (!isConflict || count >= runsMax) throw error;
      await delay(Math.random() * backoffMs * 2 ** count);
    }
  }
}
