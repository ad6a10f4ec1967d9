import { posix } from "node:path";

import { locateDeletionVector } from "../deletion-vectors/descriptor.ts";
import { DeltaError } from "../errors.ts";
import { commit } from "../log/commit.ts";
import { commitPath, listLog } from "../log/log-files.ts";
import { loadSnapshot, readCommit } from "../log/snapshot.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { AddFile, RemoveFile } from "../protocol/actions.ts";
import { assertWritable } from "../protocol/features.ts";
import { storePath } from "../protocol/paths.ts";
import { deletedFileRetentionMs, readProperty } from "../protocol/table-properties.ts";
import type { ObjectEntry } from "../store/object-store.ts";
import type { CommandContext } from "./command-context.ts";
import { metricTexts } from "./command-result.ts";

export interface VacuumOptions {
  /** Files that no version of the last so many hours needs may go; the table's own retention when left out. */
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

export interface VacuumResult {
  /** What was deleted, or would be; relative to the table's root. */
  readonly files: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
}

const hourMs = 3_600_000;
const deletedAtOnce = 1000;

/** Deletes the files that no version within the retention needs; see `DeltaTable.vacuum`. */
export async function vacuumTable(context: CommandContext, options: VacuumOptions): Promise<VacuumResult> {
  const snapshot = await loadSnapshot(context.store, context.engine);
  // What this engine does not know could need files in a way that it does not know.
  assertWritable(snapshot.protocol, snapshot.metadata, snapshot.tableUri);
  const retentionMs = retentionOf(snapshot, options);
  const cutoffMs = context.now() - retentionMs;
  const kept = keptPaths(snapshot, cutoffMs);
  const candidates =
    options.mode === "lite" ? removedFiles(context, cutoffMs) : listedFiles(context, cutoffMs);
  const doomed: ObjectEntry[] = [];
  for await (const entry of candidates) {
    if (!kept.has(normalized(entry.path))) doomed.push(entry);
  }
  const files = doomed.map((entry) => entry.path);
  const sizeOfDataToDelete = doomed.reduce((sum, entry) => sum + entry.size, 0);
  const found = { numFilesToDelete: files.length, sizeOfDataToDelete };
  if (options.dryRun === true) return { files, metrics: found };

  const parameters = {
    retentionCheckEnabled: String(options.allowShortRetention !== true),
    specifiedRetentionMillis: String(retentionMs),
    defaultRetentionMillis: String(readProperty(snapshot.metadata, deletedFileRetentionMs)),
  };
  const started = await commitVacuum(context, snapshot, "VACUUM START", parameters, found);
  // Commits between the listing and this one may have brought files back.
  const keptNow = keptPaths(started, cutoffMs);
  const deleted = files.filter((path) => !keptNow.has(normalized(path)));
  for (let start = 0; start < deleted.length; start += deletedAtOnce)
    await context.store.deleteMany(deleted.slice(start, start + deletedAtOnce));
  const folders = new Set(deleted.map((path) => posix.dirname(path)));
  const done = { numDeletedFiles: deleted.length, numVacuumedDirectories: folders.size };
  await commitVacuum(context, started, "VACUUM END", { status: "COMPLETED" }, done);
  return { files: deleted, metrics: { ...found, ...done } };
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
        `Readers of older versions and writers at work could lose files. Nothing was deleted; allowShortRetention does it all the same.`,
    );
  }
  return retentionMs;
}

/** The names in the store of all that the table, or a version within the retention, needs. */
function keptPaths(snapshot: Snapshot, cutoffMs: number): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const file of snapshot.files) keep(snapshot, file, kept);
  for (const remove of snapshot.state.tombstones.values()) {
    if ((remove.deletionTimestamp ?? 0) >= cutoffMs) keep(snapshot, remove, kept);
  }
  return kept;
}

function keep(snapshot: Snapshot, file: AddFile | RemoveFile, kept: Set<string>): void {
  for (const path of pathsOf(snapshot.tableUri, file)) kept.add(path);
}

/** A data file and the file of its deletion vector, by their names in the store. */
function pathsOf(tableUri: string, file: AddFile | RemoveFile): string[] {
  const paths = [normalized(storePath(file.path, tableUri))];
  if (file.deletionVector === undefined) return paths;
  const location = locateDeletionVector(
    file.deletionVector,
    `the deletion vector of ${file.path} in ${tableUri}`,
  );
  if (location.kind === "relative") paths.push(normalized(location.path));
  if (location.kind === "absolute") paths.push(normalized(storePath(location.uri, tableUri)));
  return paths;
}

function normalized(path: string): string {
  return posix.normalize(path);
}

/**
 * Old files below the root. Names that begin with an underscore or a dot are not the table's data, but for change files
 * and folders of partition columns whose names begin so.
 */
async function* listedFiles(context: CommandContext, cutoffMs: number): AsyncGenerator<ObjectEntry> {
  for await (const entry of context.store.listRecursively("")) {
    if (entry.modifiedAtMs < cutoffMs && !isHidden(entry.path)) yield entry;
  }
}

function isHiddenName(part: string): boolean {
  return part.startsWith("_") || part.startsWith(".");
}

function isHidden(path: string): boolean {
  const parts = path.split("/");
  if (parts[0] === "_change_data") parts.shift();
  const name = parts.pop() ?? "";
  return isHiddenName(name) || parts.some((part) => isHiddenName(part) && !part.includes("="));
}

/**
 * Files that commits before the cutoff removed, and change files that they wrote.
 *
 * @throws DeltaError `VERSION_NOT_FOUND` when the log no longer has all commits.
 */
async function* removedFiles(context: CommandContext, cutoffMs: number): AsyncGenerator<ObjectEntry> {
  const { commits } = await listLog(context.store);
  if (commits[0] !== 0) {
    throw new DeltaError(
      "VERSION_NOT_FOUND",
      `${context.store.uri}: the log begins at version ${commits[0]}, so it cannot say what was removed before: vacuum in full mode`,
    );
  }
  const seen = new Set<string>();
  for (const version of commits) {
    const committedAtMs = (await context.store.describe(commitPath(version))).modifiedAtMs;
    for (const action of await readCommit(context.store, version)) {
      const isOld =
        ("remove" in action && (action.remove.deletionTimestamp ?? committedAtMs) < cutoffMs) ||
        ("cdc" in action && committedAtMs < cutoffMs);
      if (!isOld) continue;
      const paths =
        "remove" in action
          ? pathsOf(context.store.uri, action.remove)
          : "cdc" in action
            ? [normalized(storePath(action.cdc.path, context.store.uri))]
            : [];
      const size = "remove" in action ? (action.remove.size ?? 0) : 0;
      for (const path of paths) {
        if (seen.has(path)) continue;
        seen.add(path);
        yield { path, size, modifiedAtMs: committedAtMs };
      }
    }
  }
}

async function commitVacuum(
  context: CommandContext,
  snapshot: Snapshot,
  name: string,
  parameters: Readonly<Record<string, string>>,
  metrics: Readonly<Record<string, number>>,
): Promise<Snapshot> {
  return commit(context.store, {
    snapshot,
    actions: [],
    operation: { name, parameters, metrics: metricTexts(metrics) },
    reads: { kind: "nothing" },
    now: context.now,
  });
}
