import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";

import type { RowIndexSet } from "../../deletion-vectors/roaring-bitmap.ts";
import { DeltaError } from "../../errors.ts";
import { columnIdOf, physicalNameOf } from "../../protocol/column-mapping.ts";
import { partitionValueText } from "../../protocol/partition-values.ts";
import { findField } from "../../protocol/schema.ts";
import type { StructField, StructType } from "../../protocol/schema.ts";
import { positionColumns } from "../engine.ts";
import type { NewestRows, Relation, RelationFile, ScanRequest } from "../engine.ts";
import { freeName, quoteFile, quoteName, quoteText, sqlType } from "../sql-text.ts";
import { ChunkLoader } from "./chunk-loader.ts";
import { hasDecimals } from "../../protocol/number-types.ts";
import { numberSql } from "./decimal-numbers.ts";
import { fileColumnIds } from "./file-columns.ts";
import { logicalNames, renamed } from "./renamed-columns.ts";
import type { FieldNames } from "./renamed-columns.ts";
import { ownMember } from "../../contract/own-members.ts";

/**
 * A relation as a FROM item that has exactly the table's columns, types and order.
 *
 * Partition values never come from a path: a file's place in the list indexes a constant list of values, which costs
 * nothing in a query that does not ask for them. The first, empty arm gives every column its type, so that a file
 * written before a column was added reads as null there. Files that differ in how they must be read (rows deleted,
 * columns under other names) each have an arm of their own kind.
 *
 * @param withPositions adds `positionColumns`.
 */
export async function relationSql(
  connection: DuckDBConnection,
  relation: Relation,
  withPositions = false,
): Promise<string> {
  const { schema } = relation;
  if (withPositions) assertPositionsFree(schema);
  const positions = withPositions ? Object.values(positionColumns) : [];
  if (relation.files.length === 0) return emptyRelationSql(schema, positions);
  const selects: string[] = [];
  for (const arm of await armsOf(connection, relation)) {
    selects.push(await armSql(connection, relation, arm, positions));
  }
  const all = `(${selects.join(" UNION ALL ")})`;
  return relation.newest === undefined ? all : newestSql(all, relation.newest);
}

/** The same for a relation without files. */
export function emptyRelationSql(schema: StructType, positions: readonly string[] = []): string {
  const columns = [
    ...schema.fields.map((member) => `NULL::${sqlType(member.type)} AS ${quoteName(member.name)}`),
    ...positions.map((name) => `NULL::BIGINT AS ${name}`),
  ];
  return `(SELECT ${columns.join(", ")} WHERE false)`;
}

function newestSql(rows: string, { by, orderBy, until }: NewestRows): string {
  const order = quoteName(orderBy);
  const where =
    until === undefined ? "" : ` WHERE ${order} <= ${quoteText(until.toISOString())}::TIMESTAMPTZ`;
  const keys = by.map(quoteName).join(", ");
  return `(SELECT * FROM ${rows}${where} QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${order} DESC) = 1)`;
}

/** The SELECT of a scan. */
export async function scanSql(connection: DuckDBConnection, request: ScanRequest): Promise<string> {
  const columns = request.columns ?? request.relation.schema.fields.map((member) => member.name);
  const where = request.where === undefined ? "" : ` WHERE (${request.where}\n)`;
  const orderBy = request.orderBy === undefined ? "" : ` ORDER BY ${request.orderBy}\n`;
  const limit = request.limit === undefined ? "" : ` LIMIT ${Math.trunc(request.limit)}`;
  const from = await relationSql(connection, request.relation);
  const selected = columns.map((name, index) => {
    const type = findField(request.relation.schema, name)?.type;
    const isCast = request.decimals === "number" && type !== undefined && hasDecimals(type);
    // Under another name: the filter and the order need the column itself.
    return isCast ? `${numberSql(`scanned.${quoteName(name)}`, type)} AS __number_${index}` : quoteName(name);
  });
  return `SELECT ${selected.join(", ")} FROM ${from} AS scanned${where}${orderBy}${limit}`;
}

interface ArmFile extends RelationFile {
  /** Its index in the list of the relation's files. */
  readonly index: number;
}

/** Files that are read in the same way. */
interface Arm {
  readonly files: readonly ArmFile[];
  readonly nameInFile: FieldNames;
  /** How rows are chosen by their place in the file. */
  readonly selection: "all" | "without deleted" | "only some";
}

