import type { Engine } from "../engine/engine.ts";
import { DeltaError, messageOf } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { parseActions } from "../protocol/actions.ts";
import type { Action, AddFile, Metadata, Protocol, Transaction } from "../protocol/actions.ts";
import { assertReadable } from "../protocol/features.ts";
import { parseSchema } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { commitPath, listLog } from "./log-files.ts";
import type { CheckpointFiles, LogListing } from "./log-files.ts";
import { TableState } from "./table-state.ts";

/** Commits read at once: hides the latency of a store without flooding it. */
const readConcurrency = 32;

/** A table at one version: immutable. */
export class Snapshot {
  readonly tableUri: string;
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly schema: StructType;
  /** The version of the newest checkpoint it was built from, or -1. */
  readonly checkpointVersion: number;
  /** All that was replayed, for checkpoints and later versions; not to be changed. */
  readonly state: TableState;

  constructor(tableUri: string, version: number, state: TableState, checkpointVersion: number) {
    if (state.protocol === undefined || state.metadata === undefined) {
      throw new DeltaError(
        "CORRUPT_LOG",
        `${tableUri}: the log up to version ${version} has no protocol or no metadata`,
      );
    }
    this.tableUri = tableUri;
    this.version = version;
    this.protocol = state.protocol;
    this.metadata = state.metadata;
    this.schema = parseSchema(state.metadata.schemaString);
    this.checkpointVersion = checkpointVersion;
    this.state = state;
  }

  get files(): Iterable<AddFile> {
    return this.state.files.values();
  }

  get fileCount(): number {
    return this.state.files.size;
  }

  /** Bytes of all data files. */
  get sizeInBytes(): number {
    let bytes = 0;
    for (const file of this.files) bytes += file.size;
    return bytes;
  }

  /** Rows as the log's statistics count them, or `undefined` where a file has none. */
  get rowCount(): number | undefined {
    let rows = 0;
    for (const file of this.files) {
      const records = /"numRecords"\s*:\s*(\d+)/.exec(file.stats ?? "")?.[1];
      if (records === undefined) return undefined;
      rows += Number(records) - (file.deletionVector?.cardinality ?? 0);
    }
    return rows;
  }

  get partitionColumns(): readonly string[] {
    return this.metadata.partitionColumns;
  }

  /** An application's progress, see `Transaction`. */
  transaction(appId: string): Transaction | undefined {
    return this.state.transactions.get(appId);
  }

  get transactions(): readonly Transaction[] {
    return [...this.state.transactions.values()];
  }
}

/**
 * Builds a table's state at a version, the newest when left out.
 *
 * @throws DeltaError `TABLE_NOT_FOUND`, `VERSION_NOT_FOUND`, `CORRUPT_LOG` or `UNSUPPORTED_FEATURE`
 */
export async function loadSnapshot(
  store: ObjectStore,
  engine: Engine,
  options: { readonly version?: number | undefined; readonly listing?: LogListing | undefined } = {},
): Promise<Snapshot> {
  const listing = options.listing ?? (await listLog(store));
  const newest = Math.max(listing.commits.at(-1) ?? -1, listing.checkpoints.at(-1)?.version ?? -1);
  if (newest < 0) throw new DeltaError("TABLE_NOT_FOUND", `There is no Delta table at ${store.uri}`);
  const version = options.version ?? newest;
  if (!Number.isSafeInteger(version) || version < 0 || version > newest) {
    throw new DeltaError(
      "VERSION_NOT_FOUND",
      `${store.uri} has no version ${version}; the newest is ${newest}`,
    );
  }
  const { state, checkpointVersion } = await replay(store, engine, listing, version);
  const snapshot = new Snapshot(store.uri, version, state, checkpointVersion);
  assertReadable(snapshot.protocol, snapshot.metadata, store.uri);
  return snapshot;
}

/** Version 0 as its actions make it. */
export function firstSnapshot(tableUri: string, actions: readonly Action[]): Snapshot {
  const state = new TableState();
  state.apply(actions);
  return new Snapshot(tableUri, 0, state, -1);
}

