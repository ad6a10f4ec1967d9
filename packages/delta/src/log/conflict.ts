import { DeltaError } from "../errors.ts";
import type { Action, CommitInfo } from "../protocol/actions.ts";
import { canonicalPath } from "../protocol/paths.ts";
import { isolationLevel, readProperty } from "../protocol/table-properties.ts";
import type { Predicate } from "../statistics/predicate.ts";
import { pruneFiles } from "../statistics/pruning.ts";
import { prunedTable } from "./pruned-table.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a transaction read of the table's rows. */
export type ReadSet =
  /** No rows: what others add or remove cannot invalidate it. */
  | { readonly kind: "nothing" }
  | {
      readonly kind: "rows";
      /** All rows that it would have read; every row when left out. */
      readonly predicate: Predicate | undefined;
      /** Of the files that it did read, as in `add.path`. */
      readonly paths: ReadonlySet<string>;
    };

/** `SnapshotIsolation` for a transaction that only rearranges rows: no reader can see when it happened. */
export type IsolationLevel = "Serializable" | "WriteSerializable" | "SnapshotIsolation";

/** What a transaction based itself on and wants to do, as far as conflicts go. */
export interface CommitIntent {
  /** The newest state that it has been checked against. */
  readonly snapshot: Snapshot;
  readonly actions: readonly Action[];
  readonly reads: ReadSet;
}

/** Only adds, and no row read. */
export function isBlindAppend({ actions, reads }: Pick<CommitIntent, "actions" | "reads">): boolean {
  return reads.kind === "nothing" && !actions.some((action) => "remove" in action);
}

export function isolationOf({ snapshot, actions }: Omit<CommitIntent, "reads">): IsolationLevel {
  const changesData = actions.some(
    (action) =>
      ("add" in action && action.add.dataChange) || ("remove" in action && action.remove.dataChange),
  );
  const movesFiles = actions.some((action) => "add" in action || "remove" in action);
  return movesFiles && !changesData ? "SnapshotIsolation" : readProperty(snapshot.metadata, isolationLevel);
}

/**
 * Checks a commit that won the version we wanted. Returns when ours may go behind it.
 *
 * Source: the conflict rules of Spark's ConflictChecker, see also PROTOCOL.md, "Writer Version Requirements".
 *
 * @throws DeltaError `CONCURRENT_TRANSACTION` when the winner did work under our application id; `CONCURRENT_WRITE`
 *   for anything else that invalidates ours. The message names the winner's operation.
 */
export function assertNoConflict(intent: CommitIntent, winner: readonly Action[], version: number): void {
  // What only tells that something happened, as vacuum's commits do, is true behind any other.
  if (intent.actions.length === 0 && intent.reads.kind === "nothing") return;
  const info = winner.find((action) => "commitInfo" in action);
  const winnerInfo = info !== undefined && "commitInfo" in info ? info.commitInfo : undefined;
  const { tableUri } = intent.snapshot;
  const operation = describeOperation(winnerInfo);
  const fail = (what: string): DeltaError =>
    new DeltaError(
      "CONCURRENT_WRITE",
      `${tableUri}: ${operation} committed version ${version} first and ${what}. Nothing of ours was committed; run it again.`,
    );
  const own = ownWork(intent.actions, tableUri);
  const readPaths = pathsRead(intent);
  for (const action of winner) {
    if ("protocol" in action && own.changesProtocol)
      throw fail("changed the protocol, as this operation would");
    if ("metaData" in action) throw fail("changed the table's metadata");
    if ("txn" in action && own.appIds.has(action.txn.appId)) {
      throw new DeltaError(
        "CONCURRENT_TRANSACTION",
        `${tableUri}: ${operation} committed version ${version} first, with progress of "${action.txn.appId}": another writer has done this work`,
      );
    }
    if ("domainMetadata" in action && own.domains.has(action.domainMetadata.domain))
      throw fail(`set ${action.domainMetadata.domain}`);
    if ("remove" in action) {
      const path = canonicalPath(action.remove.path, tableUri);
      if (own.removedPaths.has(path)) throw fail(`removed ${action.remove.path}, as this operation would`);
      if (readPaths().has(path) && (action.remove.dataChange || !own.onlyAppends))
        throw fail(`removed ${action.remove.path}, which this operation read`);
    }
  }
  if (winnerAddsWhatWeRead(intent, winner, winnerInfo))
    throw fail("added rows that this operation should have read");
}

interface OwnWork {
  readonly appIds: ReadonlySet<string>;
  readonly domains: ReadonlySet<string>;
  readonly removedPaths: ReadonlySet<string>;
  readonly changesProtocol: boolean;
  readonly onlyAppends: boolean;
}

/** Looked up once for a winner that removes something; most remove nothing. */
function pathsRead({ reads, snapshot }: CommitIntent): () => ReadonlySet<string> {
  let paths: ReadonlySet<string> | undefined;
  return () =>
    (paths ??= new Set(
      reads.kind === "rows" ? [...reads.paths].map((path) => canonicalPath(path, snapshot.tableUri)) : [],
    ));
}

function ownWork(actions: readonly Action[], tableUri: string): OwnWork {
  const removedPaths = new Set(
    actions.flatMap((action) => ("remove" in action ? [canonicalPath(action.remove.path, tableUri)] : [])),
  );
  return {
    appIds: new Set(actions.flatMap((action) => ("txn" in action ? [action.txn.appId] : []))),
    domains: new Set(
      actions.flatMap((action) => ("domainMetadata" in action ? [action.domainMetadata.domain] : [])),
    ),
    removedPaths,
    changesProtocol: actions.some((action) => "protocol" in action),
    onlyAppends: removedPaths.size === 0,
  };
}

function winnerAddsWhatWeRead(
  intent: CommitIntent,
  winner: readonly Action[],
  info: CommitInfo | undefined,
): boolean {
  const { reads, snapshot } = intent;
  if (reads.kind === "nothing") return false;
  const isolation = isolationOf(intent);
  if (isolation === "SnapshotIsolation") return false;
  // A blind append could as well have come after us: nothing that it did depends on what we do.
  if (isolation === "WriteSerializable" && info?.isBlindAppend === true) return false;
  const added = winner.flatMap((action) => ("add" in action && action.add.dataChange ? [action.add] : []));
  return pruneFiles(added, reads.predicate, prunedTable(snapshot)).kept.length > 0;
}

function describeOperation(info: CommitInfo | undefined): string {
  const operation = info?.operation ?? "another writer";
  return info?.engineInfo === undefined ? operation : `${operation} by ${info.engineInfo}`;
}
