import type { Engine, Relation } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import type { AddFile } from "../protocol/actions.ts";
import type { RecordBatch } from "../record-batch.ts";
import { recordCount } from "../statistics/stored-statistics.ts";

/**
 * Batches of all rows of some files, held against the numbers of rows that the log gives: damaged bytes can look like a
 * shorter file.
 *
 * @param files those of the relation, in its order.
 * @throws DeltaError `DATA_FILE_UNREADABLE` after the last batch, naming a file that has other rows than the log says.
 */
export async function* countedBatches(
  engine: Engine,
  relation: Relation,
  files: readonly AddFile[],
  batches: AsyncIterable<RecordBatch>,
): AsyncGenerator<RecordBatch> {
  let rowCount = 0;
  for await (const batch of batches) {
    rowCount += batch.rowCount;
    yield batch;
  }
  const expected = rowCountOf(files);
  if (expected === undefined || expected === rowCount) return;
  throw new DeltaError(
    "DATA_FILE_UNREADABLE",
    `${await describeDifference(engine, relation, files)}: ${rowCount} rows were read, and the log says ${expected}. The file is damaged; restore goes back to a version without it.`,
  );
}

/** Rows by the log; `undefined` where a file's statistics do not count them. */
function rowCountOf(files: readonly AddFile[]): number | undefined {
  let total = 0;
  for (const file of files) {
    const count = recordCount(file.stats);
    if (count === undefined) return undefined;
    total += count - (file.deletionVector?.cardinality ?? 0);
  }
  return total;
}

async function describeDifference(
  engine: Engine,
  relation: Relation,
  files: readonly AddFile[],
): Promise<string> {
  for (const [index, file] of files.entries()) {
    const part = { ...relation, files: relation.files.slice(index, index + 1) };
    let found = 0;
    for await (const batch of engine.scan({ relation: part })) found += batch.rowCount;
    const expected = rowCountOf([file]);
    if (found !== expected) return `The data file ${file.path} has ${found} rows instead of ${expected}`;
  }
  return "The data files are not what the log says";
}
