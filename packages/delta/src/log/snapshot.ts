/*
 * log: the table's history, read as snapshots (here) and written by put-if-absent (commit.ts).
 *
 * It guarantees that a snapshot is exactly the state of its version, and that a commit has one of three outcomes:
 * committed, refused (no version has it, and none ever will) or unknown. Files that a commit names or may name must stay.
 * A conflict is looked for in every commit between the version that was read and the one that is written.
 */
import { anyText, required } from "../contract/option-kinds.ts";
import { assertArguments } from "../arguments.ts";
import type { Engine } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import type { Action, AddFile, Metadata, Protocol, Transaction } from "../protocol/actions.ts";
import { assertMapped } from "../protocol/column-mapping.ts";
import { assertReadable } from "../protocol/features.ts";
import { parseSchema } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import { recordCount } from "../statistics/stored-statistics.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { commitInfoOf } from "./commit-file.ts";
import { hasInCommitTimestamps, readInCommitTimestamp } from "./in-commit-timestamp.ts";
import { wholeNumber } from "./json-values.ts";
import { listLog, listRecentLog } from "./log-files.ts";
import type { LogListing } from "./log-files.ts";
import { replay } from "./replay.ts";
import { TableState } from "./table-state.ts";

/** A log that changes while it is read is listed again, but not for ever. */
const listingsMax = 5;

/** A table at one version: immutable. */
export class Snapshot {
  readonly tableUri: string;
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly schema: StructType;
  /** The version of the newest checkpoint it was built from, or -1. */
  readonly checkpointVersion: number;
  /**
   * When the version was committed, in milliseconds since the epoch, where the table's commits carry their own times;
   * `undefined` for other tables, and where the version's commit is gone or lacks it.
   */
  readonly inCommitTimestampMs: number | undefined;
  /** All that was replayed, for checkpoints and later versions; not to be changed. */
  readonly state: TableState;

  constructor(
    tableUri: string,
    version: number,
    state: TableState,
    origin: {
      readonly checkpointVersion: number;
      /** Counts only where the table's commits carry their own times. */
      readonly inCommitTimestampMs: number | undefined;
    },
  ) {
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
    const where = `${tableUri}, version ${version}`;
    this.schema = schemaOf(state.metadata, where);
    assertMapped(state.protocol, state.metadata, this.schema, where);
    this.checkpointVersion = origin.checkpointVersion;
    this.inCommitTimestampMs = hasInCommitTimestamps(this.protocol, this.metadata)
      ? origin.inCommitTimestampMs
      : undefined;
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
      const records = recordCount(file.stats);
      if (records === undefined) return undefined;
      rows += records - (file.deletionVector?.cardinality ?? 0);
    }
    return rows;
  }

  get partitionColumns(): readonly string[] {
    return this.metadata.partitionColumns;
  }

  /** An application's progress, see `Transaction`. */
  transaction(appId: string): Transaction | undefined {
    assertArguments("transaction", { appId }, { appId: required(anyText) });
    return this.state.transactions.get(appId);
  }

  get transactions(): readonly Transaction[] {
    return [...this.state.transactions.values()];
  }
}

/**
 * Builds a table's state at a version, the newest when left out.
 *
 * @param options.listing saves listing the log; when it turns out not to be enough, the log is listed all the same.
 * @throws DeltaError `TABLE_NOT_FOUND`, `VERSION_NOT_FOUND`, `CORRUPT_LOG`, `UNSAFE_PATH` or `UNSUPPORTED_FEATURE`;
 *   StoreError when the store fails.
 */
export async function loadSnapshot(
  store: ObjectStore,
  engine: Engine,
  options: { readonly version?: number | undefined; readonly listing?: LogListing | undefined } = {},
): Promise<Snapshot> {
  const recent =
    options.listing === undefined && options.version === undefined ? await listRecentLog(store) : undefined;
  let listing = options.listing ?? recent ?? (await listLog(store));
  for (let listings = 1; ; listings += 1) {
    try {
      return await loadListed(store, engine, listing, options.version);
    } catch (error) {
      // A clean-up may have gone over the log meanwhile, or the recent part of it was not enough.
      if (!mayBeStale(error) || listings >= listingsMax) throw error;
      const again = await listLog(store);
      if (isSameLog(listing, again)) throw error;
      listing = again;
    }
  }
}

