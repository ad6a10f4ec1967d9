import { flag } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { AddFile } from "../protocol/actions.ts";
import { storePath } from "../protocol/paths.ts";
import type { CommandContext } from "../read/command-context.ts";
import { changeOptions, metricTexts } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { commitChanges, onNewestSnapshot } from "../write/commit-changes.ts";
import { vectorFileOf } from "../read/data-files.ts";
import { totalSize } from "../statistics/file-metrics.ts";
import { exists } from "./restore.ts";
import { removeOf } from "../write/row-changes.ts";
import { withVersionInErrors } from "../read/errors-with-version.ts";

const checkConcurrency = 32;

export interface RepairOptions extends ChangeOptions {
  /**
   * Also takes out data files whose deletion vector is lost. Which of their rows were deleted is unknown: all rows go, or
   * deleted ones would come back. Without it such files stay, and reads of them fail.
   */
  readonly removeFilesOfLostVectors?: boolean | undefined;
}

export const repairOptions: OptionTable<RepairOptions> = {
  ...changeOptions,
  removeFilesOfLostVectors: flag,
};

export interface RepairResult extends CommandResult {
  /** The data files that the table named and the store does not have, as in `add.path`. */
  readonly missingFiles: readonly string[];
  /** The data files that are there and whose deletion vector is not. */
  readonly lostVectors: readonly LostVector[];
}

export interface LostVector {
  /** As in `add.path`. */
  readonly dataFile: string;
  /** The name in the store of the file that held the vector. */
  readonly vectorFile: string;
}

/** Takes data files that are gone out of the table; see `DeltaTable.repair`. */
export async function repairTable(context: CommandContext, options: RepairOptions): Promise<RepairResult> {
  return onNewestSnapshot(context, async (snapshot) => {
    const { missing, withoutVector } = await withVersionInErrors(snapshot.version, async () =>
      damageOf(context, [...snapshot.files]),
    );
    const found = {
      missingFiles: missing.map((file) => file.path),
      lostVectors: withoutVector.map(({ file, vectorFile }) => ({ dataFile: file.path, vectorFile })),
    };
    const leaving =
      options.removeFilesOfLostVectors === true
        ? [...missing, ...withoutVector.map(({ file }) => file)]
        : missing;
    const metrics = { numRemovedFiles: leaving.length, removedFilesSize: totalSize(leaving) };
    if (leaving.length === 0 || options.dryRun === true)
      return { version: snapshot.version, isCommitted: false, metrics, ...found };
    const now = context.now();
    const { snapshot: committed, ...rest } = await commitChanges(context, {
      snapshot,
      actions: leaving.map((file) => ({ remove: removeOf(file, now) })),
      operation: { name: "FSCK", parameters: { dryRun: "false" }, metrics: metricTexts(metrics) },
      reads: { kind: "rows", predicate: { kind: "never" }, paths: new Set(leaving.map((file) => file.path)) },
      userMetadata: options.userMetadata,
    });
    return { version: committed.version, isCommitted: true, metrics, ...found, ...rest };
  });
}

interface Damage {
  readonly missing: readonly AddFile[];
  readonly withoutVector: readonly { readonly file: AddFile; readonly vectorFile: string }[];
}

async function damageOf({ store }: CommandContext, files: readonly AddFile[]): Promise<Damage> {
  const missing = new Set(await missingOf(files, (file) => exists(store, storePath(file.path, store.uri))));
  const withVector = files.flatMap((file) => {
    if (missing.has(file) || file.deletionVector === undefined) return [];
    const vectorFile = vectorFileOf(file.deletionVector, file.path, store.uri);
    return vectorFile === undefined ? [] : [{ file, vectorFile }];
  });
  // One file may hold the vectors of many data files.
  const vectorFiles = [...new Set(withVector.map((entry) => entry.vectorFile))];
  const lost = new Set(await missingOf(vectorFiles, (path) => exists(store, path)));
  return {
    missing: [...missing],
    withoutVector: withVector.filter((entry) => lost.has(entry.vectorFile)),
  };
}

async function missingOf<Item>(
  items: readonly Item[],
  isThere: (item: Item) => Promise<boolean>,
): Promise<Item[]> {
  const found = await mapConcurrently(items, checkConcurrency, isThere);
  return items.filter((_, index) => found[index] === false);
}
