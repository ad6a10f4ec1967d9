import { DeltaError } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { CommitInfo } from "../protocol/actions.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { commitInfoOf, readCommit } from "./commit-file.ts";
import { timestampEnablement } from "./in-commit-timestamp.ts";
import type { TimestampEnablement } from "./in-commit-timestamp.ts";
import { wholeNumber } from "./json-values.ts";
import { commitPath, listLog, logFolder } from "./log-files.ts";
import type { LogListing } from "./log-files.ts";
import { monotonicTimes } from "./monotonic-times.ts";
import type { CommitTime } from "./monotonic-times.ts";
import type { Snapshot } from "./snapshot.ts";

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

/**
 * The versions whose commits are still there, newest first, back to the first gap: commits before one are the rest of a
 * clean-up that was interrupted.
 *
 * @param latest the table's newest snapshot: says whether commits carry their own times. Without it, they are taken for
 *   those of their files.
 * @throws DeltaError `CORRUPT_LOG` for a damaged commit, and where a commit is missing that the table still needs.
 */
export async function readHistory(
  store: ObjectStore,
  limit?: number,
  latest?: Snapshot,
): Promise<HistoryEntry[]> {
  const versions = reachableCommits(store.uri, await existingLog(store));
  const enablement = enablementOf(latest);
  const fileTimes = await timesOfFiles(
    store,
    versions.filter((version) => version < (enablement?.version ?? Number.POSITIVE_INFINITY)),
  );
  const timeOf = new Map(fileTimes.map((time) => [time.version, time.timestampMs]));
  const wanted = versions.toReversed().slice(0, limit);
  return mapConcurrently(wanted, readConcurrency, async (version) => {
    const info: CommitInfo = commitInfoOf(await readCommit(store, version)) ?? {};
    return {
      version,
      timestamp: new Date(timeOf.get(version) ?? inCommitTimestamp(store, version, info)),
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
 * When versions were committed, in milliseconds since the epoch, as the history tells it.
 *
 * @param latest as for {@link readHistory}.
 * @param range versions, both ends in it; all that are left when left out.
 * @throws DeltaError `CORRUPT_LOG` as {@link readHistory} does.
 */
export async function commitTimes(
  store: ObjectStore,
  latest: Snapshot,
  range: { readonly first: number; readonly last: number } = { first: 0, last: Number.POSITIVE_INFINITY },
): Promise<ReadonlyMap<number, number>> {
  const versions = reachableCommits(store.uri, await existingLog(store));
  const firstCarried = enablementOf(latest)?.version ?? Number.POSITIVE_INFINITY;
  // Those before the range as well: no file's time stands alone.
  const ofFiles = versions.filter((version) => version < firstCarried && version <= range.last);
  const carried = versions.filter(
    (version) => version >= Math.max(firstCarried, range.first) && version <= range.last,
  );
  const fileTimes = (ofFiles.at(-1) ?? -1) < range.first ? [] : await timesOfFiles(store, ofFiles);
  const carriedTimes = await mapConcurrently(carried, readConcurrency, async (version) => ({
    version,
    timestampMs: await readTime(store, version),
  }));
  return new Map(
    [...fileTimes, ...carriedTimes]
      .filter((time) => time.version >= range.first)
      .map((time) => [time.version, time.timestampMs]),
  );
}

/**
 * The newest version committed at or before an instant. Where in-commit timestamps were turned on at some version, an
 * instant before that one's time is looked for among the versions before it, by the times of their files, and any other
 * among those from it on, by the times that they carry.
 *
 * Source: PROTOCOL.md, "Recommendations for Readers of Tables with In-Commit Timestamps".
 *
 * @param timestampMs milliseconds since the epoch.
 * @param latest as for {@link readHistory}.
 * @throws DeltaError `VERSION_NOT_FOUND` when the instant is before the first version that is still there.
 */
export async function versionAsOf(
  store: ObjectStore,
  timestampMs: number,
  latest?: Snapshot,
): Promise<number> {
  const versions = reachableCommits(store.uri, await existingLog(store));
  const enablement = enablementOf(latest);
  const isCarried = enablement !== undefined && timestampMs >= enablement.timestampMs;
  const firstCarried = enablement?.version ?? Number.POSITIVE_INFINITY;
  const candidates = versions.filter((version) => version >= firstCarried === isCarried);
  const found = isCarried
    ? await newestCarried(store, candidates, timestampMs)
    : (await timesOfFiles(store, candidates)).findLast((time) => time.timestampMs <= timestampMs)?.version;
  if (found !== undefined) return found;
  throw await noVersionAsOf(store, timestampMs, versions, firstCarried);
}

function enablementOf(latest: Snapshot | undefined): TimestampEnablement | undefined {
  return latest === undefined ? undefined : timestampEnablement(latest.protocol, latest.metadata);
}

async function existingLog(store: ObjectStore): Promise<LogListing> {
  const listing = await listLog(store);
  if (listing.commits.length === 0 && listing.checkpoints.length === 0)
    throw new DeltaError("TABLE_NOT_FOUND", `There is no Delta table at ${store.uri}`);
  return listing;
}

/** The commits behind the last gap, ascending. */
function reachableCommits(uri: string, listing: LogListing): readonly number[] {
  const { commits } = listing;
  const start = commits.findLastIndex(
    (version, index) => index > 0 && version !== (commits[index - 1] ?? version) + 1,
  );
  if (start <= 0) return commits;
  const first = commits[start] ?? 0;
  // With a checkpoint no older than the gap, nothing needs what is missing.
  if (listing.checkpoints.some((checkpoint) => checkpoint.version >= first - 1)) return commits.slice(start);
  throw new DeltaError(
    "CORRUPT_LOG",
    `${uri}: the commit of version ${first - 1} is missing, and no checkpoint replaces it`,
  );
}

/** When commits were made by the times of their files, each later than the one before it. */
export async function timesOfFiles(store: ObjectStore, versions: readonly number[]): Promise<CommitTime[]> {
  if (versions.length === 0) return [];
  // One listing tells the times of all; what it leaves out, as behind a symbolic link, is asked for.
  const listed = new Map<string, number>();
  for await (const entry of store.listRecursively(logFolder)) listed.set(entry.path, entry.modifiedAtMs);
  const modified = await mapConcurrently(versions, readConcurrency, async (version) => {
    const path = commitPath(version);
    return { version, modifiedAtMs: listed.get(path) ?? (await store.describe(path)).modifiedAtMs };
  });
  return monotonicTimes(modified);
}

/** Carried times grow with the version: halving finds one among many commits by reading a few. */
async function newestCarried(
  store: ObjectStore,
  versions: readonly number[],
  timestampMs: number,
): Promise<number | undefined> {
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const version = versions[middle] ?? 0;
    if ((await readTime(store, version)) <= timestampMs) low = middle + 1;
    else high = middle;
  }
  return versions[low - 1];
}

async function readTime(store: ObjectStore, version: number): Promise<number> {
  return inCommitTimestamp(store, version, commitInfoOf(await readCommit(store, version)) ?? {});
}

function inCommitTimestamp(store: ObjectStore, version: number, info: CommitInfo): number {
  const timestampMs = wholeNumber(info.inCommitTimestamp);
  if (timestampMs !== undefined) return timestampMs;
  throw new DeltaError(
    "CORRUPT_LOG",
    `${store.uri}/${commitPath(version)} has no inCommitTimestamp, though the table asks for one`,
  );
}

async function noVersionAsOf(
  store: ObjectStore,
  timestampMs: number,
  versions: readonly number[],
  firstCarried: number,
): Promise<DeltaError> {
  const what = `${store.uri} has no version as of ${new Date(timestampMs).toISOString()}`;
  const [first] = versions;
  if (first === undefined) return new DeltaError("VERSION_NOT_FOUND", `${what}: no commit is left`);
  const [time] = first >= firstCarried ? [] : await timesOfFiles(store, [first]);
  const earliest = new Date(time?.timestampMs ?? (await readTime(store, first)));
  return new DeltaError(
    "VERSION_NOT_FOUND",
    `${what}; the earliest is ${first}, of ${earliest.toISOString()}`,
  );
}
