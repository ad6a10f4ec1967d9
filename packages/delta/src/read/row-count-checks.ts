import { positionColumns } from "../engine/engine.ts";
import type { Engine, EngineSession, Relation } from "../engine/engine.ts";
import { quoteName } from "../engine/sql-text.ts";
import { DeltaError } from "../errors.ts";
import type { AddFile } from "../protocol/actions.ts";
import type { RecordBatch } from "../engine/record-batch.ts";
import { liveRowCount } from "../statistics/file-metrics.ts";

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
  await assertLoggedRowCount(engine, async () => relation, files, rowCount);
}

/**
 * Holds the number of all rows that were read from some files against the log.
 *
 * @param relation of the files, in their order.
 */
export async function assertLoggedRowCount(
  engine: Engine,
  relation: () => Promise<Relation>,
  files: readonly AddFile[],
  rowCount: number,
): Promise<void> {
  const expected = liveRowCount(files);
  if (expected === undefined || expected === rowCount) return;
  throw otherRows(
    await describeDifference(engine, await relation(), files),
    `: ${rowCount} rows were read, and the log says ${expected}`,
  );
}

/**
 * The same for a session's table of some files, for commands that choose rows: those that a file has lost would be neither
 * chosen nor kept.
 *
 * @param table with positions.
 */
export async function assertLoggedRowsOfFiles(
  session: EngineSession,
  table: string,
  files: readonly AddFile[],
): Promise<void> {
  if (files.length === 0) return;
  const found = new Map<number, number>();
  const sql = `SELECT ${positionColumns.file} AS file, count(*) AS rows FROM ${quoteName(table)} GROUP BY ALL`;
  for await (const batch of session.query(sql))
    for (const row of batch.toRows()) found.set(Number(row["file"]), Number(row["rows"]));
  for (const [index, file] of files.entries()) {
    const expected = liveRowCount([file]);
    const rows = found.get(index) ?? 0;
    if (expected !== undefined && rows !== expected)
      throw otherRows(describeFile(file, rows, expected), ". Nothing was changed");
  }
}

function otherRows(what: string, more: string): DeltaError {
  return new DeltaError(
    "DATA_FILE_UNREADABLE",
    `${what}${more}. The file is damaged; restore goes back to a version without it.`,
  );
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
    const expected = liveRowCount([file]);
    if (expected !== undefined && found !== expected) return describeFile(file, found, expected);
  }
  return "The data files are not what the log says";
}

function describeFile(file: AddFile, found: number, expected: number): string {
  return `The data file ${file.path} has ${found} rows instead of ${expected}`;
}
