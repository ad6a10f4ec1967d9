import type { DeltaTable, NamedTables, VersionChoice } from "./delta-table.ts";
import { quoteName, quoteText } from "./engine/sql-text.ts";
import { assertSource } from "./engine/row-source.ts";
import type { RowSource } from "./engine/row-source.ts";
import { DeltaError } from "./errors.ts";
import { assertOptions, versionNames } from "./option-names.ts";

/** The rows of a table: of its newest version when the command runs, or of another one. */
export interface TableSource extends VersionChoice {
  readonly table: DeltaTable;
}

/** What a command's rows come from. */
export type CommandSource = RowSource | TableSource;

interface NamedSource {
  readonly source: RowSource;
  readonly tables: NamedTables["tables"];
}

/**
 * A source as the commands take it: a table is the query of all of its rows.
 *
 * @throws DeltaError `INVALID_ARGUMENT` for what is no source of rows.
 */
export function namedSource(source: CommandSource, tables: NamedTables["tables"]): NamedSource {
  for (const [name, table] of Object.entries(tables ?? {}))
    if (typeof table !== "object" || table === null || !("snapshot" in table))
      throw new DeltaError("INVALID_ARGUMENT", `The table ${name} of tables is no DeltaTable`);
  if (typeof source !== "object" || source === null || !("table" in source)) {
    assertSource(source);
    return { source, tables };
  }
  const { table, ...choice } = source;
  assertOptions("A source", { table, ...choice }, ["table", ...versionNames]);
  if (typeof table !== "object" || table === null || !("snapshot" in table))
    throw new DeltaError("INVALID_ARGUMENT", "A source's table is a DeltaTable");
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
