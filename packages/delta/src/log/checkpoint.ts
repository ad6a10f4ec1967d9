import { randomUUID } from "node:crypto";

import { stopwatch } from "../contract/event-channel.ts";
import type { Engine } from "../engine/engine.ts";
import { messageOf } from "../errors.ts";
import { deltaEvents } from "../events.ts";
import type { Action, SidecarFile } from "../protocol/actions.ts";
import { assertWritable, hasFeature } from "../protocol/features.ts";
import {
  checkpointInterval,
  checkpointPolicy,
  deletedFileRetentionMs,
  readProperty,
  transactionRetentionMs,
} from "../protocol/table-properties.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { checkpointTags } from "./checkpoint-reader.ts";
import { cleanUpLog } from "./clean-up.ts";
import { writeLastCheckpoint } from "./last-checkpoint.ts";
import { checkpointPath, logFolder, sidecarFolder, uniqueCheckpointPath } from "./log-files.ts";
import type { Snapshot } from "./snapshot.ts";

/** File actions in one sidecar: readers load several at once. */
const actionsPerSidecar = 50_000;

/**
 * Writes a checkpoint when the table's own rule asks for one at this version, and then removes what has expired of the
 * log. A failure comes back instead of being thrown: the commit that it follows is safe all the same.
 *
 * @param now milliseconds since the epoch.
 */
export async function checkpointIfDue(
  store: ObjectStore,
  engine: Engine,
  snapshot: Snapshot,
  now: number,
): Promise<Error | undefined> {
  const interval = readProperty(snapshot.metadata, checkpointInterval);
  if (snapshot.version === 0 || snapshot.version % interval !== 0) return undefined;
  try {
    await writeCheckpoint(store, engine, snapshot, now);
  } catch (error) {
    const what = `The checkpoint of version ${snapshot.version} failed: ${messageOf(error)}`;
    return new Error(what, { cause: error });
  }
  try {
    await cleanUpLog(store, engine, snapshot, now);
    return undefined;
  } catch (error) {
    const what = `The clean-up of the log after version ${snapshot.version} failed: ${messageOf(error)}`;
    return new Error(what, { cause: error });
  }
}

export interface CheckpointResult {
  readonly version: number;
  /** Relative to the table's root: the checkpoint's own file first, then its sidecars. */
  readonly paths: readonly string[];
  readonly actionCount: number;
  /** Bytes of all its files. */
  readonly sizeInBytes: number;
}

/**
 * Writes the snapshot as a checkpoint and points `_last_checkpoint` at it: a V2 checkpoint where the table asks for
 * that, else a classic one. Writing one twice is harmless: both say the same.
 *
 * Source: PROTOCOL.md, "Checkpoints" below "Requirements for Writers".
 *
 * @param now milliseconds since the epoch: what expired before it is left out.
 * @throws DeltaError `UNSUPPORTED_FEATURE` for a table whose state this engine might not know all of; StoreError when
 *   the store fails: the table is as readable as it was.
 */
export async function writeCheckpoint(
  store: ObjectStore,
  engine: Engine,
  snapshot: Snapshot,
  now: number,
): Promise<CheckpointResult> {
  assertWritable(snapshot.protocol, snapshot.metadata, snapshot.tableUri);
  const isV2 =
    hasFeature(snapshot.protocol, "v2Checkpoint") &&
    readProperty(snapshot.metadata, checkpointPolicy) === "v2";
  const seconds = stopwatch();
  const tell = (
    result: Pick<CheckpointResult, "paths" | "actionCount" | "sizeInBytes">,
    error?: unknown,
  ): void =>
    deltaEvents.checkpoint.publish(() => ({
      tableUri: store.uri,
      version: snapshot.version,
      actions: result.actionCount,
      files: result.paths.length,
      bytes: result.sizeInBytes,
      durationSeconds: seconds(),
      ...(error === undefined ? {} : { error }),
    }));
  try {
    const result = await (isV2 ? writeV2 : writeClassic)(store, engine, snapshot, now);
    tell(result);
    return result;
  } catch (error) {
    tell({ paths: [], actionCount: 0, sizeInBytes: 0 }, error);
    throw error;
  }
}

