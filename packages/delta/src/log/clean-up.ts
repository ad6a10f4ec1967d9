import type { Engine } from "../engine/engine.ts";
import { hasFeature } from "../protocol/features.ts";
import { expiredLogCleanup, logRetentionMs, readProperty } from "../protocol/table-properties.ts";
import type { ObjectEntry, ObjectStore } from "../store/object-store.ts";
import { isTemporary } from "../store/temporary-names.ts";
import { loadCheckpoint, sidecarPathsOf } from "./checkpoint-reader.ts";
import { commitPath, listLog, logFolder, parseLogName, sidecarFolder, toListing } from "./log-files.ts";
import type { CheckpointFiles, LogFile, LogListing } from "./log-files.ts";
import { monotonicTimes } from "./monotonic-times.ts";
import type { Snapshot } from "./snapshot.ts";

const dayMs = 24 * 3600 * 1000;
/** Files deleted in one go: a clean-up that is killed leaves at most one such stretch of versions in disorder. */
const filesPerDeletion = 500;

export interface LogCleanUpResult {
  /** Why nothing can be deleted, where something keeps the clean-up from it. */
  readonly refusal: string | undefined;
  /** Commits up to this time may go: midnight UTC. */
  readonly cutoff: Date;
  /** The oldest version that can be read afterwards, when something is deleted. */
  readonly oldestVersion: number | undefined;
  readonly filesDeleted: number;
  readonly commitsDeleted: number;
  /** Files of checkpoints, sidecars not counted. */
  readonly checkpointFilesDeleted: number;
  readonly sidecarsDeleted: number;
  readonly bytesDeleted: number;
  /** What was deleted, or would be; relative to the table's root, in order. */
  readonly paths: readonly string[];
}

/**
 * Deletes what has expired of a table's log: all that is older than the newest checkpoint at or before the cutoff, so
 * that every version from that one on stays readable. Does nothing where the table turns clean-up off, where its newest
 * versions do not all stand on such a checkpoint, or where it protects the checkpoints that would go.
 *
 * Killed at any point, it leaves the kept versions untouched, and the next clean-up deletes the rest: files go in order
 * of version, sidecars after all checkpoints that named them. Commits and checkpoints of others meanwhile do no harm:
 * they are newer than what goes.
 *
 * Source: PROTOCOL.md, "Metadata Cleanup"; Spark's MetadataCleanup for the cutoff, the midnight before the retention
 * period, and for times of commits that are those of their files, made monotonic.
 *
 * @param now milliseconds since the epoch.
 * @param options.dryRun tells what would be deleted, and deletes nothing.
 * @throws StoreError when the store fails.
 */
export async function cleanUpLog(
  store: ObjectStore,
  engine: Engine,
  snapshot: Snapshot,
  now: number,
  options: { readonly dryRun?: boolean | undefined } = {},
): Promise<LogCleanUpResult> {
  const { metadata } = snapshot;
  const cutoffMs = startOfDay(now - readProperty(metadata, logRetentionMs));
  if (!readProperty(metadata, expiredLogCleanup)) {
    return result(cutoffMs, undefined, [], "delta.enableExpiredLogCleanup is false");
  }
  const leftovers = await oldLeftovers(store, startOfDay(now - dayMs));
  const finish = async (
    oldestVersion: number | undefined,
    expired: readonly ExpiredFile[],
  ): Promise<LogCleanUpResult> => {
    const found = result(cutoffMs, oldestVersion, [...expired, ...leftovers]);
    for (let start = 0; options.dryRun !== true && start < found.paths.length; start += filesPerDeletion)
      await store.deleteMany(found.paths.slice(start, start + filesPerDeletion));
    return found;
  };
  if (!(await mayHaveExpired(store, cutoffMs))) return finish(undefined, []);
  const entries = await listEntries(store);
  const files = logFilesOf(entries);
  const listing = toListing(files.map((file) => nameOf(file.entry)));
  const base = await checkpointToKeep(store, engine, listing, lastExpired(files, cutoffMs));
  if (base === undefined) return finish(undefined, []);
  const protectedVersion = protectedBefore(snapshot);
  if (protectedVersion > base.version) {
    return result(
      cutoffMs,
      undefined,
      [],
      `delta.requireCheckpointProtectionBeforeVersion is ${protectedVersion}, and only versions before ${base.version} have expired`,
    );
  }
  const expired = files.filter(({ file }) => isExpired(file, base.version)).toSorted(inOrderOfDeletion);
  const deletesCheckpoints = expired.some(({ file }) => isCheckpoint(file));
  const sidecars = deletesCheckpoints
    ? await unusedSidecars(store, engine, entries, keptCheckpoints(listing, base.version), {
        before: Math.min(cutoffMs, startOfDay(now - dayMs)),
      })
    : [];
  return finish(expired.length === 0 ? undefined : base.version, [...expired, ...sidecars]);
}

