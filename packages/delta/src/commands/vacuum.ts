import { posix } from "node:path";

import { stopwatch } from "../contract/event-channel.ts";
import { flag, anyNumber, oneOf } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { DeltaError } from "../errors.ts";
import { deltaEvents } from "../events.ts";
import { commit, committedSnapshot } from "../log/commit.ts";
import type { CommitOutcome } from "../log/commit.ts";
import { timesOfFiles } from "../log/history.ts";
import { listLog, logFolder } from "../log/log-files.ts";
import { readCommit } from "../log/commit-file.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { AddFile, RemoveFile } from "../protocol/actions.ts";
import { mappingModeOf, physicalNameOf } from "../protocol/column-mapping.ts";
import { assertWritable } from "../protocol/features.ts";
import { storePath } from "../protocol/paths.ts";
import { findField } from "../protocol/schema.ts";
import { deletedFileRetentionMs, readProperty } from "../protocol/table-properties.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectEntry, ObjectStore } from "../store/object-store.ts";
import { isTemporary } from "../store/temporary-names.ts";
import type { CommandContext } from "../read/command-context.ts";
import { metricTexts } from "../write/command-result.ts";
import type { CommandResult } from "../write/command-result.ts";
import { vectorFileOf } from "../read/data-files.ts";
import { changeDataFolder } from "../write/row-changes.ts";
import { folderColumns, isHidden } from "./table-folders.ts";
import { withVersionInErrorsSync } from "../read/errors-with-version.ts";

export interface VacuumOptions {
  /** Hours: files go that no version of that time needs. The table's own retention when left out. */
  readonly retentionHours?: number | undefined;
  /** Allows a retention shorter than the table's own: readers of older versions, and writers at work, may lose files. */
  readonly allowShortRetention?: boolean | undefined;
  /**
   * `full` lists all that lies below the table's root; `lite` takes the files that the log says were removed, without
   * a listing, and so leaves those that no commit ever named.
   */
  readonly mode?: "full" | "lite" | undefined;
  readonly dryRun?: boolean | undefined;
}

export const vacuumOptions: OptionTable<VacuumOptions> = {
  retentionHours: anyNumber,
  allowShortRetention: flag,
  mode: oneOf("full", "lite"),
  dryRun: flag,
};

/** The version is that of the commit which records the vacuum's end. */
export interface VacuumResult extends CommandResult {
  /** What was deleted, or would be; relative to the table's root. */
  readonly files: readonly string[];
}

const hourMs = 3_600_000;
const deletedAtOnce = 1000;
const describedAtOnce = 32;

/** Deletes the files that no version within the retention needs; see `DeltaTable.vacuum`. */
export async function vacuumTable(context: CommandContext, options: VacuumOptions): Promise<VacuumResult> {
  const seconds = stopwatch();
  const tell = ({ files, bytes }: Pick<Vacuumed, "files" | "bytes">, error?: unknown): void =>
    deltaEvents.vacuum.publish(() => ({
      tableUri: context.store.uri,
      isDryRun: options.dryRun === true,
      files: files.length,
      bytes,
      durationSeconds: seconds(),
      ...(error === undefined ? {} : { error }),
    }));
  try {
    const { bytes, ...result } = await vacuum(context, options);
    tell({ files: result.files, bytes });
    return result;
  } catch (error) {
    tell({ files: [], bytes: 0 }, error);
    throw error;
  }
}

interface Vacuumed extends VacuumResult {
  readonly bytes: number;
}

