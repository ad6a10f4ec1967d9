import type { Engine } from "../engine/engine.ts";
import { DeltaError, messageOf } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { Action } from "../protocol/actions.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { loadCheckpoint } from "./checkpoint-reader.ts";
import { matchesChecksum, readChecksum } from "./checksum.ts";
import { commitInfoOf, readCommit } from "./commit-file.ts";
import { readCompaction } from "./compacted-commits.ts";
import { wholeNumber } from "./json-values.ts";
import { commitPath } from "./log-files.ts";
import type { CheckpointFiles, CompactedCommits, LogListing } from "./log-files.ts";
import { TableState } from "./table-state.ts";

/** Commits read at once: hides the latency of a store without flooding it. */
const readConcurrency = 32;
/** Commits held at once: a long log is not in memory all at once. */
const commitsPerSlice = readConcurrency * 8;
/** How often a state that its checksum disagrees with is built in another way, before it is believed. */
const secondOpinionsMax = 2;

/** The state of a version, and how it came about. */
export interface Replayed {
  readonly state: TableState;
  /** The version of the checkpoint it was built from, or -1. */
  readonly checkpointVersion: number;
  /** What the version's own commit says of its time; `undefined` also where that commit was not read. */
  readonly inCommitTimestampMs: number | undefined;
}

/**
 * Builds a version's state from the newest checkpoint that can be read and the commits behind it. A damaged checkpoint
 * or compaction costs time, not the table: there is always another way while the older files are there. When the
 * version's checksum disagrees, other ways are tried, and without one that agrees the first stands.
 *
 * @throws DeltaError `CORRUPT_LOG`, `UNSAFE_PATH`, `VERSION_NOT_FOUND`; StoreError when the store fails.
 */
export async function replay(
  store: ObjectStore,
  engine: Engine,
  listing: LogListing,
  version: number,
): Promise<Replayed> {
  const hasChecksum = listing.checksums.has(version);
  const checksum = hasChecksum ? readChecksum(store, version) : Promise.resolve(undefined);
  let first: Replayed | undefined;
  let damage: unknown;
  let opinions = 0;
  for (const way of waysTo(listing, version)) {
    try {
      const replayed = await follow(store, engine, way, version);
      first ??= replayed;
      const expected = await checksum;
      if (expected === undefined || matchesChecksum(replayed.state, expected)) return replayed;
    } catch (error) {
      // Behind every way lie the same commits: one that is damaged is the table's own damage.
      if (error instanceof CommitUnreadable) {
        if (first === undefined) throw error.cause;
      } else damage ??= error;
    }
    if (first !== undefined && (opinions += 1) > secondOpinionsMax) break;
  }
  if (first !== undefined) return first;
  throw damage === undefined
    ? cannotRebuild(store.uri, listing, version)
    : unreadable(store.uri, version, damage);
}

/** What to read, in this order. */
interface Way {
  readonly checkpoint: CheckpointFiles | undefined;
  readonly steps: readonly (number | CompactedCommits)[];
}

/** From the best way to the last resort, all commits there are. */
function* waysTo(listing: LogListing, version: number): Generator<Way> {
  const candidates = listing.checkpoints.filter((checkpoint) => checkpoint.version <= version).toReversed();
  for (const checkpoint of [...candidates, undefined]) {
    const base = checkpoint?.version ?? -1;
    const commits = listing.commits.filter((commit) => commit > base && commit <= version);
    if (commits.length !== version - base) continue;
    const steps = compacted(commits, listing.compactions);
    if (steps.length < commits.length) yield { checkpoint, steps };
    yield { checkpoint, steps: commits };
  }
}

/** Replaces commits by compactions that lie within them, the longest first. */
function compacted(
  commits: readonly number[],
  compactions: readonly CompactedCommits[],
): (number | CompactedCommits)[] {
  const newest = commits.at(-1) ?? -1;
  const longest = new Map<number, CompactedCommits>();
  for (const compaction of compactions) {
    const known = longest.get(compaction.first);
    if (compaction.last <= newest && compaction.last > (known?.last ?? -1))
      longest.set(compaction.first, compaction);
  }
  const steps: (number | CompactedCommits)[] = [];
  let covered = -1;
  for (const commit of commits) {
    if (commit <= covered) continue;
    const compaction = longest.get(commit);
    covered = compaction?.last ?? commit;
    steps.push(compaction ?? commit);
  }
  return steps;
}

async function follow(store: ObjectStore, engine: Engine, way: Way, version: number): Promise<Replayed> {
  const { checkpoint, steps } = way;
  const state =
    checkpoint === undefined ? new TableState(store.uri) : await loadCheckpoint(store, engine, checkpoint);
  let inCommitTimestampMs: number | undefined;
  for (let start = 0; start < steps.length; start += commitsPerSlice) {
    const slice = steps.slice(start, start + commitsPerSlice);
    const read = await mapConcurrently(slice, readConcurrency, (step) => readStep(store, step));
    for (const [index, actions] of read.entries()) {
      state.apply(actions);
      if (slice[index] === version)
        inCommitTimestampMs = wholeNumber(commitInfoOf(actions)?.inCommitTimestamp);
    }
  }
  return { state, checkpointVersion: checkpoint?.version ?? -1, inCommitTimestampMs };
}

/** Keeps the damage of a commit apart from that of a shortcut. */
class CommitUnreadable extends Error {}

async function readStep(store: ObjectStore, step: number | CompactedCommits): Promise<Action[]> {
  if (typeof step !== "number") return readCompaction(store, step);
  try {
    return await readCommit(store, step);
  } catch (error) {
    const cause =
      error instanceof StoreError && error.code === "NOT_FOUND"
        ? new DeltaError("CORRUPT_LOG", `${store.uri}/${commitPath(step)} vanished while it was read`, {
            cause: error,
          })
        : error;
    throw new CommitUnreadable("A commit cannot be read", { cause });
  }
}

function unreadable(uri: string, version: number, damage: unknown): unknown {
  // What a store fails at is not damage, and a path that leaves the table is worse than that.
  if (damage instanceof StoreError && damage.code === "IO_FAILED") return damage;
  const code = damage instanceof DeltaError && damage.code === "UNSAFE_PATH" ? "UNSAFE_PATH" : "CORRUPT_LOG";
  return new DeltaError(code, `${uri}: no readable checkpoint for version ${version}: ${messageOf(damage)}`, {
    cause: damage,
  });
}

function cannotRebuild(uri: string, listing: LogListing, version: number): DeltaError {
  const checkpoint = listing.checkpoints.findLast((candidate) => candidate.version <= version)?.version ?? -1;
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
