import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { DeltaError } from "../errors.ts";
import { serializeActions } from "../protocol/actions.ts";
import type { Action, CommitInfo, Metadata, Protocol } from "../protocol/actions.ts";
import { assertWritable } from "../protocol/features.ts";
import { appendOnly, readProperty } from "../protocol/table-properties.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { engineInfo } from "../version.ts";
import { readCommit } from "./commit-file.ts";
import { assertNoConflict, isBlindAppend, isolationOf } from "./conflict.ts";
import type { ReadSet } from "./conflict.ts";
import { commitsFrom } from "./commits-from.ts";
import { commitTimeMs, hasInCommitTimestamps, nextInCommitTimestamp } from "./in-commit-timestamp.ts";
import { commitPath } from "./log-files.ts";
import { advanceSnapshot, firstSnapshot } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

/** A writer that loses this often in a row is starved, or the store does not keep its promise. */
const attemptsMax = 1000;
/** After so many losses in a row each waits before it looks again, so that a crowd does not ask the store all at once. */
const attemptsAtOnce = 4;
/**
 * The pause does not grow with the losses: who has lost often would lose more often still to who has just come. It is
 * shorter than what a writer needs for its next data files, so that a winner is not back before the losers.
 */
const pauseMsMax = 20;

export interface CommitRequest {
  /** The version that the work is based on. */
  readonly snapshot: Snapshot;
  /** Everything but the commitInfo. */
  readonly actions: readonly Action[];
  readonly operation: Operation;
  readonly reads: ReadSet;
  readonly now: () => number;
  readonly userMetadata?: string | undefined;
  /** Between attempts of a writer that has lost several; a short random time when left out. */
  readonly pause?: (() => Promise<void>) | undefined;
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
 * Commits the actions as the next version. When others were faster, reads all commits up to the newest at once, checks
 * each of them for conflicts and goes behind them: a writer that has fallen behind has caught up before its next attempt.
 * A commit of ours whose answer was lost is found again by its transaction id.
 *
 * @returns the snapshot that the commit made.
 * @throws DeltaError `CONCURRENT_WRITE`, `CONCURRENT_TRANSACTION`, `UNSUPPORTED_FEATURE`; StoreError when the store fails.
 */
export async function commit(store: ObjectStore, request: CommitRequest): Promise<Snapshot> {
  const txnId = randomUUID();
  const { pause = shortPause } = request;
  let { snapshot } = request;
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    assertWritable(snapshot.protocol, snapshot.metadata, store.uri);
    assertMayRemove(snapshot, request.actions);
    request.precondition?.(snapshot);
    const actions = await completeActions(store, request, snapshot, txnId);
    if (await putCommit(store, snapshot.version + 1, actions)) return advanceSnapshot(snapshot, [actions]);
    // Before the winners are read and not after it: what is read is then as new as can be.
    if (attempt >= attemptsAtOnce) await pause();
    const behind = await goBehindWinners(store, request, snapshot, txnId);
    if (behind.isOurs) return behind.snapshot;
    snapshot = behind.snapshot;
  }
  throw new DeltaError(
    "CONCURRENT_WRITE",
    `${store.uri}: gave up after losing to other writers ${attemptsMax} times in a row. Nothing of ours was committed; run it again.`,
  );
}

async function shortPause(): Promise<void> {
  await delay(Math.random() * pauseMsMax);
}