async function writeClassic(
  store: ObjectStore,
  engine: Engine,
  snapshot: Snapshot,
  now: number,
): Promise<CheckpointResult> {
  const { version } = snapshot;
  const actions = [...tableActions(snapshot, now), ...fileActions(snapshot, now)];
  const data = await engine.writeCheckpoint(actions);
  const path = checkpointPath(version);
  await store.put(path, data);
  const hint = { version, size: actions.length, sizeInBytes: data.byteLength };
  await writeLastCheckpoint(store, { ...hint, numOfAddFiles: snapshot.fileCount });
  return { version, paths: [path], actionCount: hint.size, sizeInBytes: hint.sizeInBytes };
}

/**
 * The sidecars first: a checkpoint that names one that is not there would be damaged. The file that names them is
 * Parquet, of which, unlike of JSON, a part cannot be taken for the whole.
 */
async function writeV2(
  store: ObjectStore,
  engine: Engine,
  snapshot: Snapshot,
  now: number,
): Promise<CheckpointResult> {
  const { version } = snapshot;
  const files = fileActions(snapshot, now);
  const sidecars: SidecarFile[] = [];
  for (let start = 0; start < files.length; start += actionsPerSidecar) {
    const data = await engine.writeCheckpoint(files.slice(start, start + actionsPerSidecar), "sidecar");
    const path = `${randomUUID()}.parquet`;
    await store.put(`${sidecarFolder}/${path}`, data);
    sidecars.push({ path, sizeInBytes: data.byteLength, modificationTime: now });
  }
  const tags = {
    [checkpointTags.adds]: String(snapshot.fileCount),
    [checkpointTags.fileActions]: String(files.length),
  };
  const top: Action[] = [
    { checkpointMetadata: { version, tags } },
    ...tableActions(snapshot, now),
    ...sidecars.map((sidecar) => ({ sidecar })),
  ];
  const data = await engine.writeCheckpoint(top, "v2");
  const path = uniqueCheckpointPath(version, randomUUID());
  await store.put(path, data);
  const sizeInBytes = sidecars.reduce((bytes, sidecar) => bytes + sidecar.sizeInBytes, data.byteLength);
  const actionCount = top.length + files.length;
  await writeLastCheckpoint(store, {
    version,
    size: actionCount,
    sizeInBytes,
    numOfAddFiles: snapshot.fileCount,
    v2Checkpoint: {
      path: path.slice(logFolder.length + 1),
      sizeInBytes: data.byteLength,
      modificationTime: now,
    },
  });
  const paths = [path, ...sidecars.map((sidecar) => `${sidecarFolder}/${sidecar.path}`)];
  return { version, paths, actionCount, sizeInBytes };
}

/** Progress of an application expires only where the table says so, and never when its age is unknown. */
function tableActions(snapshot: Snapshot, now: number): Action[] {
  const retentionMs = readProperty(snapshot.metadata, transactionRetentionMs);
  const oldestUpdate = retentionMs === undefined ? Number.NEGATIVE_INFINITY : now - retentionMs;
  const { state } = snapshot;
  return [
    { protocol: snapshot.protocol },
    { metaData: snapshot.metadata },
    ...[...state.transactions.values()]
      .filter((txn) => (txn.lastUpdated ?? now) > oldestUpdate)
      .map((txn) => ({ txn })),
    ...[...state.domains.values()]
      .filter((domain) => !domain.removed)
      .map((domainMetadata) => ({ domainMetadata })),
  ];
}

/** Removes are kept while a reader of an older version may still need to know of them. */
function fileActions(snapshot: Snapshot, now: number): Action[] {
  const oldestTombstone = now - readProperty(snapshot.metadata, deletedFileRetentionMs);
  const { state } = snapshot;
  const actions: Action[] = [];
  for (const add of state.files.values()) actions.push({ add: { ...add, dataChange: false } });
  for (const remove of state.tombstones.values()) {
    if ((remove.deletionTimestamp ?? 0) > oldestTombstone)
      actions.push({ remove: { ...remove, dataChange: false } });
  }
  return actions;
}
