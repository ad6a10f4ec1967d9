import { DuckDBTypeId } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";

import { DeltaError } from "../../errors.ts";
import { isFinerThanMicros } from "../../statistics/literal.ts";
import { isTooFine, mayCutTimes, tooFineMessage } from "../exact-times.ts";
import type { CutTimeCode } from "../exact-times.ts";
import { quoteText } from "../sql-text.ts";
import { mayCompareTexts, refuseCutsByComparisons } from "./compared-texts.ts";
import { withMembersCompared } from "./member-comparisons.ts";
import { serializeFilter, serializeTemplate, sqlOfTree } from "./query-text.ts";
import { selectOf } from "./query-tree.ts";
import { isNode } from "./syntax-tree.ts";
import type { Node } from "./syntax-tree.ts";
import { parseTreeToReturn } from "./syntax-tree.ts";

// A cast to a timestamp silently cuts a time to microseconds. No table holds a finer time, so SQL with one is refused:
// a text literal when the query is bound, any other value when it is cast.

/**
 * Refuses a query in which the text of a time finer than a microsecond becomes a timestamp, by a cast or beside one.
 *
 * @param tree a statement whose tables the connection knows.
 */
export async function assertNoCutText(
  connection: DuckDBConnection,
  tree: Node,
  code: CutTimeCode,
): Promise<void> {
  if (fineTexts(tree).length === 0) return;
  const compared = withMembersCompared(tree);
  for (const found of fineTexts(compared)) {
    if (!(await becomesTimestamp(connection, compared, found))) continue;
    throw new DeltaError(
      code,
      `'${found.text}' has more than six decimals of a second, and times in tables have at most six: give it in microseconds`,
    );
  }
}

/** Makes each cast to a timestamp in a tree fail for a value that it would cut. The tree is changed in place. */
export async function refuseCutsByCasts(connection: DuckDBConnection, tree: Node): Promise<boolean> {
  const casts = castsToTimestamp(tree);
  if (casts.length === 0) return false;
  const templateOf = async (cast: string): Promise<string> => serializeTemplate(connection, `SELECT ${cast}`);
  const ofValue = await templateOf(exactCast);
  const ofColumn = await templateOf(exactCastOfColumn);
  // The innermost first, so that an outer cast gets the changed inner one as its child.
  for (const cast of casts.toReversed()) {
    const { child, cast_type, try_cast, alias } = cast;
    const isOfColumn = isNode(child) && child["class"] === "COLUMN_REF";
    const expression = expressionOf(parseTreeToReturn(isOfColumn ? ofColumn : ofValue));
    visit(expression, (node) => {
      if (isColumn(node, childName)) replace(node, isOfColumn ? { ...child } : child);
      else if (isNode(node["cast_type"]) && node["cast_type"]["id"] === "TIMESTAMP")
        Object.assign(node, { cast_type, try_cast });
    });
    replace(cast, { ...expression, alias });
  }
  return true;
}

/**
 * An expression over a FROM item in which no literal, cast or comparison cuts a time.
 *
 * @throws DeltaError of the code for a text that would be cut.
 */
export async function exactExpression(
  connection: DuckDBConnection,
  expression: string,
  from: string,
  code: CutTimeCode,
): Promise<string> {
  if (!mayCutTimes(expression) && !mayCompareTexts(expression)) return expression;
  const tree = parseTreeToReturn(await serializeFilter(connection, from, expression));
  if (!isNode(tree)) return expression;
  const select = selectNodeOf(tree);
  // The expression as a value: a condition is one too.
  Object.assign(select, { select_list: [select["where_clause"]], where_clause: null });
  await assertNoCutText(connection, tree, code);
  const isCast = await refuseCutsByCasts(connection, tree);
  const isCompared = await refuseCutsByComparisons(connection, tree, code);
  if (!isCast && !isCompared) return expression;
  const empty = parseTreeToReturn(await serializeTemplate(connection, "SELECT 1"));
  Object.assign(select, { from_table: selectNodeOf(empty)["from_table"] });
  return (await sqlOfTree(connection, tree)).replace(/^SELECT /, "");
}

const childName = "__cut_child";
const given = "__cut_given";
/** As a list of one value, so that the value is computed once. */
const exactCast = `list_transform([${childName}], lambda ${given}: ${checkedCast(given)})[1]`;
/** A column need not be computed: where its type has no finer times, the engine leaves the check out of its plan. */
const exactCastOfColumn = checkedCast(childName);

function checkedCast(value: string): string {
  const message = `${quoteText(tooFineMessage)} || ${value}::VARCHAR`;
  return `CASE WHEN ${isTooFine(value)} THEN error(${message}) ELSE CAST(${value} AS TIMESTAMP) END`;
}

