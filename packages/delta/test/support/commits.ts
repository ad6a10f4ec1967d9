import { relationFiles } from "../../src/read/data-files.ts";
import type { DeltaTable, ObjectStore, Row, StructType } from "../../src/index.ts";
import { field, structType } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { parseActions } from "../../src/protocol/actions.ts";
import type { Action, AddFile, ChangeFile, CommitInfo, RemoveFile } from "../../src/protocol/actions.ts";
import { engine, readText } from "./tables.ts";

/** A commit's actions by kind. */
export interface Commit {
  readonly info: CommitInfo;
  readonly adds: readonly AddFile[];
  readonly removes: readonly RemoveFile[];
  readonly changeFiles: readonly ChangeFile[];
}

export async function actionsOf(store: ObjectStore, version: number): Promise<Action[]> {
  const path = commitPath(version);
  return parseActions(await readText(store, path), path);
}

export async function commitOf(store: ObjectStore, version: number): Promise<Commit> {
  const actions = await actionsOf(store, version);
  const [info = {}] = actions.flatMap((action) => ("commitInfo" in action ? [action.commitInfo] : []));
  return {
    info,
    adds: actions.flatMap((action) => ("add" in action ? [action.add] : [])),
    removes: actions.flatMap((action) => ("remove" in action ? [action.remove] : [])),
    changeFiles: actions.flatMap((action) => ("cdc" in action ? [action.cdc] : [])),
  };
}

/** The newest commit of a table. */
export async function lastCommit(table: DeltaTable): Promise<Commit> {
  return commitOf(table.store, (await table.snapshot()).version);
}

/**
 * The rows that a commit changed as a reader of the change data feed sees them, each with `_change_type`: those of its
 * change files, or else those of the files that it adds and removes.
 */
export async function changeRowsOf(table: DeltaTable, version: number): Promise<Row[]> {
  const { adds, removes, changeFiles } = await commitOf(table.store, version);
  const snapshot = await table.snapshot({ version });
  const changeSchema = structType([...snapshot.schema.fields, field("_change_type", "string")]);
  if (changeFiles.length > 0) return readFiles(table, version, changeFiles, changeSchema);
  const inserted = await readFiles(table, version, adds, snapshot.schema);
  const deleted = await readFiles(
    table,
    version,
    removes.map((file) => ({ ...file, size: file.size ?? 0, partitionValues: file.partitionValues ?? {} })),
    snapshot.schema,
  );
  return [
    ...inserted.map((row) => ({ ...row, _change_type: "insert" })),
    ...deleted.map((row) => ({ ...row, _change_type: "delete" })),
  ];
}

type ReadFile = Pick<AddFile, "path" | "partitionValues" | "size" | "stats" | "deletionVector">;

async function readFiles(
  table: DeltaTable,
  version: number,
  files: readonly ReadFile[],
  schema: StructType,
): Promise<Row[]> {
  const { metadata, partitionColumns } = await table.snapshot({ version });
  const isMapped = (metadata.configuration["delta.columnMapping.mode"] ?? "none") !== "none";
  const rows: Row[] = [];
  const relation = {
    schema,
    partitionColumns,
    columnMapping: isMapped ? ("name" as const) : ("none" as const),
    files: await relationFiles(table.store, files),
  };
  for await (const batch of engine.scan({ relation })) rows.push(...batch.toRows());
  return rows;
}

/** Every object of a store, sorted. */
export async function objectsOf(store: ObjectStore): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of store.listRecursively("")) paths.push(path);
  return paths.toSorted();
}
