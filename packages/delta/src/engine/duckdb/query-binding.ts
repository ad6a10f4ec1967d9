import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";

import { DeltaError } from "../../errors.ts";
import type { NamedRelation, Relation, TableReference, TableResolver } from "../engine.ts";
import { quoteName } from "../sql-text.ts";
import { mayCompareTexts, refuseCutsByComparisons } from "./compared-texts.ts";
import { assertNoCutText, refuseCutsByCasts } from "./exact-times.ts";
import { queryError } from "./query-error.ts";
import { serializeSql, sqlOfTree } from "./query-text.ts";
import { referencesOfQuery, replaceTables, selectNode } from "./query-tree.ts";
import { relationSql } from "./relation-sql.ts";
import { stagedSelect } from "./staged-rows.ts";

/**
 * Makes each table of a query a view of this connection and points the query at the views. The result is the engine's own
 * text of the query, without semicolon or comments, so that it can be part of another query.
 *
 * @param use a result is shown; the rows of a source are stored, so that no cast in it may cut a time.
 */
export async function bindTables(
  connection: DuckDBConnection,
  sql: string,
  resolve: TableResolver,
  use: "result" | "source",
): Promise<string> {
  return bindWithin({ connection, resolve, use, names: [], bound: new Map() }, sql);
}

/** A query that is being bound, maybe inside others; `names` are the views around it. */
interface Binding {
  readonly connection: DuckDBConnection;
  readonly resolve: TableResolver;
  readonly use: "result" | "source";
  readonly names: readonly string[];
  /** The names of views and rows that are bound already, so that a view that others name is bound once. */
  readonly bound: Map<string, string>;
}

async function bindWithin(binding: Binding, sql: string): Promise<string> {
  const { connection, resolve, use } = binding;
  const serialized = await serializeSql(connection, sql, "INVALID_QUERY");
  const views = new Map<string, string | undefined>();
  // A session may bind several queries: the views of one must not replace those of another.
  const prefix = `delta_table_${randomUUID().replaceAll("-", "")}`;
  for (const reference of mergeReferences(referencesOfQuery(serialized))) {
    const relation = await resolve(reference);
    const name = `${prefix}_${views.size}`;
    views.set(referenceKey(reference), relation && (await boundName(binding, reference, name, relation)));
  }
  const tree = replaceTables(serialized, (reference) => views.get(referenceKey(reference)));
  const code = use === "source" ? "INVALID_VALUE" : "INVALID_PREDICATE";
  await assertNoCutText(connection, tree, code);
  if (mayCompareTexts(sql)) await refuseCutsByComparisons(connection, tree, code);
  if (use === "source") await refuseCutsByCasts(connection, tree);
  return sqlOfTree(connection, tree);
}

/** @throws DeltaError `INVALID_PREDICATE` for a text that is not one complete ORDER BY list. */
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

/** The name of a relation in this connection. A table is bound for each reference, since filters prune its files. */
async function boundName(
  binding: Binding,
  reference: TableReference,
  name: string,
  relation: NamedRelation,
): Promise<string> {
  const key = referenceKey(reference);
  const known = binding.bound.get(key);
  if (known !== undefined && !("files" in relation)) return known;
  await createView(binding, reference.name, name, relation);
  binding.bound.set(key, name);
  return name;
}

/** @param asked its name in the query. */
async function createView(
  binding: Binding,
  asked: string,
  name: string,
  relation: NamedRelation,
): Promise<void> {
  const { connection } = binding;
  const create = async (select: string, files: readonly string[]): Promise<void> => {
    try {
      await connection.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS ${select}`);
    } catch (error) {
      throw await queryError(connection, "INVALID_QUERY", error, files);
    }
  };
  if ("view" in relation) await create(await bindView(binding, asked, relation.view), []);
  else if ("rows" in relation) await create(await stagedSelect(connection, relation), []);
  else await create(await tableSelect(connection, relation), filesOf(relation));
}

/** @throws DeltaError `INVALID_QUERY` for views that name each other. */
async function bindView(binding: Binding, asked: string, sql: string): Promise<string> {
  const names = [...binding.names, asked.toLowerCase()];
  if (binding.names.includes(asked.toLowerCase()))
    throw new DeltaError("INVALID_QUERY", `Views name each other in a circle: ${names.join(", then ")}`);
  return bindWithin({ ...binding, names }, sql);
}

async function tableSelect(connection: DuckDBConnection, relation: Relation): Promise<string> {
  try {
    return `SELECT * FROM ${await relationSql(connection, relation)}`;
  } catch (error) {
    throw await queryError(connection, "INVALID_QUERY", error, filesOf(relation));
  }
}

function filesOf(relation: Relation): readonly string[] {
  return relation.files.map((file) => file.localPath);
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
