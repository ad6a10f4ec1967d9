import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";

import type { StructField, StructType } from "../../protocol/schema.ts";
import { noRules } from "../engine.ts";
import type { RowRules, RowsRelation } from "../engine.ts";
import { assertRowCount } from "../row-source.ts";
import type { ColumnInput, ColumnSet, RowBatch } from "../row-source.ts";
import { quoteName, sqlType } from "../sql-text.ts";
import { assertKnownColumns, ChunkLoader } from "./chunk-loader.ts";

/** What staging depends on in a write. */
export interface StagingRequest {
  readonly schema: StructType;
  readonly rules: RowRules;
}

/** Loads rows into a temporary table and returns the SELECT that reads them. */
export async function stagedSelect(
  connection: DuckDBConnection,
  { rows, schema }: RowsRelation,
): Promise<string> {
  if ("sql" in rows) return rows.sql;
  const staged = await StagedRows.open(connection, { schema, rules: noRules });
  const batches: AsyncIterable<RowBatch> | Iterable<RowBatch> = "batches" in rows ? rows.batches : [rows];
  for await (const batch of batches) staged.load(batch);
  return staged.finish();
}

/** Rows on their way to files, in temporary tables of the engine. */
export class StagedRows {
  readonly #connection: DuckDBConnection;
  readonly #schema: StructType;
  readonly #tables: readonly StagingTable[];
  #loaded = 0;

  private constructor(
    connection: DuckDBConnection,
    schema: StructType,
    tables: readonly StagingTable[],
    loaded: number,
  ) {
    this.#connection = connection;
    this.#schema = schema;
    this.#tables = tables;
    this.#loaded = loaded;
  }

  static async open(connection: DuckDBConnection, request: StagingRequest): Promise<StagedRows> {
    const schema = stagingSchema(request);
    return new StagedRows(connection, schema, [await openTable(connection, schema)], 0);
  }

  /** Columns of one value are staged once and joined back by the engine instead of being copied for every row. */
  static async ofColumns(
    connection: DuckDBConnection,
    request: StagingRequest,
    set: ColumnSet,
  ): Promise<StagedRows> {
    assertRowCount(set);
    const schema = stagingSchema(request);
    assertKnownColumns(Object.keys(set.columns), schema, "the columns");
    const { constant, varying } = splitColumns(set, schema);
    // Without rows, constants need not be valid: they are not checked.
    const isSplit = set.rowCount > 0 && constant.schema.fields.length > 0 && varying.schema.fields.length > 0;
    const parts = isSplit ? [varying, constant] : [{ schema, columns: set.columns }];
    const tables: StagingTable[] = [];
    for (const [position, part] of parts.entries()) {
      const table = await openTable(connection, part.schema);
      const rowCount = position === 0 ? set.rowCount : 1;
      if (rowCount > 0) table.loader.load({ columns: { rowCount, columns: part.columns } });
      tables.push(table);
    }
    return new StagedRows(connection, schema, tables, set.rowCount);
  }

  get rowCount(): number {
    return this.#loaded;
  }

  /** @throws DeltaError `SCHEMA_MISMATCH` or `INVALID_VALUE` naming column and row. */
  load(batch: RowBatch): void {
    for (const table of this.#tables) this.#loaded += table.loader.load(batch);
  }

  /** Ends loading; the SELECT of the rows with the columns of the schema. */
  finish(): string {
    for (const table of this.#tables) table.appender.closeSync();
    const names = this.#schema.fields.map((member) => quoteName(member.name)).join(", ");
    return `SELECT ${names} FROM ${this.#tables.map((table) => table.name).join(", ")}`;
  }

  async drop(): Promise<void> {
    for (const table of this.#tables) await this.#connection.run(`DROP TABLE ${table.name}`);
  }
}

interface StagingTable {
  readonly name: string;
  readonly appender: DuckDBAppender;
  readonly loader: ChunkLoader;
}

async function openTable(connection: DuckDBConnection, schema: StructType): Promise<StagingTable> {
  const name = `staged_${randomUUID().replaceAll("-", "")}`;
  const columns = schema.fields
    .map((member) => `${quoteName(member.name)} ${sqlType(member.type)}`)
    .join(", ");
  await connection.run(`CREATE TEMP TABLE ${name} (${columns})`);
  const appender = await connection.createAppender(name);
  return { name, appender, loader: new ChunkLoader(schema, appender) };
}

/** A generated column may be left out although it must not be null: it is computed later. */
function stagingSchema({ schema, rules }: StagingRequest): StructType {
  const generated = new Set(rules.generated.map((rule) => rule.column));
  if (generated.size === 0) return schema;
  return {
    type: "struct",
    fields: schema.fields.map((member) =>
      generated.has(member.name) ? { ...member, nullable: true } : member,
    ),
  };
}

interface ColumnPart {
  readonly schema: StructType;
  readonly columns: Readonly<Record<string, ColumnInput>>;
}

function splitColumns(
  set: ColumnSet,
  schema: StructType,
): { readonly constant: ColumnPart; readonly varying: ColumnPart } {
  const inputs = new Map(Object.entries(set.columns).map(([name, input]) => [name.toLowerCase(), input]));
  const isConstant = (member: StructField): boolean => {
    const input = inputs.get(member.name.toLowerCase());
    return input === undefined || "constant" in input;
  };
  const part = (fields: readonly StructField[]): ColumnPart => ({
    schema: { type: "struct", fields },
    columns: Object.fromEntries(
      fields.flatMap((member): [string, ColumnInput][] => {
        const input = inputs.get(member.name.toLowerCase());
        return input === undefined ? [] : [[member.name, input]];
      }),
    ),
  });
  return {
    constant: part(schema.fields.filter(isConstant)),
    varying: part(schema.fields.filter((member) => !isConstant(member))),
  };
}
