import { quoteName, structType } from "finance-feedback-delta";
import type { DataType, EngineSession, StructField, StructType } from "finance-feedback-delta";

import type { Materialization } from "./materialize.ts";

/**
 * The columns of a node's rows. Finding them out reads of every table that the SQL names, so that their versions are known
 * before anything is committed.
 */
export async function columnsOfQuery({
  lake,
  sql,
  reads,
}: Pick<Materialization, "lake" | "sql" | "reads">): Promise<StructType> {
  const session = await lake.engine.openSession();
  try {
    return storable(await session.schemaOf(await session.bind(sql, reads.shapes)));
  } finally {
    await session.close();
  }
}

/** A query in a session that knows its tables, open until this is disposed of. */
export interface OpenQuery extends AsyncDisposable {
  readonly session: EngineSession;
  /** As the session has to get it. */
  readonly sql: string;
  readonly columns: StructType;
}

/** Binds a query once for its columns and for its rows: planning a model costs as much as small rows. */
export async function openQuery({
  lake,
  sql,
  reads,
}: Pick<Materialization, "lake" | "sql" | "reads">): Promise<OpenQuery> {
  const session = await lake.engine.openSession();
  const close = async (): Promise<void> => session.close();
  try {
    const bound = await session.bind(sql, reads.resolve);
    const columns = storable(await session.schemaOf(bound));
    return { session, sql: bound, columns, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A query whose rows a table can take, and their columns. */
export interface StoredQuery {
  readonly sql: string;
  readonly schema: StructType;
}

/** The same in a session that knows the tables of the query, which is open until this is disposed of. */
export interface BoundQuery extends StoredQuery, AsyncDisposable {
  readonly session: EngineSession;
}

/**
 * The query of a node's rows with the types that its table gets. Times are instants, in UTC as all sessions are: SQL's
 * TIMESTAMP is one in Spark and has no zone in DuckDB, and one project makes one table.
 */
export async function storedQuery(
  work: Pick<Materialization, "lake" | "sql" | "reads">,
): Promise<StoredQuery> {
  const given = await columnsOfQuery(work);
  return { sql: withInstants(work.sql, given), schema: schemaOfInstants(given) };
}

/** As {@link storedQuery}, in a session that knows the tables of the query. */
export async function boundQuery(work: Pick<Materialization, "lake" | "sql" | "reads">): Promise<BoundQuery> {
  const query = await openQuery(work);
  const { sql, columns } = query;
  return { ...query, sql: withInstants(sql, columns), schema: schemaOfInstants(columns) };
}

function withInstants(sql: string, { fields }: StructType): string {
  const casts = fields
    .filter(isZoneless)
    .map(({ name }) => `${instant(quoteName(name))} AS ${quoteName(name)}`);
  return casts.length === 0 ? sql : `SELECT * REPLACE (${casts.join(", ")}) FROM (\n${sql}\n)`;
}

/** A cast asks the library of time zones for each row, which takes twenty times as long; infinity has no microseconds. */
function instant(time: string): string {
  return `CASE WHEN isfinite(${time}) THEN make_timestamptz(epoch_us(${time})) ELSE CAST(${time} AS TIMESTAMP WITH TIME ZONE) END`;
}

function schemaOfInstants({ fields }: StructType): StructType {
  return structType(fields.map((member) => (isZoneless(member) ? { ...member, type: "timestamp" } : member)));
}

function isZoneless({ type }: StructField): boolean {
  return type === "timestamp_ntz";
}

/** A column of nothing but an untyped NULL becomes one of integers, as in DuckDB. */
function storable(schema: StructType): StructType {
  return structType(schema.fields.map((member) => ({ ...member, type: storableType(member.type) })));
}

function storableType(type: DataType): DataType {
  if (typeof type === "string") return type === "void" ? "integer" : type;
  switch (type.type) {
    case "array":
      return { ...type, elementType: storableType(type.elementType) };
    case "map":
      return { ...type, keyType: storableType(type.keyType), valueType: storableType(type.valueType) };
    case "struct":
      return {
        ...type,
        fields: type.fields.map((member) => ({ ...member, type: storableType(member.type) })),
      };
  }
}
