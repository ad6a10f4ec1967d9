import { flag } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { appendOnly, readProperty } from "../protocol/table-properties.ts";
import type { CommandContext } from "../read/command-context.ts";
import { fileFaults } from "../read/file-faults.ts";
import { changeOptions, metricTexts } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { commitChanges, onNewestSnapshot } from "../write/commit-changes.ts";
import { totalSize } from "../statistics/file-metrics.ts";
import { removeOf } from "../write/row-changes.ts";

export interface RepairOptions extends ChangeOptions {
  /**
   * Also takes out data files whose deletion vector is lost. Which of their rows were deleted is unknown: all rows go, or
   * deleted ones would come back. Without it such files stay, and reads of them fail.
   */
  readonly removeFilesOfLostVectors?: boolean | undefined;
  /**
   * Also takes out data files that have another size than the log says: they were cut off, or another file took their
   * place. The file itself stays on the disk until a vacuum. Without it such files stay, and reads of them fail.
   */
  readonly removeDamagedFiles?: boolean | undefined;
}

export const repairOptions: OptionTable<RepairOptions> = {
  ...changeOptions,
  removeFilesOfLostVectors: flag,
  removeDamagedFiles: flag,
};

export interface RepairResult extends CommandResult {
  /** The data files that the table named and the store does not have, as in `add.path`. */
  readonly missingFiles: readonly string[];
  /** The data files that are there and whose deletion vector is not. */
  readonly lostVectors: readonly LostVector[];
  /** The data files whose size is not the one in the log, as in `add.path`. */
  readonly damagedFiles: readonly string[];
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
    const faults = await fileFaults(context.store, snapshot);
    const missing = faults.filter((fault) => fault.kind === "missing_file");
    const withoutVector = faults.filter((fault) => fault.kind === "missing_vector");
    const damaged = faults.filter((fault) => fault.kind === "resized_file");
    const found = {
      missingFiles: missing.map(({ file }) => file.path),
      lostVectors: withoutVector.map(({ file, vectorFile }) => ({ dataFile: file.path, vectorFile })),
      damagedFiles: damaged.map(({ file }) => file.path),
    };
    const leaving = new Set(
      [
        ...missing,
        ...(options.removeFilesOfLostVectors === true ? withoutVector : []),
        ...(options.removeDamagedFiles === true ? damaged : []),
      ].map(({ file }) => file),
    );
    const metrics = { numRemovedFiles: leaving.size, removedFilesSize: totalSize([...leaving]) };
    if (leaving.size === 0 || options.dryRun === true)
      return { version: snapshot.version, isCommitted: false, metrics, ...found };
    const now = context.now();
    // No row is changed that could still be read. An append-only table allows exactly such removes.
    const isDataChange = !readProperty(snapshot.metadata, appendOnly);
    const { snapshot: committed, ...rest } = await commitChanges(context, {
      snapshot,
      actions: [...leaving].map((file) => ({ remove: removeOf(file, now, isDataChange) })),
      operation: { name: "FSCK", parameters: { dryRun: "false" }, metrics: metricTexts(metrics) },
      reads: {
        kind: "rows",
        predicate: { kind: "never" },
        paths: new Set([...leaving].map((file) => file.path)),
      },
      userMetadata: options.userMetadata,
    });
    return { version: committed.version, isCommitted: true, metrics, ...found, ...rest };
  });
}