async function vacuum(context: CommandContext, options: VacuumOptions): Promise<Vacuumed> {
  const snapshot = await context.latestSnapshot();
  // What this engine does not know could need files in a way that it does not know.
  assertWritable(snapshot.protocol, snapshot.metadata, snapshot.tableUri);
  const retentionMs = retentionOf(snapshot, options);
  const cutoffMs = context.now() - retentionMs;
  const kept = keptPaths(snapshot, cutoffMs);
  const candidates =
    options.mode === "lite"
      ? removedFiles(context, kept, cutoffMs)
      : listedFiles(context, snapshot, cutoffMs);
  const doomed: ObjectEntry[] = [];
  for await (const entry of candidates) {
    const isNeeded = isOfTheLog(entry.path) || kept.has(normalized(entry.path));
    if (isNeeded && !isTemporary(entry.path)) continue;
    doomed.push(entry);
  }
  const files = doomed.map((entry) => entry.path);
  const sizeOfDataToDelete = doomed.reduce((sum, entry) => sum + entry.size, 0);
  const found = { numFilesToDelete: files.length, sizeOfDataToDelete };
  if (options.dryRun === true)
    return {
      version: snapshot.version,
      isCommitted: false,
      metrics: found,
      files,
      bytes: sizeOfDataToDelete,
    };

  const parameters = {
    retentionCheckEnabled: String(options.allowShortRetention !== true),
    specifiedRetentionMillis: String(retentionMs),
    defaultRetentionMillis: String(readProperty(snapshot.metadata, deletedFileRetentionMs)),
  };
  const started = await commitStart(context, snapshot, parameters, found);
  // Commits between the listing and this one may have brought files back.
  const keptNow = keptPaths(started, cutoffMs);
  const gone = doomed.filter(({ path }) => !keptNow.has(normalized(path)));
  const deleted = gone.map(({ path }) => path);
  for (let start = 0; start < deleted.length; start += deletedAtOnce)
    await context.store.deleteMany(deleted.slice(start, start + deletedAtOnce));
  const folders = new Set(deleted.map((path) => posix.dirname(path)));
  const done = { numDeletedFiles: deleted.length, numVacuumedDirectories: folders.size };
  const ended = await commitVacuum(context, started, "VACUUM END", { status: "COMPLETED" }, done);
  const { version } = committedSnapshot(ended);
  const bytes = gone.reduce((sum, entry) => sum + entry.size, 0);
  return { version, isCommitted: true, metrics: { ...found, ...done }, files: deleted, bytes };
}

/** On a disk that is full nothing can be recorded before something was deleted, and that is what vacuum is there for. */
async function commitStart(
  context: CommandContext,
  snapshot: Snapshot,
  parameters: Readonly<Record<string, string>>,
  metrics: Readonly<Record<string, number>>,
): Promise<Snapshot> {
  const outcome = await commitVacuum(context, snapshot, "VACUUM START", parameters, metrics);
  const isForWantOfSpace =
    outcome.kind === "refused" && outcome.error instanceof StoreError && isDiskFull(outcome.error.cause);
  return isForWantOfSpace ? context.latestSnapshot() : committedSnapshot(outcome);
}

function isDiskFull(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ENOSPC" || cause.code === "EDQUOT");
}

/** @throws DeltaError `RETENTION_TOO_SHORT`, `INVALID_ARGUMENT` */
function retentionOf(snapshot: Snapshot, options: VacuumOptions): number {
  const own = readProperty(snapshot.metadata, deletedFileRetentionMs);
  if (options.retentionHours === undefined) return own;
  const retentionMs = options.retentionHours * hourMs;
  if (!(retentionMs >= 0))
    throw new DeltaError("INVALID_ARGUMENT", `A retention cannot be ${options.retentionHours} hours`);
  if (retentionMs < own && options.allowShortRetention !== true) {
    throw new DeltaError(
      "RETENTION_TOO_SHORT",
      `${snapshot.tableUri}: a retention of ${options.retentionHours} hours is shorter than the table's ${own / hourMs}. ` +
        `Readers of older versions and writers at work could lose files. Nothing was deleted; set allowShortRetention to vacuum anyway.`,
    );
  }
  return retentionMs;
}

/** The names in the store of all that the table, or a version within the retention, needs. */
function keptPaths(snapshot: Snapshot, cutoffMs: number): ReadonlySet<string> {
  return withVersionInErrorsSync(snapshot.version, () => {
    const kept = new Set<string>();
    for (const file of snapshot.files) keep(snapshot, file, kept);
    for (const remove of snapshot.state.tombstones.values()) {
      if ((remove.deletionTimestamp ?? 0) >= cutoffMs) keep(snapshot, remove, kept);
    }
    return kept;
  });
}

function keep(snapshot: Snapshot, file: AddFile | RemoveFile, kept: Set<string>): void {
  for (const path of pathsOf(snapshot.tableUri, file)) kept.add(path);
}

