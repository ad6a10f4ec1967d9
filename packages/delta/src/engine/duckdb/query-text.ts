import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError } from "../../errors.ts";
import { quoteText } from "../sql-text.ts";
import { makeJoinsPrintable } from "./printable-joins.ts";
import { sqlError } from "./query-error.ts";
import type { SqlErrorCode } from "./query-error.ts";
import { selectNode } from "./query-tree.ts";
import type { Node } from "./syntax-tree.ts";

/** A query as the engine's own syntax tree, in JSON. */
export async function serializeSql(
  connection: DuckDBConnection,
  sql: string,
  code: SqlErrorCode,
): Promise<string> {
  // The engine's parser takes a NUL for the end of the text, and would ignore the rest.
  if (sql.includes("\0"))
    throw new DeltaError(code, "SQL must not hold the character U+0000; write chr(0) where a text has it");
  try {
    const reader = await connection.runAndReadAll(`SELECT json_serialize_sql(${quoteText(sql)})`);
    return String(reader.getRows()[0]?.[0]);
  } catch (error) {
    throw sqlError(code, error);
  }
}

const templates = new Map<string, string>();

/** The same for a text of this engine's own, which is parsed once in a process. */
export async function serializeTemplate(connection: DuckDBConnection, sql: string): Promise<string> {
  const serialized = templates.get(sql) ?? (await serializeSql(connection, sql, "INVALID_QUERY"));
  templates.set(sql, serialized);
  return serialized;
}

/**
 * A query whose WHERE is an expression given as text, as a syntax tree.
 *
 * @param from what follows FROM.
 * @throws DeltaError `INVALID_PREDICATE` when the text is not one complete expression.
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
  try {
    // The text is always used in parentheses. A clause after an expression cannot stand in them.
    const serialized = await serialize(`(${expression}\n)`);
    // A text such as `a) OR (b` would close the parentheses and open others. Without them it is no expression.
    if (expression.includes(")")) await serialize(expression);
    return serialized;
  } catch (error) {
    // An error in the text itself is reported without our parentheses.
    await serialize(expression);
    throw error;
  }
}

/** A syntax tree as the engine's own text, without a semicolon. */
export async function sqlOfTree(connection: DuckDBConnection, tree: Node): Promise<string> {
  makeJoinsPrintable(tree);
  const json = quoteText(JSON.stringify(tree));
  const reader = await connection.runAndReadAll(`SELECT json_deserialize_sql(${json}::JSON)`);
  return String(reader.getRows()[0]?.[0]).replace(/;\s*$/, "");
}
