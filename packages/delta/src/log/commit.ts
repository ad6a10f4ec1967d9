import { randomUUID } from "node:crypto";

import { stopwatch } from "../contract/event-channel.ts";
import { DeltaError } from "../errors.ts";
import { deltaEvents } from "../events.ts";
import { serializeActions } from "../protocol/actions.ts";
import type { Action, CommitInfo, Metadata, Protocol } from "../protocol/actions.ts";
import { assertWritable } from "../protocol/features.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Pause } from "../store/pause.ts";
import { engineInfo } from "../version.ts";
import { publishCommit } from "./commit-event.ts";
import type { CommitSubject } from "./commit-event.ts";
import { readCommit } from "./commit-file.ts";
import { assertNoConflict, isBlindAppend, isolationOf } from "./conflict.ts";
import type { ReadSet } from "./conflict.ts";
import { commitsFrom } from "./commits-from.ts";
import { commitTimeMs, hasInCommitTimestamps, nextInCommitTimestamp } from "./in-commit-timestamp.ts";
import { commitPath } from "./log-files.ts";
import { advanceSnapshot, firstSnapshot } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

/** After so many conflicts in a row a writer is starved, or the store breaks its promise. */
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
  /** Between attempts of a writer that has lost several. */
  readonly pause: Pause;
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
 * What became of a commit. The writer of its files may delete them after a refusal, and only then: any other outcome
 * names them, or may name them. The outcome follows from how far the commit came, not from the kind of error.
 */
export type CommitOutcome =
  | { readonly kind: "committed"; readonly snapshot: Snapshot }
  /** No version has the actions, and none ever will. */
  | { readonly kind: "refused"; readonly error: unknown }
  /** The store may have taken the commit, or may still take it. */
  | { readonly kind: "unknown"; readonly error: unknown };

/** What became of a table's first commit: another writer may have made the table. */
export type FirstCommitOutcome = CommitOutcome | { readonly kind: "exists" };

/**
 * The snapshot that a commit made.
 *
 * @throws what ended the commit, when it was refused or when its outcome is unknown.
 */
export function committedSnapshot(outcome: CommitOutcome): Snapshot {
  if (outcome.kind === "committed") return outcome.snapshot;
  throw outcome.error;
}

/**
 * Commits the actions as the next version. When others were faster, reads all commits up to the newest at once, checks
 * each of them for conflicts and goes behind them: a writer that has fallen behind has caught up before its next attempt.
 * A commit of ours whose answer was lost is found again by its transaction id.
 *
 * @returns what became of it; it throws nothing. The errors are DeltaError `CONCURRENT_WRITE`, `CONCURRENT_TRANSACTION`
 *   or `UNSUPPORTED_FEATURE`, StoreError when the store fails, and what the precondition throws.
 */
export async function commit(store: ObjectStore, request: CommitRequest): Promise<CommitOutcome> {
  return outcomeOf({ tableUri: store.uri, ...request }, async (trace) =>
    commitBehindOthers(store, request, trace),
  );
}

/** How far a commit has come. */
interface CommitTrace {
  mayExist: boolean;
  /** Versions that it tried to take. */
  attempts: number;
}

type Failed = Exclude<CommitOutcome, { readonly kind: "committed" }>;

async function outcomeOf<Outcome extends FirstCommitOutcome>(
  subject: CommitSubject,
  run: (trace: CommitTrace) => Promise<Outcome>,
): Promise<Outcome | Failed> {
  const trace: CommitTrace = { mayExist: false, attempts: 0 };
  const seconds = stopwatch();
  const outcome = await run(trace).catch((error: unknown): Failed => ({
    kind: trace.mayExist ? "unknown" : "refused",
    error,
  }));
  publishCommit(subject, outcome, trace.attempts, seconds);
  return outcome;
}

