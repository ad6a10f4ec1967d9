import { DuckDBTypeId } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";

import { DeltaError } from "../../errors.ts";
import { isTooFine, tooFineMessage } from "../exact-times.ts";
import type { CutTimeCode } from "../exact-times.ts";
import { quoteText } from "../sql-text.ts";
import { serializeTemplate, sqlOfTree } from "./query-text.ts";
import { selectOf } from "./query-tree.ts";
import { isNode } from "./syntax-tree.ts";
import type { Node } from "./syntax-tree.ts";
import { parseTreeToReturn } from "./syntax-tree.ts";

// To test whether a text equals a timestamp, the engine casts the text and silently cuts it to microseconds. It does so for
// =, <>, IS DISTINCT FROM, IN, CASE x WHEN, nullif and USING. It refuses <, <=, > and >=.

/** Whether SQL may have such a comparison. */
export function mayCompareTexts(sql: string): boolean {
  return /=|<>|\b(?:in|case|distinct|nullif|using|natural)\b/i.test(sql);
}

/**
 * Makes each comparison of a text with a timestamp fail for a text that would be cut. A join by USING or NATURAL has no place
 * for such a check, so it may not compare the two at all. The tree is changed in place. Text literals are checked elsewhere.
 *
 * @param tree a statement whose tables the connection knows.
 * @returns whether the tree was changed.
 * @throws DeltaError of the code for a join by USING or NATURAL.
 */
export async function refuseCutsByComparisons(
  connection: DuckDBConnection,
  tree: Node,
  code: CutTimeCode,
): Promise<boolean> {
  await assertJoinsByName(connection, tree, code);
  const comparisons = comparisonsWithin(tree);
  if (comparisons.length === 0) return false;
  const types = await operandTypes(connection, tree);
  const texts = comparisons.flatMap(({ operands }, index) => {
    const typed = operands.map((operand, place) => ({ operand, type: types[index]?.[place] }));
    if (!typed.some(({ type }) => isTimestamp(type))) return [];
    return typed.filter(({ type }) => type === DuckDBTypeId.VARCHAR).map(({ operand }) => operand);
  });
  if (texts.length === 0) return false;
  const template = await serializeTemplate(connection, `SELECT ${checkedText}`);
  // The innermost first: the text of an outer one then holds an inner one with its check.
  for (const text of texts.toReversed()) {
    const original = { ...text };
    const [expression] = selectListOf(parseTreeToReturn(template));
    if (expression === undefined) continue;
    for (const node of nodesWithin(expression)) if (isColumn(node, given)) replace(node, original);
    replace(text, { ...expression, alias: original["alias"] });
  }
  return true;
}

const given = "__compared_text";
const checked = "__compared_given";
/** As a list of one value, so that the value is computed once. */
const checkedText =
  `list_transform([${given}], lambda ${checked}: CASE WHEN ${isTooFine(checked)} ` +
  `THEN error(${quoteText(tooFineMessage)} || ${checked}::VARCHAR) ELSE ${checked} END)[1]`;

const equalities: ReadonlySet<unknown> = new Set([
  "COMPARE_EQUAL",
  "COMPARE_NOTEQUAL",
  "COMPARE_DISTINCT_FROM",
  "COMPARE_NOT_DISTINCT_FROM",
]);
const lists: ReadonlySet<unknown> = new Set(["COMPARE_IN", "COMPARE_NOT_IN"]);

interface Equality {
  /** The operands that are not constants: two or more. */
  readonly operands: readonly Node[];
  /** Which SELECT it belongs to. */
  readonly scope: number;
}

/** From the outside in. A CASE with a value has an equality for each WHEN. */
function comparisonsWithin(tree: Node): readonly Equality[] {
  let scope = 0;
  return nodesWithin(tree).flatMap((node): Equality[] => {
    if (node["type"] === "SELECT_NODE") scope += 1;
    const operands = operandsOf(node).filter((operand) => operand["class"] !== "CONSTANT");
    return operands.length > 1 ? [{ operands, scope }] : [];
  });
}

function operandsOf({
  class: kind,
  type,
  left,
  right,
  children,
  function_name: called,
}: Node): readonly Node[] {
  if (kind === "COMPARISON" && equalities.has(type)) return [left, right].filter(isNode);
  const isList = lists.has(type) || (kind === "FUNCTION" && called === "nullif");
  return isList && Array.isArray(children) ? children.filter(isNode) : [];
}

/**
 * The types of the operands. In a copy of the tree each operand becomes `coalesce(operand, $1)`. The engine then reports the
 * type of the parameter, which is the type of the operand.
 */
async function operandTypes(
  connection: DuckDBConnection,
  tree: Node,
): Promise<readonly (readonly (DuckDBTypeId | undefined)[])[]> {
  const copy = parseTreeToReturn(JSON.stringify(tree));
  if (!isNode(copy)) return [];
  const template = await serializeTemplate(connection, `SELECT coalesce(${given}, $1)`);
  const [probe] = selectListOf(parseTreeToReturn(template));
  const parameter = nodesWithin(probe).find((node) => node["class"] === "PARAMETER");
  const names = new Map<string, string>();
  const named = comparisonsWithin(copy).map(({ operands, scope }) =>
    operands.map((operand) => {
      // The same expression has the same parameter: a GROUP BY must still find it.
      const key = `${scope} ${textOf(operand)}`;
      const identifier = names.get(key) ?? String(names.size + 1);
      names.set(key, identifier);
      return { operand, identifier };
    }),
  );
  for (const { operand, identifier } of named.flat()) {
    const children = [{ ...operand }, { ...parameter, identifier }];
    replace(operand, { ...probe, alias: operand["alias"], children });
  }
  const statement = Array.isArray(copy["statements"]) ? copy["statements"].find(isNode) : undefined;
  Object.assign(statement ?? {}, {
    named_param_map: [...names.values()].map((key) => ({ key, value: Number(key) })),
  });
  const types = await parameterTypes(connection, await sqlOfTree(connection, copy));
  return named.map((operands) => operands.map(({ identifier }) => types.get(identifier)));
}

