import { DeltaError } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { CommitInfo } from "../protocol/actions.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { commitPath, listLog } from "./log-files.ts";
import type { LogListing } from "./log-files.ts";
import { readCommit } from "./snapshot.ts";

const readConcurrency = 32;

/** One version of a table, newest first in a history. */
export interface HistoryEntry {
  readonly version: number;
  /** When it was committed, as time travel sees it. */
  readonly timestamp: Date;
  readonly operation: string | undefined;
  readonly operationParameters: Readonly<Record<string, unknown>>;
  readonly operationMetrics: Readonly<Record<string, string>>;
  readonly readVersion: number | undefined;
  readonly isolationLevel: string | undefined;
  readonly isBlindAppend: boolean | undefined;
  readonly engineInfo: string | undefined;
  readonly userMetadata: string | undefined;
}

/** The versions whose commits are still there, newest first. */
export async function readHistory(store: ObjectStore, limit?: number): Promise<HistoryEntry[]> {
  const listing = await existingLog(store);
  const timestamps = await commitTimestamps(store, listing);
  const wanted = timestamps.toReversed().slice(0, limit);
  return mapConcurrently(wanted, readConcurrency, async ({ version, timestampMs }) => {
    const actions = await readCommit(store, version);
    const action = actions.find((candidate) => "commitInfo" in candidate);
    const info: CommitInfo = action !== undefined && "commitInfo" in action ? action.commitInfo : {};
    return {
      version,
      timestamp: new Date(timestampMs),
      operation: info.operation,
      operationParameters: info.operationParameters ?? {},
      operationMetrics: info.operationMetrics ?? {},
      readVersion: info.readVersion,
      isolationLevel: info.isolationLevel,
      isBlindAppend: info.isBlindAppend,
      engineInfo: info.engineInfo,
      userMetadata: info.userMetadata,
    };
  });
}

/**
 * The newest version committed at or before an instant.
 *
 * @throws DeltaError `VERSION_NOT_FOUND` when the instant is before the first version that is still there.
 */
export async function versionAsOf(store: ObjectStore, timestampMs: number): Promise<number> {
  const listing = await existingLog(store);
  const timestamps = await commitTimestamps(store, listing);
  const version = timestamps.findLast((entry) => entry.timestampMs <= timestampMs)?.version;
  if (version !== undefined) return version;
  const first = timestamps[0];
  throw new DeltaError(
    "VERSION_NOT_FOUND",
    `${store.uri} has no version as of ${new Date(timestampMs).toISOString()}` +
      (first === undefined
        ? ""
        : `; the earliest is ${first.version}, of ${new Date(first.timestampMs).toISOString()}`),
  );
}

async function existingLog(store: ObjectStore): Promise<LogListing> {
  const listing = await listLog(store);
  if (listing.commits.length === 0 && listing.checkpoints.length === 0)
    throw new DeltaError("TABLE_NOT_FOUND", `There is no Delta table at ${store.uri}`);
  return listing;
}

/**
 * When each version was committed: the modification time of its file, made monotonic by going one millisecond beyond
 * the one before where clocks ran backwards.
 *
 * Source: Spark's DeltaHistoryManager; PROTOCOL.md, "In-Commit Timestamps" for tables that carry their own.
 */
async function commitTimestamps(
  store: ObjectStore,
  listing: LogListing,
): Promise<{ readonly version: number; readonly timestampMs: number }[]> {
  const modified = await mapConcurrently(listing.commits, readConcurrency, async (version) => ({
    version,
    modifiedAtMs: Math.floor((await store.describe(commitPath(version))).modifiedAtMs),
  }));
  let previousMs = Number.NEGATIVE_INFINITY;
  return modified.map(({ version, modifiedAtMs }) => {
    previousMs = Math.max(modifiedAtMs, previousMs + 1);
    return { version, timestampMs: previousMs };
  });
}
