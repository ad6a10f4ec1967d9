import { randomUUID } from "node:crypto";

import { DeltaError } from "../errors.ts";
import { serializeActions } from "../protocol/actions.ts";
import type { Action, CommitInfo } from "../protocol/actions.ts";
import { assertWritable } from "../protocol/features.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { engineInfo } from "../version.ts";
import { assertNoConflict } from "./conflict.ts";
import { commitPath } from "./log-files.ts";
import { advanceSnapshot, firstSnapshot, readCommit } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

/** A writer that loses this often in a row is starved, or the store does not keep its promise. */
const attemptsMax = 1000;

export interface CommitRequest {
  /** The version that the work is based on. */
  readonly snapshot: Snapshot;
  /** Everything but the commitInfo. */
  readonly actions: readonly Action[];
  readonly operation: Operation;
  readonly isBlindAppend: boolean;
  readonly now: () => number;
  readonly userMetadata?: string | undefined;
  /** Called before each attempt with the version that it would follow; what it throws ends the commit. */
  readonly precondition?: ((snapshot: Snapshot) => void) | undefined;
}

/** What history shows, under the names that Spark uses. */
export interface Operation {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string>>;
}

/**
 * Commits the actions as the next version. When others were faster, checks each of their commits for conflicts and
 * goes behind them; a commit of ours whose answer was lost is found again by its transaction id.
 *
 * @returns the snapshot that the commit made.
 * @throws DeltaError `CONCURRENT_WRITE`, `CONCURRENT_TRANSACTION`, `UNSUPPORTED_FEATURE`; StoreError when the store fails.
 */
export async function commit(store: ObjectStore, request: CommitRequest): Promise<Snapshot> {
  const txnId = randomUUID();
  let { snapshot } = request;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    assertWritable(snapshot.protocol, snapshot.metadata, store.uri);
    request.precondition?.(snapshot);
    const actions: Action[] = [
      { commitInfo: commitInfo(request, snapshot.version, txnId) },
      ...request.actions,
    ];
    const version = snapshot.version + 1;
    if (await putCommit(store, version, actions)) return advanceSnapshot(snapshot, actions);
    const winner = await readCommit(store, version);
    if (isOurs(winner, txnId)) return advanceSnapshot(snapshot, winner);
    const intent = { tableUri: store.uri, actions: request.actions, isBlindAppend: request.isBlindAppend };
    assertNoConflict(intent, winner, version);
    snapshot = advanceSnapshot(snapshot, winner);
  }
  throw new DeltaError(
    "CONCURRENT_WRITE",
    `${store.uri}: gave up after losing ${attemptsMax} versions in a row to other writers`,
  );
}

/** The first commit of a table; `undefined` when somebody else made the table first. */
export async function commitFirst(
  store: ObjectStore,
  actions: readonly Action[],
  operation: Operation,
  now: number,
  userMetadata?: string,
): Promise<Snapshot | undefined> {
  const txnId = randomUUID();
  const info: CommitInfo = {
    timestamp: now,
    operation: operation.name,
    operationParameters: operation.parameters,
    operationMetrics: operation.metrics,
    isolationLevel: "Serializable",
    isBlindAppend: true,
    engineInfo,
    ...(userMetadata === undefined ? {} : { userMetadata }),
    txnId,
  };
  const isMade =
    (await putCommit(store, 0, [{ commitInfo: info }, ...actions])) ||
    isOurs(await readCommit(store, 0), txnId);
  return isMade ? firstSnapshot(store.uri, actions) : undefined;
}

async function putCommit(store: ObjectStore, version: number, actions: readonly Action[]): Promise<boolean> {
  try {
    await store.putIfAbsent(commitPath(version), Buffer.from(serializeActions(actions), "utf8"));
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === "ALREADY_EXISTS") return false;
    throw error;
  }
}

function isOurs(actions: readonly Action[], txnId: string): boolean {
  return actions.some((action) => "commitInfo" in action && action.commitInfo.txnId === txnId);
}

function commitInfo(request: CommitRequest, readVersion: number, txnId: string): CommitInfo {
  return {
    timestamp: request.now(),
    operation: request.operation.name,
    operationParameters: request.operation.parameters,
    operationMetrics: request.operation.metrics,
    readVersion,
    isolationLevel: "Serializable",
    isBlindAppend: request.isBlindAppend,
    engineInfo,
    ...(request.userMetadata === undefined ? {} : { userMetadata: request.userMetadata }),
    txnId,
  };
}