/** A data file and the file of its deletion vector, by their names in the store. */
function pathsOf(tableUri: string, file: AddFile | RemoveFile): string[] {
  const paths = [normalized(storePath(file.path, tableUri))];
  const vectorFile =
    file.deletionVector === undefined ? undefined : vectorFileOf(file.deletionVector, file.path, tableUri);
  return vectorFile === undefined ? paths : [...paths, normalized(vectorFile)];
}

function normalized(path: string): string {
  return posix.normalize(path);
}

/**
 * Old files below the root. Names that begin with an underscore or a dot are not the table's data, except for change
 * files, folders of partition columns whose names begin so, and what a killed writer left half made, in the log too.
 */
async function* listedFiles(
  context: CommandContext,
  snapshot: Snapshot,
  cutoffMs: number,
): AsyncGenerator<ObjectEntry> {
  const columns = partitionFolderColumns(snapshot);
  for await (const entry of context.store.listRecursively("")) {
    const path = entry.path.startsWith(changeFolder) ? entry.path.slice(changeFolder.length) : entry.path;
    if (entry.modifiedAtMs < cutoffMs && (isTemporary(path) || !isHidden(path, columns))) yield entry;
  }
}

const changeFolder = `${changeDataFolder}/`;

/** A folder has the name that the column has in the data files; other engines use the table's. */
function partitionFolderColumns({ schema, metadata, partitionColumns }: Snapshot): ReadonlySet<string> {
  const mode = mappingModeOf(metadata);
  const members = partitionColumns.flatMap((name) => findField(schema, name) ?? []);
  return folderColumns([...partitionColumns, ...members.map((member) => physicalNameOf(member, mode))]);
}

/**
 * Files that commits before the cutoff removed, and change files that they wrote.
 *
 * @throws DeltaError `VERSION_NOT_FOUND` when the log no longer has all commits.
 */
async function* removedFiles(
  context: CommandContext,
  kept: ReadonlySet<string>,
  cutoffMs: number,
): AsyncGenerator<ObjectEntry> {
  const { store } = context;
  const { commits } = await listLog(store);
  if (commits[0] !== 0) {
    throw new DeltaError(
      "VERSION_NOT_FOUND",
      `${store.uri}: the log begins at version ${commits[0]}, so it does not list all removed files: vacuum with mode "full"`,
    );
  }
  const paths = new Set<string>();
  for (const { version, timestampMs: committedAtMs } of await timesOfFiles(store, commits)) {
    const actions = await readCommit(store, version);
    withVersionInErrorsSync(version, () => {
      for (const action of actions) {
        if ("remove" in action && (action.remove.deletionTimestamp ?? committedAtMs) < cutoffMs)
          for (const path of pathsOf(store.uri, action.remove)) paths.add(path);
        if ("cdc" in action && committedAtMs < cutoffMs)
          paths.add(normalized(storePath(action.cdc.path, store.uri)));
      }
    });
  }
  const wanted = [...paths].filter((path) => !kept.has(path));
  // What an earlier vacuum deleted is not there any more.
  const entries = await mapConcurrently(wanted, describedAtOnce, async (path) =>
    describeIfThere(store, path),
  );
  for (const entry of entries) if (entry !== undefined) yield entry;
}

async function describeIfThere(store: ObjectStore, path: string): Promise<ObjectEntry | undefined> {
  try {
    return { path, ...(await store.describe(path)) };
  } catch (error) {
    if (error instanceof StoreError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** No log is so broken that a vacuum may delete it. */
function isOfTheLog(path: string): boolean {
  return normalized(path).split("/", 1)[0]?.toLowerCase() === logFolder;
}

async function commitVacuum(
  context: CommandContext,
  snapshot: Snapshot,
  name: string,
  parameters: Readonly<Record<string, string>>,
  metrics: Readonly<Record<string, number>>,
): Promise<CommitOutcome> {
  return commit(context.store, {
    snapshot,
    actions: [],
    operation: { name, parameters, metrics: metricTexts(metrics) },
    reads: { kind: "nothing" },
    now: context.now,
    pause: context.pause,
  });
}