/** The newest snapshot, when nothing between it and ours forbids our actions; or the one that they made already. */
async function goBehindWinners(
  store: ObjectStore,
  { actions, reads }: CommitRequest,
  lost: Snapshot,
  txnId: string,
): Promise<{ readonly snapshot: Snapshot; readonly isOurs: boolean }> {
  let snapshot = lost;
  for await (const winners of commitsFrom(store, lost.version + 1)) {
    const [first = []] = winners;
    // Ours can only be at the version that we tried.
    if (snapshot === lost && isOurs(first, txnId))
      return { snapshot: advanceSnapshot(lost, [first]), isOurs: true };
    const base = snapshot;
    winners.forEach((winner, index) => {
      assertNoConflict({ snapshot: base, actions, reads }, winner, base.version + index + 1);
    });
    snapshot = advanceSnapshot(base, winners);
  }
  return { snapshot, isOurs: false };
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
  const { protocol, metadata } = tableActions(actions);
  const isTimed =
    protocol !== undefined && metadata !== undefined && hasInCommitTimestamps(protocol, metadata);
  const info: CommitInfo = {
    ...(isTimed ? { inCommitTimestamp: now } : {}),
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
  const complete: readonly Action[] = [{ commitInfo: info }, ...actions];
  const isMade = (await putCommit(store, 0, complete)) || isOurs(await readCommit(store, 0), txnId);
  return isMade ? firstSnapshot(store.uri, complete) : undefined;
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

/** The actions as they stand in the commit that follows a snapshot: with their commitInfo, and its time where it has one. */
async function completeActions(
  store: ObjectStore,
  request: CommitRequest,
  snapshot: Snapshot,
  txnId: string,
): Promise<readonly Action[]> {
  const { protocol = snapshot.protocol, metadata = snapshot.metadata } = tableActions(request.actions);
  const info = commitInfo(request, snapshot, txnId);
  if (!hasInCommitTimestamps(protocol, metadata)) return [{ commitInfo: info }, ...request.actions];
  if (hasInCommitTimestamps(snapshot.protocol, snapshot.metadata)) {
    const inCommitTimestamp = nextInCommitTimestamp(snapshot, request.now());
    return [{ commitInfo: { inCommitTimestamp, ...info } }, ...request.actions];
  }
  // This commit turns them on: the table remembers since when, and that this is later than all before.
  const inCommitTimestamp = Math.max(request.now(), (await commitTimeMs(store, snapshot)) + 1);
  const configuration = {
    ...metadata.configuration,
    "delta.inCommitTimestampEnablementVersion": String(snapshot.version + 1),
    "delta.inCommitTimestampEnablementTimestamp": String(inCommitTimestamp),
  };
  return [
    { commitInfo: { inCommitTimestamp, ...info } },
    ...request.actions.map((action) =>
      "metaData" in action ? { metaData: { ...action.metaData, configuration } } : action,
    ),
  ];
}

function tableActions(actions: readonly Action[]): {
  readonly protocol: Protocol | undefined;
  readonly metadata: Metadata | undefined;
} {
  return {
    protocol: actions.flatMap((action) => ("protocol" in action ? [action.protocol] : []))[0],
    metadata: actions.flatMap((action) => ("metaData" in action ? [action.metaData] : []))[0],
  };
}

/** @throws DeltaError `APPEND_ONLY` */
function assertMayRemove(snapshot: Snapshot, actions: readonly Action[]): void {
  if (actions.some((action) => "remove" in action && action.remove.dataChange)) assertRowsMayGo(snapshot);
}

/** @throws DeltaError `APPEND_ONLY` */
export function assertRowsMayGo(snapshot: Snapshot): void {
  if (!readProperty(snapshot.metadata, appendOnly)) return;
  throw new DeltaError(
    "APPEND_ONLY",
    `${snapshot.tableUri} is append-only (delta.appendOnly): rows can be neither changed nor removed`,
  );
}

function commitInfo(request: CommitRequest, snapshot: Snapshot, txnId: string): CommitInfo {
  const { actions, reads } = request;
  return {
    timestamp: request.now(),
    operation: request.operation.name,
    operationParameters: request.operation.parameters,
    operationMetrics: request.operation.metrics,
    readVersion: request.snapshot.version,
    isolationLevel: isolationOf({ snapshot, actions }),
    isBlindAppend: isBlindAppend({ actions, reads }),
    engineInfo,
    ...(request.userMetadata === undefined ? {} : { userMetadata: request.userMetadata }),
    txnId,
  };
}