/** What killed writers left half made; today's may be in the making. */
async function oldLeftovers(store: ObjectStore, beforeMs: number): Promise<ExpiredFile[]> {
  const old: ExpiredFile[] = [];
  for (const name of await store.listNames(logFolder)) {
    if (!isTemporary(name)) continue;
    const path = `${logFolder}/${name}`;
    const info = await store.describe(path).catch(() => undefined);
    if (info !== undefined && info.modifiedAtMs < beforeMs)
      old.push({ entry: { path, ...info }, file: undefined });
  }
  return old;
}

interface ExpiredFile {
  readonly entry: ObjectEntry;
  /** `undefined` for a sidecar, and for what a killed writer left. */
  readonly file: LogFile | undefined;
}

interface NamedFile extends ExpiredFile {
  readonly file: LogFile;
}

/**
 * A quick look, as clean-ups follow each checkpoint: something can only go when there is a checkpoint behind the oldest
 * version, and the first of these is old enough. Times of commits only grow, and never fall behind those of their files.
 */
async function mayHaveExpired(store: ObjectStore, cutoffMs: number): Promise<boolean> {
  const { commits, checkpoints } = await listLog(store);
  const oldest = Math.min(commits[0] ?? Number.POSITIVE_INFINITY, checkpoints[0]?.version ?? 0);
  const next = checkpoints.find((checkpoint) => checkpoint.version > oldest);
  if (next === undefined) return false;
  if (!commits.includes(next.version)) return true;
  return Math.floor((await store.describe(commitPath(next.version))).modifiedAtMs) <= cutoffMs;
}

/** Below the log's folder, however deep. */
async function listEntries(store: ObjectStore): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = [];
  for await (const entry of store.listRecursively(logFolder)) entries.push(entry);
  return entries;
}

function logFilesOf(entries: readonly ObjectEntry[]): NamedFile[] {
  return entries.flatMap((entry) => {
    const file = folderOf(entry) === logFolder ? parseLogName(nameOf(entry)) : undefined;
    return file === undefined ? [] : [{ entry, file }];
  });
}

/** The newest version committed at or before the cutoff, or -1. */
function lastExpired(files: readonly NamedFile[], cutoffMs: number): number {
  const commits = files
    .filter(({ file }) => file.kind === "commit")
    .map(({ entry, file }) => ({ version: file.version, modifiedAtMs: entry.modifiedAtMs }))
    .toSorted((left, right) => left.version - right.version);
  return monotonicTimes(commits).findLast((commit) => commit.timestampMs <= cutoffMs)?.version ?? -1;
}

/**
 * The newest checkpoint that all later versions can be built from. It is read to the end before anything older goes: a
 * damaged one would take the table with it.
 */