async function armsOf(connection: DuckDBConnection, relation: Relation): Promise<Arm[]> {
  const files = relation.files.map((file, index): ArmFile => ({ ...file, index }));
  const layouts = await layoutsOf(connection, relation, files);
  return layouts.flatMap(({ nameInFile, files: members }) => {
    const selections = ["all", "without deleted", "only some"] as const;
    return selections
      .map((selection) => ({
        files: members.filter((file) => selectionOf(file) === selection),
        nameInFile,
        selection,
      }))
      .filter((arm) => arm.files.length > 0);
  });
}

function selectionOf(file: RelationFile): Arm["selection"] {
  if (file.onlyRows !== undefined) return "only some";
  return file.deletedRows === undefined ? "all" : "without deleted";
}

type Layout = Pick<Arm, "files" | "nameInFile">;

async function layoutsOf(
  connection: DuckDBConnection,
  { columnMapping, files: relationFiles }: Relation,
  files: readonly ArmFile[],
): Promise<Layout[]> {
  const byName: FieldNames = (member) => physicalNameOf(member, columnMapping);
  if (columnMapping !== "id") return [{ files, nameInFile: byName }];
  const columnIds = await fileColumnIds(
    connection,
    relationFiles.map((file) => file.localPath),
  );
  const layouts = new Map<string, { readonly files: ArmFile[]; readonly nameInFile: FieldNames }>();
  for (const file of files) {
    const ids = columnIds.get(file.localPath) ?? new Map<number, string>();
    const key = JSON.stringify([...ids]);
    const known = layouts.get(key);
    if (known !== undefined) known.files.push(file);
    else layouts.set(key, { files: [file], nameInFile: nameById(ids) });
  }
  return [...layouts.values()];
}

/**
 * A column that a file lacks reads as null: it gets a name that no file has. A column without an id, such as
 * `_change_type`, is not the table's and is found by its name.
 */
function nameById(names: ReadonlyMap<number, string>): FieldNames {
  return (member) => {
    const id = columnIdOf(member);
    return id === undefined ? member.name : (names.get(id) ?? `__absent_${id}`);
  };
}

async function armSql(
  connection: DuckDBConnection,
  relation: Relation,
  arm: Arm,
  positions: readonly string[],
): Promise<string> {
  const { schema } = relation;
  const partitions = new Set(relation.partitionColumns.map((name) => name.toLowerCase()));
  const isPartition = (member: StructField): boolean => partitions.has(member.name.toLowerCase());
  const partitionFields = schema.fields.filter(isPartition);
  const { nameInFile } = arm;
  const partitionPrefix = freeName("__partition_", [schema]);
  // The engine's virtual columns are hidden where the files have a column of that name.
  const taken = (name: string): boolean =>
    schema.fields.some((member) => !isPartition(member) && nameInFile(member).toLowerCase() === name);
  const byPath = taken("file_index");
  if ((arm.selection !== "all" || positions.length > 0) && (byPath || taken("file_row_number"))) {
    throw new DeltaError(
      "UNSUPPORTED_FEATURE",
      'A table with deleted rows, or one whose rows are to be changed, cannot have a column "file_index" or "file_row_number" in its data files: make it anew with the property delta.columnMapping.mode = name',
    );
  }
  // Names of the empty arm: those in the file for its columns, so that types and absent columns come out right.
  const typed = schema.fields.map((member) => {
    const name = isPartition(member) ? partitionName(partitionPrefix, member) : nameInFile(member);
    return `NULL::${sqlType(member.type, nameInFile)} AS ${quoteName(name)}`;
  });
  const index = byPath ? pathIndex(arm.files) : "file_index::BIGINT";
  const selected = [
    dataColumns(partitionFields.map(nameInFile)),
    ...partitionFields.map((member) => {
      const values = partitionList(relation, arm.files, member);
      return `(${values})[${index} + 1] AS ${quoteName(partitionName(partitionPrefix, member))}`;
    }),
  ];
  const outer = schema.fields.map((member) => {
    const name = isPartition(member) ? partitionName(partitionPrefix, member) : nameInFile(member);
    const value = isPartition(member)
      ? quoteName(name)
      : renamed(quoteName(name), member.type, nameInFile, logicalNames);
    return `${value}::${sqlType(member.type)} AS ${quoteName(member.name)}`;
  });
  if (positions.length > 0) {
    typed.push(...positions.map((name) => `NULL::BIGINT AS ${name}`));
    const indexes = `[${arm.files.map((file) => file.index).join(", ")}]::BIGINT[]`;
    selected.push(`(${indexes})[${index} + 1] AS ${positionColumns.file}`);
    selected.push(`file_row_number::BIGINT AS ${positionColumns.row}`);
    outer.push(...positions);
  }
  const list = arm.files.map((file) => quoteFile(file.localPath)).join(", ");
  const options = `union_by_name=true, hive_partitioning=false${byPath ? `, filename=${quoteText(fileNameColumn)}` : ""}`;
  const selection = await selectionJoin(connection, arm);
  return (
    `SELECT ${outer.join(", ")} FROM (SELECT ${typed.join(", ")} WHERE false UNION ALL BY NAME ` +
    `SELECT ${selected.join(", ")} FROM read_parquet([${list}], ${options})${selection})`
  );
}

