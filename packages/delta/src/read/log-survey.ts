import type { Engine } from "../engine/engine.ts";
import { DeltaError, messageOf } from "../errors.ts";
import { loadCheckpoint } from "../log/checkpoint-reader.ts";
import { readCommit } from "../log/commit-file.ts";
import { commitPath } from "../log/log-files.ts";
import type { LogListing } from "../log/log-files.ts";
import { loadSnapshot, newestVersion } from "../log/snapshot.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";

const readConcurrency = 32;
/** Older commits that are read although the newest version does not need them: a stream makes hundreds of thousands. */
const olderCommitsMax = 1000;

/** A fault of a table's log. */
export type LogFault =
  | {
      readonly kind: "commit";
      readonly version: number;
      readonly path: string;
      /** `missing`, or what is wrong with it. */
      readonly reason: string;
      /** Whether the newest version cannot be read without it. Of the others time travel and the history suffer. */
      readonly isNeeded: boolean;
    }
  | {
      readonly kind: "checkpoint";
      readonly version: number;
      readonly path: string;
      readonly reason: string;
    };

/** What became of reading a log, and which version can be read. */
export interface LogSurvey {
  /** The newest version that the log names. */
  readonly newestVersion: number;
  /** The newest version that can be read; `undefined` where none can. */
  readonly snapshot: Snapshot | undefined;
  /** Why the newest version cannot be read; `undefined` where it can. */
  readonly failure: unknown;
  readonly faults: readonly LogFault[];
}

/**
 * Reads a log that may be damaged. It costs what opening the table costs, and of older commits the newest
 * {@link olderCommitsMax}; of a table that cannot be opened, all commits and checkpoints are read.
 *
 * @throws StoreError when the store fails; DeltaError `TABLE_NOT_FOUND`.
 */
export async function surveyLog(store: ObjectStore, engine: Engine, listing: LogListing): Promise<LogSurvey> {
  const newest = newestVersion(listing);
  try {
    const snapshot = await loadSnapshot(store, engine, { listing });
    const faults = [
      ...(await damagedCheckpoints(store, engine, listing, snapshot.checkpointVersion)),
      ...(await damagedCommits(store, olderCommits(listing, snapshot.checkpointVersion))).map((fault) => ({
        ...fault,
        isNeeded: false,
      })),
    ];
    return { newestVersion: newest, snapshot, failure: undefined, faults };
  } catch (failure) {
    if (!isDamage(failure)) throw failure;
    return surveyDamaged(store, engine, listing, failure);
  }
}

async function surveyDamaged(
  store: ObjectStore,
  engine: Engine,
  listing: LogListing,
  failure: unknown,
): Promise<LogSurvey> {
  const newest = newestVersion(listing);
  const checkpoints = await damagedCheckpoints(store, engine, listing, -1);
  const damaged = await damagedCommits(store, listing.commits);
  const bad = new Set([...damaged.map(({ version }) => version), ...missingCommits(listing)]);
  const damagedAt = new Set(checkpoints.map(({ path }) => path));
  const bases = listing.checkpoints
    .filter(({ paths }) => !paths.some((path) => damagedAt.has(path)))
    .map(({ version }) => version);
  const start = Math.max(-1, ...bases);
  const last = await newestReadable(store, engine, { listing, bad, bases: [...bases, -1] });
  const faults: LogFault[] = [...bad]
    .filter((version) => version > start)
    .toSorted((left, right) => left - right)
    .map((version) => ({
      kind: "commit",
      version,
      path: commitPath(version),
      reason: damaged.find((fault) => fault.version === version)?.reason ?? "missing",
      isNeeded: true,
    }));
  return { newestVersion: newest, snapshot: last, failure, faults: [...checkpoints, ...faults] };
}

/** The newest version that is built of sound commits and a sound checkpoint, or of commits from the first one on. */
async function newestReadable(
  store: ObjectStore,
  engine: Engine,
  {
    listing,
    bad,
    bases,
  }: {
    readonly listing: LogListing;
    readonly bad: ReadonlySet<number>;
    readonly bases: readonly number[];
  },
): Promise<Snapshot | undefined> {
  const commits = new Set(listing.commits);
  const reached = bases.map((base) => {
    let version = base;
    while (commits.has(version + 1) && !bad.has(version + 1)) version += 1;
    return version;
  });
  // A version may be unreadable for another reason, such as a schema that cannot be.
  for (const version of new Set(reached.toSorted((left, right) => right - left)))
    for (let candidate = version; candidate >= Math.max(0, version - olderCommitsMax); candidate -= 1)
      try {
        return await loadSnapshot(store, engine, { version: candidate, listing });
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
  return undefined;
}

/** Numbers between the first commit and the newest version that no commit has. */
function missingCommits(listing: LogListing): number[] {
  const commits = new Set(listing.commits);
  const first = listing.commits[0] ?? newestVersion(listing) + 1;
  const missing: number[] = [];
  for (let version = first; version <= newestVersion(listing); version += 1)
    if (!commits.has(version)) missing.push(version);
  return missing;
}

/** The newest commits up to a checkpoint, back to the first gap: what lies before one is the rest of a clean-up. */
function olderCommits(listing: LogListing, checkpointVersion: number): number[] {
  const commits = new Set(listing.commits);
  const older: number[] = [];
  for (let version = checkpointVersion; commits.has(version) && older.length < olderCommitsMax; version -= 1)
    older.push(version);
  return older;
}

async function damagedCommits(
  store: ObjectStore,
  versions: readonly number[],
): Promise<Extract<LogFault, { kind: "commit" }>[]> {
  const reasons = await mapConcurrently(versions, readConcurrency, async (version) => {
    try {
      await readCommit(store, version);
      return undefined;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return error instanceof StoreError ? "missing" : messageOf(error);
    }
  });
  return versions.flatMap((version, index) => {
    const reason = reasons[index];
    return reason === undefined
      ? []
      : [{ kind: "commit", version, path: commitPath(version), reason, isNeeded: true }];
  });
}

/** Checkpoints after a version that cannot be read. */
async function damagedCheckpoints(
  store: ObjectStore,
  engine: Engine,
  listing: LogListing,
  after: number,
): Promise<LogFault[]> {
  const faults: LogFault[] = [];
  for (const checkpoint of listing.checkpoints) {
    if (checkpoint.version <= after) continue;
    try {
      await loadCheckpoint(store, engine, checkpoint);
    } catch (error) {
      if (isTrouble(error)) throw error;
      const [path = ""] = checkpoint.paths;
      faults.push({ kind: "checkpoint", version: checkpoint.version, path, reason: messageOf(error) });
    }
  }
  return faults;
}

/** Trouble of the machine, which says nothing about the checkpoint. */
function isTrouble(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === "IO_FAILED";
  return error instanceof DeltaError && (error.code === "INTERRUPTED" || error.code === "OUT_OF_MEMORY");
}

/** Whether the log is damaged, and not the way to it. */
function isDamage(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === "NOT_FOUND";
  return error instanceof DeltaError && damageCodes.has(error.code);
}

const damageCodes: ReadonlySet<string> = new Set([
  "CORRUPT_LOG",
  "UNSAFE_PATH",
  "VERSION_NOT_FOUND",
  "INVALID_SCHEMA",
]);
