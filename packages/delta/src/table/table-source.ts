import { kind, required } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { assertOptions } from "../arguments.ts";
import type { TableResolver } from "../engine/engine.ts";
import { isNamedTable } from "../read/named-tables.ts";
import type { NamedTable } from "../read/named-tables.ts";
import { quoteName, quoteText } from "../engine/sql-text.ts";
import { assertSource } from "../engine/row-source.ts";
import type { RowSource } from "../engine/row-source.ts";
import { DeltaError } from "../errors.ts";
import type { DataType, StructField, StructType } from "../protocol/schema.ts";
import { versionOptions } from "../read/version-choice.ts";
import type { VersionChoice } from "../read/version-choice.ts";

/** The rows of a table: of its newest version when the command runs, or of another one. */
export interface TableSource extends VersionChoice {
  readonly table: NamedTable;
}

const sourceMembers: OptionTable<TableSource> = {
  table: required(kind("a DeltaTable", isNamedTable)),
  ...versionOptions,
};

/** What a command's rows come from. */
export type CommandSource = RowSource | TableSource;

type TablesByName = Readonly<Record<string, NamedTable>> | TableResolver;

interface NamedSource {
  readonly source: RowSource;
  readonly tables: TablesByName | undefined;
}

/** The columns of a table that is a source, for commands that take them over; `undefined` for any other source. */
export async function schemaOfTableSource(source: CommandSource): Promise<StructType | undefined> {
  if (typeof source !== "object" || source === null || !("table" in source)) return undefined;
  const { table, ...choice } = source;
  return { type: "struct", fields: (await table.snapshot(choice)).schema.fields.map(ofNoTable) };
}

/** What a field says of its own table, such as its column's id, goes with it nowhere else. */
function ofNoTable(member: StructField): StructField {
  const own = Object.entries(member.metadata).filter(([name]) => !name.startsWith("delta."));
  return { ...member, type: typeOfNoTable(member.type), metadata: Object.fromEntries(own) };
}

function typeOfNoTable(type: DataType): DataType {
  if (typeof type === "string") return type;
  switch (type.type) {
    case "struct":
      return { ...type, fields: type.fields.map(ofNoTable) };
    case "array":
      return { ...type, elementType: typeOfNoTable(type.elementType) };
    case "map":
      return { ...type, keyType: typeOfNoTable(type.keyType), valueType: typeOfNoTable(type.valueType) };
  }
}

/**
 * A source as the commands take it: a table is the query of all of its rows.
 *
 * @throws DeltaError `INVALID_ARGUMENT` for what is no source of rows.
 */
export function namedSource(source: CommandSource, tables: TablesByName | undefined): NamedSource {
  if (typeof source !== "object" || source === null || !("table" in source)) {
    assertSource(source);
    return { source, tables };
  }
  assertOptions("A source", source, sourceMembers);
  const { table, ...choice } = source;
  const name = "__source_table";
  return {
    source: { sql: `SELECT * FROM ${quoteName(name)}${atClause(choice)}` },
    tables: { [name]: table },
  };
}

function atClause({ version, asOfTimestamp }: VersionChoice): string {
  if (version !== undefined && asOfTimestamp !== undefined)
    throw new DeltaError("INVALID_ARGUMENT", "Give a version or a timestamp, not both");
  if (version !== undefined) return ` AT (VERSION => ${version})`;
  return asOfTimestamp === undefined ? "" : ` AT (TIMESTAMP => ${quoteText(asOfTimestamp.toISOString())})`;
}
