import type { Engine } from "../engine/engine.ts";
import { messageOf } from "../errors.ts";
import type { Action } from "../protocol/actions.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { checkpointPath, lastCheckpointPath } from "./log-files.ts";
import type { Snapshot } from "./snapshot.ts";

const defaultInterval = 10;
const defaultTombstoneRetentionMs = 7 * 24 * 3600 * 1000;

/**
 * Writes a checkpoint when the table's own rule asks for one at this version. A failure comes back instead of being
 * thrown: the commit that it follows is safe all the same.
 */
export async function checkpointIfDue(
  store: ObjectStore,
  engine: Engine,
  snapshot: Snapshot,
  now: number,
): Promise<Error | undefined> {
  if (!isCheckpointDue(snapshot)) return undefined;
  try {
    await writeCheckpoint(store, engine, snapshot, now);
    return undefined;
  } catch (error) {
    const what = `The checkpoint of version ${snapshot.version} failed: ${messageOf(error)}`;
    return new Error(what, { cause: error });
  }
}

function isCheckpointDue(snapshot: Snapshot): boolean {
  const configured = Number(snapshot.metadata.configuration["delta.checkpointInterval"]);
  const interval = Number.isInteger(configured) && configured > 0 ? configured : defaultInterval;
  return snapshot.version > 0 && snapshot.version % interval === 0;
}

/**
 * Writes the snapshot as a checkpoint and points `_last_checkpoint` at it. Writing one twice is harmless: both say the
 * same.
 */
export async function writeCheckpoint(
  store: ObjectStore,
  engine: Engine,
  snapshot: Snapshot,
  now: number,
): Promise<void> {
  const actions = checkpointActions(snapshot, now);
  const data = await engine.writeCheckpoint(actions);
  await store.put(checkpointPath(snapshot.version), data);
  const hint = {
    version: snapshot.version,
    size: actions.length,
    sizeInBytes: data.byteLength,
    numOfAddFiles: snapshot.fileCount,
  };
  await store.put(lastCheckpointPath, Buffer.from(JSON.stringify(hint), "utf8"));
}

/** Removes are kept while a reader of an older version may still need to know of them. */
function checkpointActions(snapshot: Snapshot, now: number): Action[] {
  const oldestTombstone = now - tombstoneRetentionMs(snapshot);
  const { state } = snapshot;
  return [
    { protocol: snapshot.protocol },
    { metaData: snapshot.metadata },
    ...[...state.transactions.values()].map((txn) => ({ txn })),
    ...[...state.domains.values()]
      .filter((domain) => !domain.removed)
      .map((domainMetadata) => ({ domainMetadata })),
    ...[...state.files.values()].map((add) => ({ add: { ...add, dataChange: false } })),
    ...[...state.tombstones.values()]
      .filter((remove) => (remove.deletionTimestamp ?? 0) > oldestTombstone)
      .map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ];
}

function tombstoneRetentionMs(snapshot: Snapshot): number {
  const configured = snapshot.metadata.configuration["delta.deletedFileRetentionDuration"];
  return configured === undefined
    ? defaultTombstoneRetentionMs
    : (intervalMs(configured) ?? defaultTombstoneRetentionMs);
}

const unitMs: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/** `interval 7 days`, as table properties write durations. */
export function intervalMs(text: string): number | undefined {
  const match = /^\s*(?:interval\s+)?(\d+)\s+(millisecond|second|minute|hour|day|week)s?\s*$/i.exec(text);
  const unit = unitMs[match?.[2]?.toLowerCase() ?? ""];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
