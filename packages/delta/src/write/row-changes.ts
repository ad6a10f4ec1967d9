import { randomUUID } from "node:crypto";

import { deletionVectorPath, uuidDescriptor } from "../deletion-vectors/descriptor.ts";
import { serializeDeletionVectorFile } from "../deletion-vectors/deletion-vector-file.ts";
import { RowIndexSet } from "../deletion-vectors/roaring-bitmap.ts";
import { positionColumns } from "../engine/engine.ts";
import type { EngineSession } from "../engine/engine.ts";
import { rowCountOf } from "../engine/row-count.ts";
import { sessionTables } from "../engine/session-tables.ts";
import { quoteName } from "../engine/sql-text.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { Action, AddFile, RemoveFile } from "../protocol/actions.ts";
import { hasFeature } from "../protocol/features.ts";
import { field } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import { changeDataFeed, deletionVectors, readProperty } from "../protocol/table-properties.ts";
import { recordCount, withWideBounds } from "../statistics/stored-statistics.ts";
import { changeTypeColumn } from "../protocol/change-columns.ts";
import type { CommandContext } from "../read/command-context.ts";
import { DeletionVectors, relationOf } from "../read/data-files.ts";
import { layoutOf, noFiles } from "./new-files.ts";
import type { NewFiles } from "./new-files.ts";
import type { StagedFiles } from "./staged-files.ts";

/** The rows of a table that change, as queries over the tables of a session; see `sessionTables.leaving`. */
export interface RowChanges {
  /** The rows that come, with the table's columns and types. */
  readonly coming?: string | undefined;
  /** The rows that changed, with the table's columns and `_change_type`, for the change data feed. */
  readonly changes: string;
}

/** The files that a commit adds and removes. */
export interface ChangedFiles {
  readonly actions: readonly Action[];
  readonly removed: readonly AddFile[];
  readonly added: readonly AddFile[];
  readonly changeFiles: number;
  readonly copiedRows: number;
  readonly vectorsAdded: number;
  readonly vectorsUpdated: number;
  readonly vectorsRemoved: number;
}

/** What would happen to the files, before anything is written. */
export interface TouchedFile {
  readonly file: AddFile;
  readonly index: number;
  readonly leavingRows: number;
  readonly liveRows: number;
}

/** The files that lose rows, with how many. */
export async function touchedFiles(
  session: EngineSession,
  files: readonly AddFile[],
): Promise<TouchedFile[]> {
  const counts = new Map<number, number>();
  const sql = `SELECT ${positionColumns.file} AS file, count(*) AS leaving FROM ${sessionTables.leaving} GROUP BY ALL ORDER BY file`;
  for await (const batch of session.query(sql)) {
    for (const row of batch.toRows()) counts.set(Number(row["file"]), Number(row["leaving"]));
  }
  const touched: TouchedFile[] = [];
  for (const [index, leavingRows] of counts) {
    const file = files[index];
    if (file === undefined) throw new Error(`The engine named file ${index} of ${files.length}`);
    touched.push({ file, index, leavingRows, liveRows: await liveRows(session, file, index) });
  }
  return touched;
}

/**
 * Writes what the changes need: deletion vectors where the table has them on, otherwise the rows that stay of each file
 * that loses some, in new files; the rows that come; the change data feed where the table has it on.
 */
export async function writeChangedFiles(
  context: CommandContext,
  session: EngineSession,
  staged: StagedFiles,
  snapshot: Snapshot,
  changes: RowChanges,
  touched: readonly TouchedFile[],
): Promise<ChangedFiles> {
  const partly = touched.filter((entry) => entry.leavingRows < entry.liveRows);
  const usesVectors = hasDeletionVectors(snapshot);
  const rewritten = usesVectors ? [] : partly;
  const copied = await copySelect(context, session, snapshot, rewritten);
  const rows = [copied, changes.coming].filter((sql) => sql !== undefined);
  const options = { session, hasOldRows: copied !== undefined };
  const data =
    rows.length === 0
      ? noFiles
      : await staged.write(
          { sql: rows.join(" UNION ALL ") },
          layoutOf(snapshot.metadata, snapshot.schema),
          options,
        );
  const isFed = readProperty(snapshot.metadata, changeDataFeed);
  // Readers derive the changes of a commit without change files from the files that it adds and removes.
  const needsFeed = isFed && (partly.length > 0 || (changes.coming !== undefined && touched.length > 0));
  const feed = needsFeed ? await writeChangeFiles(session, staged, snapshot, changes.changes) : noFiles;
  const marked = await writeVectors(context, session, staged, usesVectors ? partly : []);
  const now = context.now();
  const removed = touched.map((entry) => entry.file);
  const added = [...marked, ...data.adds];
  return {
    actions: [
      ...removed.map((file) => ({ remove: removeOf(file, now) })),
      ...added.map((add) => ({ add })),
      ...feed.adds.map(({ path, partitionValues, size }) => ({
        cdc: { path, partitionValues, size, dataChange: false as const },
      })),
    ],
    removed,
    added,
    changeFiles: feed.adds.length,
    copiedRows: rewritten.reduce((sum, entry) => sum + entry.liveRows - entry.leavingRows, 0),
    vectorsAdded: marked.length,
    vectorsUpdated: usesVectors ? withVector(partly) : 0,
    vectorsRemoved: withVector(touched),
  };
}

