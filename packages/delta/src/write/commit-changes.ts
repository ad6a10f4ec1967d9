/*
 * write: the steps that commands share, from rows to data files (staged-files.ts) to one commit (here).
 *
 * It guarantees that rows satisfy the table's types and rules before they are committed, and that files of a refused
 * commit are deleted while those of any other stay. A command stages its files with `await using`, commits once, and
 * hands the outcome to conclude; it runs again only after a conflict.
 */
import { DeltaError, messageOf } from "../errors.ts";
import { deltaEvents } from "../events.ts";
import { checkpointIfDue } from "../log/checkpoint.ts";
import { commit, committedSnapshot } from "../log/commit.ts";
import type { CommitOutcome, CommitRequest } from "../log/commit.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { assertWritable } from "../protocol/features.ts";
import { assertMayRemove } from "./append-only.ts";
import type { CommandContext } from "../read/command-context.ts";
import type { StagedFiles } from "./staged-files.ts";

export interface Committed {
  readonly snapshot: Snapshot;
  readonly checkpointError?: Error;
}

/** Commits, then concludes; see {@link conclude}. */
export async function commitChanges(
  context: CommandContext,
  request: Omit<CommitRequest, "now" | "pause">,
  staged?: StagedFiles,
): Promise<Committed> {
  assertMayRemove(request.snapshot, request.actions);
  const reads = context.ownReads?.with(request.reads) ?? request.reads;
  const outcome = await commit(context.store, { ...request, reads, now: context.now, pause: context.pause });
  return conclude(context, outcome, staged);
}

/**
 * Keeps the files that the commit names or may name, then writes the checkpoint that may be due.
 *
 * @throws what ended the commit, unless it happened.
 */
export async function conclude(
  context: CommandContext,
  outcome: CommitOutcome,
  staged?: StagedFiles,
): Promise<Committed> {
  if (outcome.kind !== "refused") staged?.keep();
  // An error that says so would let the command run again, on top of what it may have done.
  if (outcome.kind === "unknown" && isConflict(outcome.error))
    throw new DeltaError(
      "STORAGE_FAILED",
      `${context.store.uri}: the outcome of this commit is unknown, so its files were kept. Look at the table's history before you run the command again: ${messageOf(outcome.error)}`,
      { cause: outcome.error },
    );
  const snapshot = committedSnapshot(outcome);
  const checkpointError = await checkpointIfDue(context.store, context.engine, snapshot, context.now());
  return { snapshot, ...(checkpointError === undefined ? {} : { checkpointError }) };
}

/** Whether another writer's commit made the work invalid, so that it may be done anew. */
export function isConflict(error: unknown): error is DeltaError {
  return error instanceof DeltaError && error.code === "CONCURRENT_WRITE";
}

const runsMax = 8;
const backoffMs = 20;

/**
 * Runs a command on the newest version, and again on what is then the newest when another writer's commit made its
 * work invalid: a statement that reads only the table may run after the other one.
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
      if (!isConflict(error) || count >= runsMax) throw error;
      if (!canRerun) {
        throw new DeltaError(
          "CONCURRENT_WRITE",
          `${error.message} There was no retry, because a source of batches can be read only once. Run the command again with a new source.`,
          { cause: error },
        );
      }
      const { tableUri, version } = snapshot;
      deltaEvents.retry.publish(() => ({ tableUri, kind: "command", attempt: count, version, error }));
      await context.pause(backoffMs * 2 ** count);
    }
  }
}
