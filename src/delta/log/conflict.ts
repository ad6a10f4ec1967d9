import { DeltaError } from "../errors.ts";
import type { Action, CommitInfo } from "../protocol/actions.ts";

/** What a transaction based itself on, as far as conflicts go. */
export interface CommitIntent {
  readonly tableUri: string;
  readonly actions: readonly Action[];
  /** Only adds, no predicate, no file read: nothing that others add or remove can invalidate it. */
  readonly isBlindAppend: boolean;
}

/**
 * Checks a commit that won the version we wanted. Returns when ours may go behind it.
 *
 * Source: the conflict rules of Spark's OptimisticTransaction, see also PROTOCOL.md, "Writer Version Requirements".
 *
 * @throws DeltaError `CONCURRENT_TRANSACTION` when the winner did work under our application id; `CONCURRENT_WRITE`
 *   for anything else that invalidates ours. The message names the winner's operation.
 */
export function assertNoConflict(intent: CommitIntent, winner: readonly Action[], version: number): void {
  const info = winner.find((action) => "commitInfo" in action);
  const operation = describeOperation(
    info !== undefined && "commitInfo" in info ? info.commitInfo : undefined,
  );
  const fail = (what: string): DeltaError =>
    new DeltaError(
      "CONCURRENT_WRITE",
      `${intent.tableUri}: ${operation} committed version ${version} first and ${what}. Nothing of ours was committed; run it again.`,
    );
  const appIds = new Set(intent.actions.flatMap((action) => ("txn" in action ? [action.txn.appId] : [])));
  const domains = new Set(
    intent.actions.flatMap((action) => ("domainMetadata" in action ? [action.domainMetadata.domain] : [])),
  );
  for (const action of winner) {
    if ("protocol" in action) throw fail("changed the protocol");
    if ("metaData" in action) throw fail("changed the metadata");
    if ("txn" in action && appIds.has(action.txn.appId)) {
      throw new DeltaError(
        "CONCURRENT_TRANSACTION",
        `${intent.tableUri}: ${operation} committed version ${version} first, with progress of "${action.txn.appId}": somebody else did this work`,
      );
    }
    if ("domainMetadata" in action && domains.has(action.domainMetadata.domain))
      throw fail(`set ${action.domainMetadata.domain}`);
    if (intent.isBlindAppend) continue;
    if ("add" in action && action.add.dataChange)
      throw fail("added rows that this operation should have read");
    if ("remove" in action) throw fail("removed files that this operation read");
  }
}

function describeOperation(info: CommitInfo | undefined): string {
  const operation = info?.operation ?? "another writer";
  return info?.engineInfo === undefined ? operation : `${operation} by ${info.engineInfo}`;
}
