import { open } from "node:fs/promises";
import { quoteFile, quoteName, quoteText } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";

import { pythonText } from "../project/plain.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import { isSameName } from "../relations/columns.ts";
import { TransformError } from "../transform-error.ts";
import type { Materialization, Materialized } from "./materialize.ts";
import { materializeTable } from "./table.ts";

/** A seed's work: the SELECT of its rows follows from its file. */
export interface SeedMaterialization extends Omit<Materialization, "sql"> {
  /** Absolute. */
  readonly csvPath: string;
}

/**
 * Loads a CSV file into a table, whose types follow from all values of each column as dbt infers them, unless
 * `column_types` says them.
 *
 * @throws TransformError `INVALID_SEED` naming the file.
 */
export async function materializeSeed(work: SeedMaterialization): Promise<Materialized> {
  const { lake, config, csvPath } = work;
  const from = csvSource(csvPath, config, true);
  let columnTypes: ColumnTypes = [];
  try {
    await assertNotEmpty(csvPath);
    await assertNamed(lake, csvSource(csvPath, config, false));
    const given = await (await lake.engine.query(`SELECT * FROM ${from} LIMIT 0`, noTables)).toBatch();
    const names = given.schema.fields.map(({ name }) => name);
    const types = await typesOf(work, from, names);
    columnTypes = names.map((name, index) => ({ name, type: types[index] ?? text }));
    const columns = names.map(
      (name, index) =>
        `CAST(${valueOf(name, types[index])} AS ${types[index] ?? "VARCHAR"}) AS ${quoteName(name)}`,
    );
    const { message, ...made } = await materializeTable({
      ...work,
      sql: `SELECT ${columns.join(", ")} FROM ${from}`,
    });
    return { ...made, message: message.replace(/^.* /, "INSERT ") };
  } catch (error) {
    const value = await wrongValue(lake, from, columnTypes).catch(() => undefined);
    const reason = value ?? reasonOf(error);
    throw new TransformError("INVALID_SEED", `The seed ${csvPath} could not be loaded: ${reason}`, {
      cause: error,
    });
  }
}

/** An engine that is given none would guess it. */
function delimiterOf(config: ResourceConfig): string {
  const delimiter = config.text("delimiter") ?? ",";
  if (delimiter !== "") return delimiter;
  throw new TransformError("INVALID_CONFIG", 'the delimiter of a seed is a character, such as ";", not ""');
}

/** Each column with the type that it gets. */
type ColumnTypes = readonly { readonly name: string; readonly type: string }[];

/** The first value in the file that its column's type does not take. */
async function wrongValue(
  lake: DeltaLakeManager,
  from: string,
  columns: ColumnTypes,
): Promise<string | undefined> {
  if (columns.length === 0) return undefined;
  const numbered = `SELECT row_number() OVER () AS __row, * FROM ${from}`;
  const wrong = columns.map(({ name, type }, index) => {
    const value = valueOf(name, type);
    return `SELECT __row AS row, ${index} AS place, ${value} AS value FROM rows WHERE ${value} IS NOT NULL AND try_cast(${value} AS ${type}) IS NULL`;
  });
  const answer = await lake.engine.query(
    `WITH rows AS (${numbered}) SELECT * FROM (${wrong.join(" UNION ALL ")}) ORDER BY row, place LIMIT 1`,
    noTables,
  );
  const [found] = await answer.rows();
  const column = columns[Number(found?.["place"])];
  if (found === undefined || column === undefined) return undefined;
  return `row ${String(found["row"])} below the header, column ${column.name}: ${JSON.stringify(found["value"])} is not of type ${column.type}. Mend it, or give the column another type by column_types`;
}

/** A name that stands twice, or a column without one, would be called something that the file does not say. */
async function assertNamed(lake: DeltaLakeManager, withoutHeader: string): Promise<void> {
  const answer = await lake.engine.query(`SELECT * FROM ${withoutHeader} LIMIT 1`, noTables);
  const [header = {}] = await answer.rows();
  const names = Object.values(header).map((name) => (typeof name === "string" ? name.trim() : ""));
  const unnamed = names.indexOf("");
  if (unnamed >= 0) throw new Error(`its header has no name for column ${unnamed + 1} of ${names.length}`);
  const twice = names.find((name, index) => names.slice(0, index).some((other) => isSameName(name, other)));
  if (twice !== undefined) throw new Error(`its header has the column ${JSON.stringify(twice)} twice`);
}