interface FineText {
  readonly constant: Node;
  readonly text: string;
  /** What the nearest cast around it casts to. */
  readonly castType: unknown;
  /** Whether that cast has nothing but the text in it. */
  readonly isCast: boolean;
}

function fineTexts(tree: Node): readonly FineText[] {
  const found: FineText[] = [];
  const look = (value: unknown, castType: unknown, isCast: boolean): void => {
    if (Array.isArray(value)) for (const item of value) look(item, castType, false);
    if (!isNode(value)) return;
    const text = textOf(value);
    if (text !== undefined && isFinerThanMicros(text))
      found.push({ constant: value, text, castType, isCast });
    const cast = value["class"] === "CAST" ? value["cast_type"] : undefined;
    for (const inner of Object.values(value)) look(inner, cast ?? castType, cast !== undefined);
  };
  look(tree, undefined, false);
  return found;
}

function textOf(node: Node): string | undefined {
  const value = node["class"] === "CONSTANT" ? node["value"] : undefined;
  const content = isNode(value) ? value["value"] : undefined;
  return typeof content === "string" ? content : undefined;
}

/** Puts a parameter in place of the text: the engine then says which type it needs there. */
async function becomesTimestamp(
  connection: DuckDBConnection,
  tree: Node,
  { constant, castType, isCast }: FineText,
): Promise<boolean> {
  if (isCast) return isTimestamp(castType);
  const statement = Array.isArray(tree["statements"]) ? tree["statements"].find(isNode) : undefined;
  const original = { ...constant };
  replace(constant, { ...parameter, alias: original["alias"] });
  Object.assign(statement ?? {}, { named_param_map: [{ key: "1", value: 1 }] });
  try {
    const type = await parameterType(connection, await sqlOfTree(connection, tree));
    return type === undefined ? isTimestamp(castType) : timestampIds.has(type);
  } finally {
    replace(constant, original);
    Object.assign(statement ?? {}, { named_param_map: [] });
  }
}

const parameter = { class: "PARAMETER", type: "VALUE_PARAMETER", identifier: "1" };
const timestampIds: ReadonlySet<DuckDBTypeId> = new Set([DuckDBTypeId.TIMESTAMP, DuckDBTypeId.TIMESTAMP_TZ]);

/** `undefined` when the engine leaves the type open, or the query is wrong: the engine says so when it runs. */
async function parameterType(connection: DuckDBConnection, sql: string): Promise<DuckDBTypeId | undefined> {
  try {
    const prepared = await connection.prepare(sql);
    try {
      return prepared.parameterType(1).typeId;
    } finally {
      prepared.destroySync();
    }
  } catch {
    return undefined;
  }
}

/** Casts of anything except constants, outer ones first. The arguments of a table function are left alone. */
function castsToTimestamp(tree: Node): readonly Node[] {
  const casts: Node[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) look(item);
    if (!isNode(value) || value["type"] === "TABLE_FUNCTION") return;
    const { child } = value;
    if (value["class"] === "CAST" && isTimestamp(value["cast_type"]) && isNode(child) && mayBeFiner(child))
      casts.push(value);
    for (const inner of Object.values(value)) look(inner);
  };
  look(tree);
  return casts;
}

function mayBeFiner({ class: kind, cast_type: castType }: Node): boolean {
  if (kind === "CONSTANT") return false;
  return kind !== "CAST" || !isNode(castType) || !coarseTypes.has(castType["id"]);
}

const coarseTypes: ReadonlySet<unknown> = new Set(["DATE", "TIMESTAMP_S", "TIMESTAMP_MS"]);
const timestampNames: ReadonlySet<unknown> = new Set(["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]);

/** Whether a type is that of times in microseconds, or has one inside. */
function isTimestamp(type: unknown): boolean {
  if (Array.isArray(type)) return type.some(isTimestamp);
  return isNode(type) && (timestampNames.has(type["id"]) || Object.values(type).some(isTimestamp));
}

function isColumn(node: Node, name: string): boolean {
  const path = node["column_names"];
  return Array.isArray(path) && path.length === 1 && path[0] === name;
}

function visit(value: unknown, each: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, each);
  if (!isNode(value)) return;
  for (const inner of Object.values(value)) visit(inner, each);
  each(value);
}

function replace(node: Node, other: unknown): void {
  for (const key of Object.keys(node)) Reflect.deleteProperty(node, key);
  Object.assign(node, other);
}

function selectNodeOf(tree: unknown): Node {
  return selectOf(tree, "INVALID_QUERY");
}

/** The one expression of a SELECT. */
function expressionOf(tree: unknown): Node {
  const list = selectNodeOf(tree)["select_list"];
  const [expression]: unknown[] = Array.isArray(list) ? list : [];
  return isNode(expression) ? expression : {};
}
