import { flag } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { DeltaError } from "../errors.ts";
import { loadSnapshot } from "../log/snapshot.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { fileKey } from "../protocol/actions.ts";
import type { Action, AddFile } from "../protocol/actions.ts";
import { maxColumnIdKey } from "../protocol/column-mapping.ts";
import { storePath } from "../protocol/paths.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { assertRowsMayGo } from "../write/append-only.ts";
import type { CommandContext } from "../read/command-context.ts";
import { changeOptions, metricTexts } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { commitChanges, onNewestSnapshot } from "../write/commit-changes.ts";
import { totalSize } from "../statistics/file-metrics.ts";
import { removeOf } from "../write/row-changes.ts";
import { tableChange } from "../write/schema-change.ts";
import { explainedLoss } from "../read/vacuumed-version.ts";
import { withVersionInErrors } from "../read/errors-with-version.ts";

export interface RestoreOptions extends ChangeOptions {
  /** Restores what can be though data files of that version are gone, as vacuum may have deleted them. */
  readonly ignoreMissingFiles?: boolean | undefined;
}

export const restoreOptions: OptionTable<RestoreOptions> = { ...changeOptions, ignoreMissingFiles: flag };

const checkConcurrency = 32;

/** Makes the table's rows, columns and properties those of an earlier version, as a new version. */
export async function restoreTable(
  context: CommandContext,
  version: number,
  asOfTimestamp: Date | undefined,
  options: RestoreOptions,
): Promise<CommandResult> {
  return onNewestSnapshot(context, async (snapshot) => {
    const wanted = await loadSnapshot(context.store, context.engine, { version });
    const before = filesByKey(snapshot);
    const after = filesByKey(wanted);
    const removed = [...before].filter(([key]) => !after.has(key)).map(([, file]) => file);
    const missing = [...after].filter(([key]) => !before.has(key)).map(([, file]) => file);
    const restored = await withVersionInErrors(version, async () =>
      existing(context.store, missing, options.ignoreMissingFiles === true),
    ).catch(async (error: unknown) => {
      throw await explainedLoss(context.store, wanted, error);
    });
    const metrics = {
      tableSizeAfterRestore: wanted.sizeInBytes - totalSize(missing) + totalSize(restored),
      numOfFilesAfterRestore: wanted.fileCount - missing.length + restored.length,
      numRemovedFiles: removed.length,
      numRestoredFiles: restored.length,
      removedFilesSize: totalSize(removed),
      restoredFilesSize: totalSize(restored),
    };
    const unchanged = { version: snapshot.version, isCommitted: false, metrics };
    const metadataActions = metadataChange(snapshot, wanted);
    const isSame = removed.length + restored.length + metadataActions.length === 0;
    // A dry run says what the real one would.
    if (removed.length > 0) assertRowsMayGo(snapshot);
    if (options.dryRun === true || isSame) return unchanged;
    const now = context.now();
    const { snapshot: committed, ...rest } = await commitChanges(context, {
      snapshot,
      actions: [
        ...metadataActions,
        ...removed.map((file) => ({ remove: removeOf(file, now) })),
        ...restored.map((file) => ({ add: { ...file, dataChange: true } })),
      ],
      operation: {
        name: "RESTORE",
        parameters:
          asOfTimestamp === undefined
            ? { version: String(version) }
            : { timestamp: asOfTimestamp.toISOString() },
        metrics: metricTexts(metrics),
      },
      reads: {
        kind: "rows",
        predicate: undefined,
        paths: new Set([...before.values()].map((file) => file.path)),
      },
      userMetadata: options.userMetadata,
    });
    return { version: committed.version, isCommitted: true, metrics, ...rest };
  });
}

function filesByKey(snapshot: Snapshot): ReadonlyMap<string, AddFile> {
  return new Map([...snapshot.files].map((file) => [fileKey(file, snapshot.tableUri), file]));
}

/** The protocol is never taken back; ids of columns are never given out twice. */
function metadataChange(snapshot: Snapshot, wanted: Snapshot): readonly Action[] {
  const { configuration } = snapshot.metadata;
  const maxColumnId = configuration[maxColumnIdKey];
  const metadata = {
    ...wanted.metadata,
    configuration: {
      ...wanted.metadata.configuration,
      ...(maxColumnId === undefined ? {} : { [maxColumnIdKey]: maxColumnId }),
    },
  };
  if (JSON.stringify(metadata) === JSON.stringify(snapshot.metadata)) return [];
  return tableChange(snapshot, metadata).actions;
}

/** @throws DeltaError `DATA_FILE_UNREADABLE` naming the files that are gone. */
async function existing(
  store: ObjectStore,
  files: readonly AddFile[],
  ignoreMissing: boolean,
): Promise<readonly AddFile[]> {
  const found = await mapConcurrently(files, checkConcurrency, async (file) => ({
    file,
    exists: await exists(store, storePath(file.path, store.uri)),
  }));
  const gone = found.filter((entry) => !entry.exists);
  if (gone.length > 0 && !ignoreMissing) {
    const names = gone.slice(0, 5).map((entry) => entry.file.path);
    throw new DeltaError(
      "DATA_FILE_UNREADABLE",
      `${store.uri}: ${gone.length} data files of that version are gone (${names.join(", ")}${gone.length > 5 ? ", ..." : ""}), ` +
        `perhaps deleted by a vacuum. Nothing was changed; ignoreMissingFiles restores the others.`,
    );
  }
  return found.filter((entry) => entry.exists).map((entry) => entry.file);
}

/** Whether a store has an object. */
async function exists(store: ObjectStore, path: string): Promise<boolean> {
  try {
    await store.describe(path);
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === "NOT_FOUND") return false;
    throw error;
  }
}
