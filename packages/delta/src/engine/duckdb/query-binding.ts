import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";

import { DeltaError } from "../../errors.ts";
import type { Relation, TableReference, TableResolver } from "../engine.ts";
import { quoteName } from "../sql-text.ts";
import { assertNoCutText, refuseCutsByCasts } from "./exact-times.ts";
import { queryError } from "./query-error.ts";
import { serializeSql, sqlOfTree } from "./query-text.ts";
import { referencesOfQuery, replaceTables, selectNode } from "./query-tree.ts";
import { relationSql } from "./relation-sql.ts";

/**
 * Makes each table of a query a view of this connection and points the query at it. What comes back is the engine's
 * own text of the query, without semicolon or comments, so that it can stand inside another.
 *
 * @param use an answer is shown; the rows of a source are stored, so that no cast in it may cut a time.
 */
export async function bindTables(
  connection: DuckDBConnection,
  sql: string,
  resolve: TableResolver,
  use: "answer" | "source",
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
  const tree = replaceTables(serialized, (reference) => views.get(referenceKey(reference)));
  await assertNoCutText(connection, tree, use === "source" ? "INVALID_VALUE" : "INVALID_PREDICATE");
  if (use === "source") await refuseCutsByCasts(connection, tree);
  return sqlOfTree(connection, tree);
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
      `orderBy takes columns or expressions, such as "timestamp DESC", and nothing after them: ${orderBy}`,
    );
}

function kindOf(node: unknown): unknown {
  return typeof node === "object" && node !== null && "type" in node ? node.type : undefined;
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