/** The snapshot that follows when the actions of the next commit are applied. */
export function advanceSnapshot(snapshot: Snapshot, actions: readonly Action[]): Snapshot {
  const state = new TableState(snapshot.state);
  state.apply(actions);
  return new Snapshot(snapshot.tableUri, snapshot.version + 1, state, snapshot.checkpointVersion);
}

/** @throws DeltaError `CORRUPT_LOG`; StoreError `NOT_FOUND` when there is no such commit. */
export async function readCommit(store: ObjectStore, version: number): Promise<Action[]> {
  const path = commitPath(version);
  const data = await store.read(path);
  return parseActions(
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8"),
    `${store.uri}/${path}`,
  );
}

/** Starts from the newest checkpoint that can be read; a damaged one costs time, not the table. */
async function replay(
  store: ObjectStore,
  engine: Engine,
  listing: LogListing,
  version: number,
): Promise<{ readonly state: TableState; readonly checkpointVersion: number }> {
  const candidates = listing.checkpoints.filter((checkpoint) => checkpoint.version <= version).toReversed();
  let damage: unknown;
  for (const checkpoint of [...candidates, undefined]) {
    const base = checkpoint?.version ?? -1;
    const commits = listing.commits.filter((commit) => commit > base && commit <= version);
    if (commits.length !== version - base) continue;
    const state = new TableState();
    try {
      if (checkpoint !== undefined) await applyCheckpoint(store, engine, checkpoint, state);
    } catch (error) {
      damage = error;
      continue;
    }
    await applyCommits(store, commits, state);
    return { state, checkpointVersion: base };
  }
  if (damage !== undefined) {
    throw new DeltaError(
      "CORRUPT_LOG",
      `${store.uri}: no readable checkpoint for version ${version}: ${messageOf(damage)}`,
      { cause: damage },
    );
  }
  throw cannotRebuild(store.uri, listing, version, candidates[0]?.version ?? -1);
}

function cannotRebuild(uri: string, listing: LogListing, version: number, checkpoint: number): DeltaError {
  const first = listing.commits[0] ?? version;
  const known = new Set(listing.commits);
  for (let commit = Math.max(first, checkpoint + 1); commit <= version; commit += 1) {
    if (!known.has(commit)) {
      return new DeltaError(
        "CORRUPT_LOG",
        `${uri}: the commit of version ${commit} is missing, so version ${version} cannot be rebuilt`,
      );
    }
  }
  return new DeltaError(
    "VERSION_NOT_FOUND",
    `${uri}: version ${version} can no longer be rebuilt; the log begins at commit ${first} and a commit or checkpoint before it is gone`,
  );
}

async function applyCheckpoint(
  store: ObjectStore,
  engine: Engine,
  checkpoint: CheckpointFiles,
  state: TableState,
): Promise<void> {
  const localPaths = await mapConcurrently(checkpoint.paths, readConcurrency, (path) =>
    store.localPath(path),
  );
  for await (const actions of engine.readCheckpoint(localPaths)) state.apply(actions);
  if (state.protocol === undefined || state.metadata === undefined) {
    throw new DeltaError("CORRUPT_LOG", `${checkpoint.paths.join(", ")} has no protocol or no metadata`);
  }
}

async function applyCommits(
  store: ObjectStore,
  versions: readonly number[],
  state: TableState,
): Promise<void> {
  // In slices, so that a long log is not held in memory as text all at once.
  for (let start = 0; start < versions.length; start += readConcurrency * 8) {
    const slice = versions.slice(start, start + readConcurrency * 8);
    const commits = await mapConcurrently(slice, readConcurrency, (version) => readExisting(store, version));
    for (const actions of commits) state.apply(actions);
  }
}

async function readExisting(store: ObjectStore, version: number): Promise<Action[]> {
  try {
    return await readCommit(store, version);
  } catch (error) {
    if (error instanceof StoreError && error.code === "NOT_FOUND") {
      throw new DeltaError("CORRUPT_LOG", `${store.uri}/${commitPath(version)} vanished while it was read`, {
        cause: error,
      });
    }
    throw error;
  }
}