async function checkpointToKeep(
  store: ObjectStore,
  engine: Engine,
  listing: LogListing,
  newestAllowed: number,
): Promise<CheckpointFiles | undefined> {
  const newest = listing.commits.at(-1) ?? -1;
  for (const checkpoint of listing.checkpoints.toReversed()) {
    const { version } = checkpoint;
    if (version > newestAllowed) continue;
    const later = listing.commits.filter((commit) => commit > version).length;
    if (later !== newest - version) return undefined;
    const hasOlder = listing.commits.some((commit) => commit < version);
    const hasOlderCheckpoint = listing.checkpoints.some((other) => other.version < version);
    if (!hasOlder && !hasOlderCheckpoint) return checkpoint;
    if (await isReadable(store, engine, checkpoint)) return checkpoint;
  }
  return undefined;
}

async function isReadable(store: ObjectStore, engine: Engine, checkpoint: CheckpointFiles): Promise<boolean> {
  try {
    await loadCheckpoint(store, engine, checkpoint);
    return true;
  } catch {
    return false;
  }
}

/** Source: PROTOCOL.md, "Checkpoint Protection". */
function protectedBefore(snapshot: Snapshot): number {
  if (!hasFeature(snapshot.protocol, "checkpointProtection")) return 0;
  const version = Number(
    snapshot.metadata.configuration["delta.requireCheckpointProtectionBeforeVersion"] ?? "0",
  );
  return Number.isNaN(version) ? Number.POSITIVE_INFINITY : version;
}

function isExpired(file: LogFile, base: number): boolean {
  return file.version < base || (file.kind === "compaction" && file.version === base);
}

function isCheckpoint(file: LogFile): boolean {
  return file.kind === "checkpoint" || file.kind === "checkpoint part";
}

/** By version, and within a version its commit first. */
function inOrderOfDeletion(left: NamedFile, right: NamedFile): number {
  return (
    left.file.version - right.file.version ||
    Number(isCheckpoint(left.file)) - Number(isCheckpoint(right.file))
  );
}

function keptCheckpoints(listing: LogListing, base: number): CheckpointFiles[] {
  return listing.checkpoints.filter((checkpoint) => checkpoint.version >= base);
}

/** Sidecars that no checkpoint names; none while one of the checkpoints cannot be asked. */
async function unusedSidecars(
  store: ObjectStore,
  engine: Engine,
  entries: readonly ObjectEntry[],
  checkpoints: readonly CheckpointFiles[],
  age: { readonly before: number },
): Promise<ExpiredFile[]> {
  // A checkpoint in the making has sidecars that nothing names yet.
  const old = entries.filter((entry) => folderOf(entry) === sidecarFolder && entry.modifiedAtMs < age.before);
  if (old.length === 0) return [];
  const used = new Set<string>();
  for (const checkpoint of checkpoints) {
    if (checkpoint.kind === "multi-part") continue;
    try {
      for (const path of await sidecarPathsOf(store, engine, checkpoint)) used.add(path);
    } catch {
      return [];
    }
  }
  return old.filter((entry) => !used.has(entry.path)).map((entry) => ({ entry, file: undefined }));
}

function result(
  cutoffMs: number,
  oldestVersion: number | undefined,
  expired: readonly ExpiredFile[],
  refusal?: string,
): LogCleanUpResult {
  return {
    refusal,
    cutoff: new Date(cutoffMs),
    oldestVersion,
    filesDeleted: expired.length,
    commitsDeleted: expired.filter(({ file }) => file?.kind === "commit").length,
    checkpointFilesDeleted: expired.filter(({ file }) => file !== undefined && isCheckpoint(file)).length,
    sidecarsDeleted: expired.filter(({ entry }) => folderOf(entry) === sidecarFolder).length,
    bytesDeleted: expired.reduce((bytes, { entry }) => bytes + entry.size, 0),
    paths: expired.map(({ entry }) => entry.path),
  };
}

/** Midnight UTC. */
function startOfDay(timeMs: number): number {
  return Math.floor(timeMs / dayMs) * dayMs;
}

function nameOf(entry: ObjectEntry): string {
  return entry.path.slice(entry.path.lastIndexOf("/") + 1);
}

function folderOf(entry: ObjectEntry): string {
  return entry.path.slice(0, Math.max(0, entry.path.lastIndexOf("/")));
}
