import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";

import { DeltaError } from "../../errors.ts";
import type { Relation, TableReference, TableResolver } from "../engine.ts";
import { quoteName, quoteText } from "../sql-text.ts";
import { queryError, sqlError } from "./query-error.ts";
import type { SqlErrorCode } from "./query-error.ts";
import { referencesOfQuery, replaceTables, selectNode } from "./query-tree.ts";
import { relationSql } from "./relation-sql.ts";

/**
 * Makes each table of a query a view of this connection and points the query at it. What comes back is the engine's
 * own text of the query, without semicolon or comments, so that it can stand inside another.
 */
export async function bindTables(
  connection: DuckDBConnection,
  sql: string,
  resolve: TableResolver,
): Promise<string> {
  const serialized = await serializeSql(connection, sql, "INVALID_QUERY");
  const views = new Map<string, string | undefined>();
  // A session may bind several queries: the views of one must not replace those of another.
  const prefix = `delta_table_${randomUUID().replaceAll("-", "")}`;
  for (const reference of mergeReferences(referencesOfQuery(serialized))) {
    const relation = await resolve(reference);
    const view = relation === undefined ? undefined : `${prefix}_${views.size}`;
    if (relation !== undefined && view !== undefined) await createView(connection, view, relation);
    views.set(referenceKey(reference), view);
  }
  const rewritten = replaceTables(serialized, (reference) => views.get(referenceKey(reference)));
  const reader = await connection.runAndReadAll(`SELECT json_deserialize_sql(${quoteText(rewritten)}::JSON)`);
  return String(reader.getRows()[0]?.[0]).replace(/;\s*$/, "");
}

/**
 * A query whose WHERE is an expression given as text, as a syntax tree.
 *
 * @param from what follows FROM.
 * @throws DeltaError `INVALID_PREDICATE` when the text is not one expression, complete in itself.
 */
export async function serializeFilter(
  connection: DuckDBConnection,
  from: string,
  expression: string,
): Promise<string> {
  const code = "INVALID_PREDICATE";
  if (expression.trim() === "")
    throw new DeltaError(code, "A SQL expression is expected, and the text that was given is empty");
  const serialize = async (where: string): Promise<string> => {
    const serialized = await serializeSql(connection, `SELECT * FROM ${from} WHERE ${where}`, code);
    selectNode(serialized, code);
    return serialized;
  };
  // Wherever the text is used it stands in parentheses, which a clause behind an expression cannot.
  const serialized = await serialize(`(${expression}\n)`);
  // One such as `a) OR (b` would close them and open others: it is no expression without them.
  if (expression.includes(")")) await serialize(expression);
  return serialized;
}

/** @throws DeltaError `INVALID_PREDICATE` for what is not the list of an ORDER BY, complete in itself. */
export async function assertOrderList(connection: DuckDBConnection, orderBy: string): Promise<void> {
  const code = "INVALID_PREDICATE";
  const modifiers = selectNode(
    await serializeSql(connection, `SELECT * FROM t ORDER BY ${orderBy}`, code),
    code,
  )["modifiers"];
  const kinds = Array.isArray(modifiers) ? modifiers.map((modifier: unknown) => kindOf(modifier)) : [];
  if (kinds.length !== 1 || kinds[0] !== "ORDER_MODIFIER")
    throw new DeltaError(
      code,
      `orderBy takes columns or expressions, such as "timestamp DESC", and nothing behind them: ${orderBy}`,
    );
}

function kindOf(node: unknown): unknown {
  return typeof node === "object" && node !== null && "type" in node ? node.type : undefined;
}

/** A query as the engine's own syntax tree, in JSON. */
async function serializeSql(connection: DuckDBConnection, sql: string, code: SqlErrorCode): Promise<string> {
  // The engine's parser takes a NUL for the end of the text, and would leave out what stands behind it.
  if (sql.includes("\0"))
    throw new DeltaError(code, "SQL must not hold the character U+0000; write chr(0) where a text has it");
  try {
    const reader = await connection.runAndReadAll(`SELECT json_serialize_sql(${quoteText(sql)})`);
    return String(reader.getRows()[0]?.[0]);
  } catch (error) {
    throw sqlError(code, error);
  }
}

async function createView(connection: DuckDBConnection, name: string, relation: Relation): Promise<void> {
  try {
    await connection.run(
      `CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS SELECT * FROM ${await relationSql(connection, relation)}`,
    );
  } catch (error) {
    const files = relation.files.map((file) => file.localPath);
    throw await queryError(connection, "INVALID_QUERY", error, files);
  }
}

function referenceKey(reference: TableReference): string {
  return JSON.stringify([reference.name.toLowerCase(), reference.at ?? null]);
}

/** One reference for each table and version; a row is needed when any of its places needs it. */
function mergeReferences(references: readonly TableReference[]): TableReference[] {
  const merged = new Map<string, TableReference>();
  for (const reference of references) {
    const key = referenceKey(reference);
    const other = merged.get(key);
    merged.set(
      key,
      other === undefined
        ? reference
        : { ...reference, predicate: { kind: "or", operands: [other.predicate, reference.predicate] } },
    );
  }
  return [...merged.values()];
}
