/**
 * A commit to Bronze, decided before anything is written. What comes in (from a provider, a file, a stream) is checked and
 * compared with what is stored, which gives a proposal by pure functions alone; one function commits it. It guarantees:
 * rejected rows are durable before the commit; rows and progress become durable in one step; a proposal that was made
 * without the rows of another commit to the same series is never committed.
 */
import { DeltaError } from "finance-feedback-delta";
import type { RowSource, Snapshot, StreamBatch, Transaction } from "finance-feedback-delta";

import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { BarContext } from "../dead-letters/dead-letter.ts";
import type { RejectedRow } from "../dead-letters/rejected-rows.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";

/** What a table says of progress: all that a proposal needs to know of its snapshot. */
export type StoredProgress = Pick<Snapshot, "transaction" | "transactions" | "version">;

export interface CommitProposal {
  /** A table of the registry. */
  readonly tableName: string;
  /** `undefined` when there is nothing to commit. */
  readonly commit: ProposedCommit | undefined;
  /** Rows that did not pass. */
  readonly rejected: { readonly context: BarContext; readonly rows: readonly RejectedRow[] };
}

export interface ProposedCommit {
  readonly rows: RowSource;
  /** Progress that becomes durable with the rows, or not at all. */
  readonly transactions: readonly Transaction[];
  /** The entries that every commit to the same series changes, as they were when the proposal was made. */
  readonly guards: readonly ProgressGuard[];
  /** Which batch of which stream it is; left out of everything else. */
  readonly stream?: StreamBatch | undefined;
}

/** An entry of a table's progress; `undefined` when there was none. */
export interface ProgressGuard {
  readonly appId: string;
  readonly seen: Transaction | undefined;
}

/** Where proposals go. */
export interface ProposalTarget {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly ingestionId: string;
}

export interface ProposalOutcome {
  /** The files that hold what was rejected. */
  readonly deadLetterPaths: readonly string[];
  readonly commit: CommitOutcome;
}

/** `overtaken`: another commit to the series came first, so the proposal is void; a new one has to be made. */
type CommitOutcome =
  | { readonly kind: "committed"; readonly version: number; readonly warning?: string | undefined }
  | { readonly kind: "unneeded" }
  | { readonly kind: "overtaken" }
  | { readonly kind: "failed"; readonly error: unknown };

/** @throws what keeps the rejected rows from being written: nothing is committed then. */
export async function commitProposal(
  proposal: CommitProposal,
  target: ProposalTarget,
): Promise<ProposalOutcome> {
  const { context, rows } = proposal.rejected;
  const { paths } = await target.deadLetters.write(context, rows);
  return { deadLetterPaths: paths, commit: await commitRows(proposal, target) };
}

/** Commits rows and progress in one step, unless another commit changed the entry of a guard meanwhile. */
export async function commitRows(
  { tableName, commit }: Pick<CommitProposal, "tableName" | "commit">,
  { lake, ingestionId }: Pick<ProposalTarget, "lake" | "ingestionId">,
): Promise<CommitOutcome> {
  if (commit === undefined) return { kind: "unneeded" };
  const { rows, transactions, guards, stream } = commit;
  const overtaken = new Error("Another run committed to the same series");
  try {
    const { version, checkpointError } = await lake.createOrUpdateTable({
      tableName,
      rows,
      append: {
        transactions,
        userMetadata: `ingestion ${ingestionId}`,
        ...(stream === undefined ? {} : { stream }),
        precondition: (snapshot) => {
          if (guards.some((guard) => isChanged(guard, snapshot))) throw overtaken;
        },
      },
    });
    return { kind: "committed", version, warning: checkpointError?.message };
  } catch (error) {
    // Either the table had another commit already, or it came between our look and our commit.
    const isOvertaken = error instanceof DeltaError && error.code === "CONCURRENT_TRANSACTION";
    return error === overtaken || isOvertaken ? { kind: "overtaken" } : { kind: "failed", error };
  }
}

function isChanged({ appId, seen }: ProgressGuard, snapshot: Snapshot | undefined): boolean {
  const now = snapshot?.transaction(appId);
  return now?.version !== seen?.version || now?.lastUpdated !== seen?.lastUpdated;
}
