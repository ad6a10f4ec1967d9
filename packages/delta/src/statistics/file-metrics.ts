import type { AddFile } from "../protocol/actions.ts";
import { recordCount } from "./stored-statistics.ts";

/** The files that a command added and removed, under the names of Spark's metrics for DELETE and UPDATE. */
export function changeMetrics(files: {
  readonly removed: readonly AddFile[];
  readonly added: readonly AddFile[];
  readonly changeFiles?: number;
  readonly vectorsAdded?: number;
  readonly vectorsUpdated?: number;
  readonly vectorsRemoved?: number;
}): Readonly<Record<string, number>> {
  const { vectorsAdded = 0, vectorsUpdated = 0, vectorsRemoved = 0, changeFiles = 0 } = files;
  return {
    // A file that only got a deletion vector is still the same file.
    numRemovedFiles: files.removed.length - vectorsAdded,
    numRemovedBytes: totalSize(files.removed) - totalSize(files.added.slice(0, vectorsAdded)),
    numAddedFiles: files.added.length - vectorsAdded,
    numAddedBytes: totalSize(files.added.slice(vectorsAdded)),
    numAddedChangeFiles: changeFiles,
    numDeletionVectorsAdded: vectorsAdded,
    numDeletionVectorsUpdated: vectorsUpdated,
    numDeletionVectorsRemoved: vectorsRemoved,
  };
}

/** Bytes. */
export function totalSize(files: readonly Pick<AddFile, "size">[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

/** Rows of files that are in the table; `undefined` where a file's statistics do not say. */
export function liveRowCount(files: readonly AddFile[]): number | undefined {
  let rows = 0;
  for (const file of files) {
    const records = recordCount(file.stats);
    if (records === undefined) return undefined;
    rows += records - (file.deletionVector?.cardinality ?? 0);
  }
  return rows;
}