/** Types by the name of the parameter; none when the query is wrong, since the engine says so when it runs. */
function parameterTypes(
  connection: DuckDBConnection,
  sql: string,
): Promise<ReadonlyMap<string, DuckDBTypeId>> {
  return preparedTypes(connection, sql, (prepared) =>
    Array.from({ length: prepared.parameterCount }, (_, index) => [
      prepared.parameterName(index + 1),
      prepared.parameterType(index + 1).typeId,
    ]),
  );
}

async function assertJoinsByName(connection: DuckDBConnection, tree: Node, code: CutTimeCode): Promise<void> {
  const joins = nodesWithin(tree).filter(
    ({ type, using_columns: using, ref_type: kind }) =>
      type === "JOIN" && (kind === "NATURAL" || (Array.isArray(using) && using.length > 0)),
  );
  if (joins.length === 0) return;
  const template = await serializeTemplate(connection, "SELECT * FROM t");
  const commonTables = nodesWithin(tree).flatMap(commonTablesOf);
  const columnsOf = async (from: unknown): Promise<ReadonlyMap<string, DuckDBTypeId>> => {
    const select = parseTreeToReturn(template);
    Object.assign(selectOf(select, "INVALID_QUERY"), { from_table: from, cte_map: { map: commonTables } });
    return isNode(select) ? columnTypes(connection, await sqlOfTree(connection, select)) : new Map();
  };
  for (const { using_columns: using, ref_type: kind, left, right } of joins) {
    const [ofLeft, ofRight] = [await columnsOf(left), await columnsOf(right)];
    const names = kind === "NATURAL" ? [...ofLeft.keys()] : Array.isArray(using) ? using.map(String) : [];
    for (const name of names) {
      const types = [ofLeft.get(name.toLowerCase()), ofRight.get(name.toLowerCase())];
      if (!types.some(isTimestamp) || !types.includes(DuckDBTypeId.VARCHAR)) continue;
      throw new DeltaError(
        code,
        `${kind === "NATURAL" ? "A natural join" : `USING (${name})`} compares "${name}" as a text with "${name}" as a timestamp: ` +
          "cast one of them, or join ON",
      );
    }
  }
}

function commonTablesOf({ cte_map: commonTables }: Node): readonly unknown[] {
  const entries = isNode(commonTables) ? commonTables["map"] : undefined;
  return Array.isArray(entries) ? entries : [];
}

/** Types by the lower-case name of the column; none for a part of a query that cannot run alone. */
function columnTypes(connection: DuckDBConnection, sql: string): Promise<ReadonlyMap<string, DuckDBTypeId>> {
  return preparedTypes(connection, sql, (prepared) =>
    Array.from({ length: prepared.columnCount }, (_, index) => [
      prepared.columnName(index).toLowerCase(),
      prepared.columnTypeId(index),
    ]),
  );
}

async function preparedTypes(
  connection: DuckDBConnection,
  sql: string,
  typesOf: (prepared: DuckDBPreparedStatement) => readonly (readonly [string, DuckDBTypeId])[],
): Promise<ReadonlyMap<string, DuckDBTypeId>> {
  try {
    const prepared = await connection.prepare(sql);
    const types = new Map(typesOf(prepared));
    prepared.destroySync();
    return types;
  } catch {
    return new Map();
  }
}

function isTimestamp(type: DuckDBTypeId | undefined): boolean {
  return type === DuckDBTypeId.TIMESTAMP || type === DuckDBTypeId.TIMESTAMP_TZ;
}

/** A key that is equal for two occurrences of one expression. */
function textOf(operand: Node): string {
  return JSON.stringify(operand, (key, value: unknown) => (key === "query_location" ? undefined : value));
}

function selectListOf(tree: unknown): readonly Node[] {
  const list = selectOf(tree, "INVALID_QUERY")["select_list"];
  return Array.isArray(list) ? list.filter(isNode) : [];
}

/** All nodes of a tree, each before those inside it. The arguments of a table function, which may have names, are left alone. */
function nodesWithin(tree: unknown): readonly Node[] {
  const nodes: Node[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) look(item);
    if (!isNode(value)) return;
    nodes.push(value);
    if (value["type"] === "TABLE_FUNCTION") return;
    for (const inner of Object.values(value)) look(inner);
  };
  look(tree);
  return nodes;
}

function isColumn({ column_names: path }: Node, name: string): boolean {
  return Array.isArray(path) && path.length === 1 && path[0] === name;
}

function replace(node: Node, other: Node): void {
  for (const key of Object.keys(node)) Reflect.deleteProperty(node, key);
  Object.assign(node, other);
}