const fileNameColumn = "__delta_file_name";

/** Some writers store partition columns in the files as well. The values of the log take precedence. */
function dataColumns(partitionNames: readonly string[]): string {
  if (partitionNames.length === 0) return "*";
  const names = partitionNames.map((name) => quoteText(name.toLowerCase())).join(", ");
  return `COLUMNS(lambda c: lower(c) NOT IN (${names}))`;
}

/** In the union's arms: a name of its own, for under column mapping a data column may be called what this one is. */
function partitionName(prefix: string, member: StructField): string {
  return `${prefix}${member.name}`;
}

function partitionList(relation: Relation, files: readonly ArmFile[], member: StructField): string {
  const name = physicalNameOf(member, relation.columnMapping);
  const literals = files.map((file) => {
    const text = partitionValueText(ownMember(file.partitionValues, name));
    if (text === null) return "NULL";
    // The log holds the bytes of a binary value as text in UTF-8.
    return member.type === "binary" ? `encode(${quoteText(text)})` : quoteText(text);
  });
  return `[${literals.join(", ")}]::${sqlType(member.type)}[]`;
}

function pathIndex(files: readonly ArmFile[]): string {
  const names = files.map((file) => quoteText(file.localPath)).join(", ");
  return `(list_position([${names}], ${quoteName(fileNameColumn)}) - 1)`;
}

/** The join that leaves out the deleted rows of an arm's files, or all but the wanted ones. */
async function selectionJoin(connection: DuckDBConnection, arm: Arm): Promise<string> {
  if (arm.selection === "all") return "";
  const isExclusion = arm.selection === "without deleted";
  const table = await rowTable(
    connection,
    arm.files.map((file) => (isExclusion ? file.deletedRows : file.onlyRows)),
  );
  const join = isExclusion ? "ANTI JOIN" : "SEMI JOIN";
  return ` ${join} ${table} AS chosen ON chosen.file = file_index AND chosen.row = file_row_number`;
}

/** Puts sets of rows, one for each file, where the engine can join them. */
async function rowTable(
  connection: DuckDBConnection,
  sets: readonly (RowIndexSet | undefined)[],
): Promise<string> {
  const name = `row_sets_${randomUUID().replaceAll("-", "")}`;
  await connection.run(`CREATE TEMP TABLE ${name} (file BIGINT, row BIGINT)`);
  const appender = await connection.createAppender(name);
  try {
    const loader = new ChunkLoader(rowTableSchema, appender);
    sets.forEach((set, index) => {
      const rows = set?.toBigInt64Array();
      if (rows === undefined) return;
      loader.load({
        columns: { rowCount: rows.length, columns: { file: { constant: index }, row: rows } },
      });
    });
  } finally {
    appender.closeSync();
  }
  return name;
}

const rowTableSchema: StructType = {
  type: "struct",
  fields: [
    { name: "file", type: "long", nullable: false, metadata: {} },
    { name: "row", type: "long", nullable: false, metadata: {} },
  ],
};

function assertPositionsFree(schema: StructType): void {
  const reserved: readonly string[] = Object.values(positionColumns);
  const taken = schema.fields.find((member) => reserved.includes(member.name.toLowerCase()));
  if (taken !== undefined) {
    throw new DeltaError(
      "UNSUPPORTED_FEATURE",
      `The rows of a table with a column "${taken.name}" cannot be changed`,
    );
  }
}