function withVector(entries: readonly TouchedFile[]): number {
  return entries.filter((entry) => entry.file.deletionVector !== undefined).length;
}

/** The action that forgets a file; its rows are gone, or elsewhere when the commit changes no data. */
export function removeOf(file: AddFile, now: number, dataChange = true): RemoveFile {
  return {
    path: file.path,
    deletionTimestamp: now,
    dataChange,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
    ...(file.deletionVector === undefined ? {} : { deletionVector: file.deletionVector }),
  };
}

function hasDeletionVectors(snapshot: Snapshot): boolean {
  return readProperty(snapshot.metadata, deletionVectors) && hasFeature(snapshot.protocol, "deletionVectors");
}

/** Columns of the table as a SELECT list. */
export function columnList(schema: StructType, qualifier?: string): string {
  const prefix = qualifier === undefined ? "" : `${qualifier}.`;
  return schema.fields.map((member) => `${prefix}${quoteName(member.name)}`).join(", ");
}

async function writeChangeFiles(
  session: EngineSession,
  staged: StagedFiles,
  snapshot: Snapshot,
  select: string,
): Promise<NewFiles> {
  const schema: StructType = {
    type: "struct",
    fields: [...snapshot.schema.fields, field(changeTypeColumn, "string")],
  };
  const layout = layoutOf(snapshot.metadata, schema);
  // What comes was checked as data; what leaves may break a rule that is younger than it.
  const unchecked = { ...layout, rules: { ...layout.rules, checks: [] } };
  return staged.write({ sql: select }, unchecked, { session, subfolder: changeDataFolder, hasOldRows: true });
}

export const changeDataFolder = "_change_data";

/** The rows that stay of files that are written anew. */
async function copySelect(
  context: CommandContext,
  session: EngineSession,
  snapshot: Snapshot,
  rewritten: readonly TouchedFile[],
): Promise<string | undefined> {
  if (rewritten.length === 0) return undefined;
  // A relation of its own: the engine then reads these files only.
  const relation = await relationOf(
    context.store,
    snapshot,
    rewritten.map((entry) => entry.file),
  );
  await session.addRelation(sessionTables.copied, relation, true);
  const indexes = `[${rewritten.map((entry) => entry.index).join(", ")}]::BIGINT[]`;
  return (
    `SELECT ${columnList(snapshot.schema)} FROM ${sessionTables.copied} AS c ANTI JOIN ${sessionTables.leaving} AS l ` +
    `ON l.${positionColumns.file} = (${indexes})[c.${positionColumns.file} + 1] AND l.${positionColumns.row} = c.${positionColumns.row}`
  );
}

/** Writes the data files' new vectors, all into one file, and gives the data files that have them. */
async function writeVectors(
  context: CommandContext,
  session: EngineSession,
  staged: StagedFiles,
  partly: readonly TouchedFile[],
): Promise<readonly AddFile[]> {
  if (partly.length === 0) return [];
  const sets = await deletedRows(context, session, partly);
  const uuid = randomUUID();
  const { bytes, entries } = serializeDeletionVectorFile(sets);
  await staged.put(deletionVectorPath(uuid), bytes);
  return partly.map((entry, position): AddFile => {
    const vector = entries[position];
    if (vector === undefined) throw new Error("A deletion vector was not written");
    const rows = entry.liveRows + (entry.file.deletionVector?.cardinality ?? 0);
    return {
      ...entry.file,
      dataChange: true,
      deletionVector: uuidDescriptor(uuid, vector),
      stats: withWideBounds(entry.file.stats, rows),
    };
  });
}

/** For each file, the rows that were deleted before and those that leave now. */
async function deletedRows(
  context: CommandContext,
  session: EngineSession,
  partly: readonly TouchedFile[],
): Promise<RowIndexSet[]> {
  const known = new DeletionVectors(context.store);
  const sets = new Map(partly.map((entry) => [entry.index, RowIndexSet.of([])]));
  const wanted = [...sets.keys()].join(", ");
  const sql = `SELECT ${positionColumns.file} AS file, ${positionColumns.row} AS row FROM ${sessionTables.leaving} WHERE file IN (${wanted}) ORDER BY ALL`;
  for await (const batch of session.query(sql)) {
    const files = batch.column("file")?.values ?? [];
    const rows = batch.column("row")?.values ?? [];
    for (let index = 0; index < batch.rowCount; index += 1) {
      sets.get(Number(files[index]))?.add(Number(rows[index]));
    }
  }
  return mapConcurrently(partly, readConcurrency, async ({ file, index }) => {
    const added = sets.get(index) ?? RowIndexSet.of([]);
    return file.deletionVector === undefined
      ? added
      : added.union(await known.rows(file.deletionVector, file));
  });
}

const readConcurrency = 16;

/** Rows of a file that are in the table, from its statistics or, where it has none, by counting. */
async function liveRows(session: EngineSession, file: AddFile, index: number): Promise<number> {
  const records = recordCount(file.stats);
  if (records !== undefined) return records - (file.deletionVector?.cardinality ?? 0);
  return rowCountOf(session, `${sessionTables.target} WHERE ${positionColumns.file} = ${index}`);
}