async function loadListed(
  store: ObjectStore,
  engine: Engine,
  listing: LogListing,
  wanted: number | undefined,
): Promise<Snapshot> {
  const newest = newestVersion(listing);
  if (newest < 0) throw new DeltaError("TABLE_NOT_FOUND", `There is no Delta table at ${store.uri}`);
  const version = wanted ?? newest;
  if (!Number.isSafeInteger(version) || version < 0 || version > newest) {
    throw new DeltaError(
      "VERSION_NOT_FOUND",
      `${store.uri} has no version ${version}; the newest is ${newest}`,
    );
  }
  const replayed = await replay(store, engine, listing, version);
  const snapshot = new Snapshot(store.uri, version, replayed.state, replayed);
  assertReadable(snapshot.protocol, snapshot.metadata, store.uri);
  const needsTime = hasInCommitTimestamps(snapshot.protocol, snapshot.metadata);
  if (!needsTime || replayed.inCommitTimestampMs !== undefined) return snapshot;
  // Checkpoints and compactions do not keep it.
  const inCommitTimestampMs = await readInCommitTimestamp(store, version);
  return new Snapshot(store.uri, version, replayed.state, { ...replayed, inCommitTimestampMs });
}

/** The newest version that a log knows of, or -1. */
export function newestVersion(listing: LogListing): number {
  return Math.max(listing.commits.at(-1) ?? -1, listing.checkpoints.at(-1)?.version ?? -1);
}

function mayBeStale(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === "NOT_FOUND";
  return error instanceof DeltaError && error.code !== "UNSUPPORTED_FEATURE";
}

function isSameLog(left: LogListing, right: LogListing): boolean {
  return (
    JSON.stringify([left.commits, left.checkpoints]) === JSON.stringify([right.commits, right.checkpoints])
  );
}

/** Version 0 as its actions make it. */
export function firstSnapshot(tableUri: string, actions: readonly Action[]): Snapshot {
  const state = new TableState(tableUri);
  state.apply(actions);
  return new Snapshot(tableUri, 0, state, {
    checkpointVersion: -1,
    inCommitTimestampMs: timestampOf(actions),
  });
}

/**
 * The snapshot that follows when the commits behind it are applied, each with its commitInfo. Costs as much as the
 * commits, not as the table.
 */
export function advanceSnapshot(snapshot: Snapshot, commits: readonly (readonly Action[])[]): Snapshot {
  const newest = commits.at(-1);
  if (newest === undefined) return snapshot;
  const state = new TableState(snapshot.tableUri, snapshot.state);
  for (const actions of commits) state.apply(actions);
  return new Snapshot(snapshot.tableUri, snapshot.version + commits.length, state, {
    checkpointVersion: snapshot.checkpointVersion,
    inCommitTimestampMs: timestampOf(newest),
  });
}

/** The same version with the table's metadata and protocol as these actions have them, which are not committed yet. */
export function evolveSnapshot(snapshot: Snapshot, actions: readonly Action[]): Snapshot {
  const state = new TableState(snapshot.tableUri, snapshot.state);
  state.apply(actions);
  const { tableUri, version, checkpointVersion, inCommitTimestampMs } = snapshot;
  return new Snapshot(tableUri, version, state, { checkpointVersion, inCommitTimestampMs });
}

function schemaOf(metadata: Metadata, where: string): StructType {
  try {
    return parseSchema(metadata.schemaString);
  } catch (error) {
    if (!(error instanceof DeltaError)) throw error;
    throw new DeltaError(error.code, `${where}: ${error.message}`, { cause: error });
  }
}

function timestampOf(actions: readonly Action[]): number | undefined {
  return wholeNumber(commitInfoOf(actions)?.inCommitTimestamp);
}