async function commitBehindOthers(
  store: ObjectStore,
  request: CommitRequest,
  trace: CommitTrace,
): Promise<CommitOutcome> {
  const txnId = randomUUID();
  const { pause } = request;
  let { snapshot } = request;
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    assertWritable(snapshot.protocol, snapshot.metadata, store.uri);
    request.precondition?.(snapshot);
    const actions = await completeActions(store, request, snapshot, txnId);
    if (await putCommit(store, snapshot.version + 1, actions, trace))
      return { kind: "committed", snapshot: advanceSnapshot(snapshot, [actions]) };
    // Before the winners are read and not after it: what is read is then as new as can be.
    if (attempt >= attemptsAtOnce) await pause(pauseMsMax);
    const behind = await goBehindWinners(store, request, snapshot, txnId, trace);
    if (behind.isOurs) return { kind: "committed", snapshot: behind.snapshot };
    const version = snapshot.version + 1;
    deltaEvents.retry.publish(() => ({ tableUri: store.uri, kind: "commit", attempt, version }));
    snapshot = behind.snapshot;
  }
  throw new DeltaError(
    "CONCURRENT_WRITE",
    `${store.uri}: gave up after losing to other writers ${attemptsMax} times in a row. Nothing of ours was committed; run it again.`,
  );
}

/** The newest snapshot, when nothing between it and ours forbids our actions; or the one that they made already. */
async function goBehindWinners(
  store: ObjectStore,
  { actions, reads }: CommitRequest,
  lost: Snapshot,
  txnId: string,
  trace: CommitTrace,
): Promise<{ readonly snapshot: Snapshot; readonly isOurs: boolean }> {
  let snapshot = lost;
  for await (const winners of commitsFrom(store, lost.version + 1)) {
    const [first = []] = winners;
    // Ours can only be at the version that we tried.
    if (snapshot === lost && isOurs(first, txnId))
      return { snapshot: advanceSnapshot(lost, [first]), isOurs: true };
    trace.mayExist = false;
    const base = snapshot;
    winners.forEach((winner, index) => {
      assertNoConflict({ snapshot: base, actions, reads }, winner, base.version + index + 1);
    });
    snapshot = advanceSnapshot(base, winners);
  }
  return { snapshot, isOurs: false };
}

/** The first commit of a table; like `commit`, it throws nothing. */
export async function commitFirst(
  store: ObjectStore,
  actions: readonly Action[],
  operation: Operation,
  now: number,
  userMetadata?: string,
): Promise<FirstCommitOutcome> {
  return outcomeOf(
    { tableUri: store.uri, actions, operation },
    async (trace): Promise<FirstCommitOutcome> => {
      const txnId = randomUUID();
      const complete: readonly Action[] = [
        { commitInfo: firstCommitInfo(actions, operation, now, txnId, userMetadata) },
        ...actions,
      ];
      if ((await putCommit(store, 0, complete, trace)) || isOurs(await readCommit(store, 0), txnId))
        return { kind: "committed", snapshot: firstSnapshot(store.uri, complete) };
      return { kind: "exists" };
    },
  );
}

function firstCommitInfo(
  actions: readonly Action[],
  operation: Operation,
  now: number,
  txnId: string,
  userMetadata: string | undefined,
): CommitInfo {
  const { protocol, metadata } = tableActions(actions);
  const isTimed =
    protocol !== undefined && metadata !== undefined && hasInCommitTimestamps(protocol, metadata);
  return {
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
}

/** False when the version exists. It may still be ours, from an attempt whose answer was lost. */
async function putCommit(
  store: ObjectStore,
  version: number,
  actions: readonly Action[],
  trace: CommitTrace,
): Promise<boolean> {
  const bytes = Buffer.from(serializeActions(actions), "utf8");
  trace.mayExist = true;
  trace.attempts += 1;
  try {
    await store.putIfAbsent(commitPath(version), bytes);
    return true;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === "ALREADY_EXISTS") return false;
    trace.mayExist = !error.wroteNothing;
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
