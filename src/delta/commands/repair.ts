import { mapConcurrently } from "../map-concurrently.ts";
import { storePath } from "../protocol/paths.ts";
import type { CommandContext } from "./command-context.ts";
import { metricTexts } from "./command-result.ts";
import type { ChangeOptions, CommandResult } from "./command-result.ts";
import { commitChanges, onNewestSnapshot } from "./commit-changes.ts";
import { totalSize } from "./file-metrics.ts";
import { exists } from "./restore.ts";
import { removeOf } from "./row-changes.ts";

const checkConcurrency = 32;

export interface RepairResult extends CommandResult {
  /** The data files that the table named and the store does not have, as in `add.path`. */
  readonly missingFiles: readonly string[];
}

/** Takes data files that are gone out of the table, so that the rest can be read again. */
export async function repairTable(context: CommandContext, options: ChangeOptions): Promise<RepairResult> {
  return onNewestSnapshot(context, async (snapshot) => {
    const found = await mapConcurrently([...snapshot.files], checkConcurrency, async (file) => ({
      file,
      exists: await exists(context.store, storePath(file.path, context.store.uri)),
    }));
    const missing = found.filter((entry) => !entry.exists).map((entry) => entry.file);
    const missingFiles = missing.map((file) => file.path);
    const metrics = { numRemovedFiles: missing.length, removedFilesSize: totalSize(missing) };
    if (missing.length === 0 || options.dryRun === true)
      return { version: snapshot.version, isCommitted: false, metrics, missingFiles };
    const now = context.now();
    const { snapshot: committed, ...rest } = await commitChanges(context, {
      snapshot,
      actions: missing.map((file) => ({ remove: removeOf(file, now) })),
      operation: { name: "FSCK", parameters: { dryRun: "false" }, metrics: metricTexts(metrics) },
      reads: { kind: "rows", predicate: { kind: "never" }, paths: new Set(missingFiles) },
      userMetadata: options.userMetadata,
    });
    return { version: committed.version, isCommitted: true, metrics, missingFiles, ...rest };
  });
}