function csvSource(path: string, config: ResourceConfig, hasHeader: boolean): string {
  const options = [
    `header = ${hasHeader}`,
    "all_varchar = true",
    `delim = ${quoteText(delimiterOf(config))}`,
    `quote = '"'`,
    `escape = '"'`,
    // Left to itself the engine skips lines that do not fit the others, and takes some for comments.
    "skip = 0",
    "comment = ''",
    "strict_mode = true",
    "null_padding = false",
    "ignore_errors = false",
  ];
  return `read_csv(${quoteFile(path)}, ${options.join(", ")})`;
}

async function assertNotEmpty(path: string): Promise<void> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4096));
  if (buffer.toString("utf8", 0, bytesRead).replace("\uFEFF", "").trim() === "")
    throw new Error("it has no header line");
}

const noTables = async (): Promise<undefined> => undefined;

const text = "VARCHAR";

/** A whole number, which may be written as `2.0` or `1e3`, too. */
function whole(value: string, type: string): string {
  return `(regexp_full_match(${value}, '[+-]?[0-9]+(\\.0*)?') OR (regexp_full_match(${value}, '[+-]?[0-9]+(\\.[0-9]*)?[eE][+-]?[0-9]+') AND try_cast(${value} AS DOUBLE) = trunc(try_cast(${value} AS DOUBLE)))) AND try_cast(${value} AS ${type}) IS NOT NULL`;
}

/** What a column's values all have to be for a type, the most special type first; null counts for every type. */
const inferred: readonly { readonly type: string; readonly fits: (value: string) => string }[] = [
  {
    type: "INTEGER",
    fits: (value) => whole(value, "INTEGER"),
  },
  {
    type: "BIGINT",
    fits: (value) => whole(value, "BIGINT"),
  },
  { type: "DECIMAL(38,0)", fits: (value) => `regexp_full_match(${value}, '[+-]?[0-9]{1,38}')` },
  {
    type: "DOUBLE",
    fits: (value) => `regexp_full_match(${value}, '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?')`,
  },
  {
    type: "DATE",
    fits: (value) =>
      `regexp_full_match(${value}, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}') AND try_cast(${value} AS DATE) IS NOT NULL`,
  },
  {
    type: "TIMESTAMP",
    fits: (value) =>
      `regexp_full_match(${value}, '[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2}|T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?)') AND try_cast(${value} AS TIMESTAMP) IS NOT NULL`,
  },
  {
    type: "TIMESTAMPTZ",
    fits: (value) =>
      `regexp_full_match(${value}, '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})') AND try_cast(${value} AS TIMESTAMPTZ) IS NOT NULL`,
  },
  { type: "BOOLEAN", fits: (value) => `lower(${value}) IN ('true', 'false')` },
];

async function typesOf(
  { lake, config }: SeedMaterialization,
  from: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const given = Array.from(config.map("column_types"));
  const known = new Map(
    names.flatMap((name) => {
      const own = given.find(([column]) => isSameName(column, name));
      return own === undefined ? [] : [[name, pythonText(own[1])] as const];
    }),
  );
  const unknown = names.filter((name) => !known.has(name));
  const found = unknown.length === 0 ? {} : await inferredFacts(lake, from, unknown);
  return names.map((name) => {
    const own = known.get(name);
    if (own !== undefined) return own;
    // A column without a value could be anything: DuckDB and dbt take it for whole numbers.
    return inferred.find((_, kind) => found[`c${unknown.indexOf(name)}_${kind}`] === true)?.type ?? text;
  });
}

/** Of each column, whether its values are all of a type: `c0_2` for the first column and the third type. */
async function inferredFacts(lake: DeltaLakeManager, from: string, names: readonly string[]): Promise<Row> {
  const tests = names.flatMap((name, column) =>
    inferred.map(({ fits }, kind) => {
      const value = trimmed(name);
      return `coalesce(bool_and(${value} IS NULL OR coalesce(${fits(value)}, false)), true) AS c${column}_${kind}`;
    }),
  );
  const answer = await lake.engine.query(`SELECT ${tests.join(", ")} FROM ${from}`, noTables);
  return (await answer.rows())[0] ?? {};
}

/** A value as types other than text see it: spaces around it do not count, and `null` is none. */
function trimmed(name: string): string {
  const value = `trim(${quoteName(name)})`;
  return `nullif(CASE WHEN lower(${value}) = 'null' THEN NULL ELSE ${value} END, '')`;
}

function valueOf(name: string, type: string | undefined): string {
  return type === undefined || /^(text|varchar|string|char)/i.test(type) ? quoteName(name) : trimmed(name);
}

/** The engine's account of how it guesses at files is for those who can set its options. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("sniffing"))
    return "its lines do not all have as many values as its header has columns, or a quotation mark is not closed";
  return message.replace(/\n[^]*$/, "");
}
