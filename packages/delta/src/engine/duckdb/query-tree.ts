import { DeltaError } from "../../errors.ts";
import { unknownPredicate } from "../../statistics/predicate.ts";
import type { Predicate } from "../../statistics/predicate.ts";
import type { JoinCondition, TableReference, TableVersion } from "../engine.ts";
import { columnOf, toLiteral, toPredicate } from "./node-predicate.ts";
import type { Owns } from "./node-predicate.ts";
import { isNode, parseTree, parseTreeToReturn } from "./syntax-tree.ts";
import type { Node } from "./syntax-tree.ts";

/**
 * The filters of a parsed query, from the engine's own syntax tree in JSON (`json_serialize_sql`). So planning and running
 * share one grammar.
 */
export function predicateOfWhere(serialized: string): Predicate {
  const node = selectNode(serialized, "INVALID_PREDICATE");
  const where = node["where_clause"];
  if (node["type"] !== "SELECT_NODE" || !isNode(where) || hasModifiers(node)) {
    throw new DeltaError("INVALID_PREDICATE", "The filter must be one SQL expression, such as close > 100");
  }
  return toPredicate(where, () => true);
}

/** Whether an expression has a SELECT within it. */
export function hasSubquery(serialized: string): boolean {
  const json = parseTree(serialized);
  const within = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(within);
    if (!isNode(value)) return false;
    return value["class"] === "SUBQUERY" || Object.values(value).some(within);
  };
  return within(json);
}

/** The columns that an expression reads, in lower case. For a member of a struct it is the struct. */
export function columnsWithin(expression: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isNode(value)) return;
    const { column_names: path } = value;
    if (Array.isArray(path) && path.length > 0) names.add(String(path[0]).toLowerCase());
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(expression);
  return names;
}

/** The syntax tree of an expression that was given as a filter. */
export function filterOf(serialized: string): unknown {
  return selectNode(serialized, "INVALID_PREDICATE")["where_clause"];
}

/** The names of the functions in an expression, and of everything that looks like a column, in lower case. */
export function namesWithin(serialized: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isNode(value)) return;
    const { function_name: called, column_names: path } = value;
    if (typeof called === "string") names.add(called.toLowerCase());
    if (Array.isArray(path) && path.length === 1) names.add(String(path[0]).toLowerCase());
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(parseTree(serialized));
  return names;
}

/** The condition of a join of two tables known by these names, given as a WHERE over both. */
export function joinConditionOf(serialized: string, left: string, right: string): JoinCondition {
  const node = selectNode(serialized, "INVALID_PREDICATE");
  const where = node["where_clause"];
  if (node["type"] !== "SELECT_NODE" || !isNode(where) || hasModifiers(node)) {
    throw new DeltaError("INVALID_PREDICATE", "The condition of a join must be one SQL expression");
  }
  const keys = conjunctsOf(where).flatMap((conjunct) => {
    if (conjunct["type"] !== "COMPARE_EQUAL") return [];
    const sides = [
      { left: columnOf(conjunct["left"], ownedBy(left)), right: columnOf(conjunct["right"], ownedBy(right)) },
      { left: columnOf(conjunct["right"], ownedBy(left)), right: columnOf(conjunct["left"], ownedBy(right)) },
    ];
    return sides.flatMap((side) =>
      side.left === undefined || side.right === undefined ? [] : [{ left: side.left, right: side.right }],
    );
  });
  return { keys, leftPredicate: toPredicate(where, ownedBy(left)) };
}

function ownedBy(name: string): Owns {
  return (path) => path.length === 2 && path[0]?.toLowerCase() === name.toLowerCase();
}

function conjunctsOf(node: Node): Node[] {
  if (node["type"] !== "CONJUNCTION_AND") return [node];
  const children = Array.isArray(node["children"]) ? node["children"].filter(isNode) : [];
  return children.flatMap(conjunctsOf);
}

/** Every table that a query names, with the filters that hold for all rows it can take from it. */
export function referencesOfQuery(serialized: string): TableReference[] {
  const references: TableReference[] = [];
  visitTables(selectNode(serialized, "INVALID_QUERY"), new Set(), (reference) => {
    references.push(reference);
    return undefined;
  });
  return references;
}

/** The tree of a query with the named tables replaced by relations of other names, known to it under their old ones. */
export function replaceTables(
  serialized: string,
  nameOf: (reference: TableReference) => string | undefined,
): Node {
  const tree = parseTreeToReturn(serialized);
  if (!isNode(tree)) throw new DeltaError("INVALID_QUERY", "The query could not be parsed");
  visitTables(tree, new Set(), nameOf);
  return tree;
}

/**
 * The one SELECT of a serialized query.
 *
 * @throws DeltaError of this code when it could not be parsed or is anything else.
 */
export function selectNode(serialized: string, code: "INVALID_PREDICATE" | "INVALID_QUERY"): Node {
  return selectOf(parseTree(serialized), code);
}

/** The same for a tree. */
export function selectOf(tree: unknown, code: "INVALID_PREDICATE" | "INVALID_QUERY"): Node {
  if (!isNode(tree)) throw new DeltaError(code, "The query could not be parsed");
  if (tree["error"] === true) {
    const message = String(tree["error_message"]);
    throw message.includes("Only SELECT statements")
      ? new DeltaError(code, "One SELECT is expected: tables cannot be changed by SQL here")
      : new DeltaError(
          code,
          `The SQL could not be read: ${message.replace("at end of input", "at its end: something is missing there")}`,
        );
  }
  const statements = tree["statements"];
  const first: unknown = Array.isArray(statements) && statements.length === 1 ? statements[0] : undefined;
  const node = isNode(first) ? first["node"] : undefined;
  if (!isNode(node)) throw new DeltaError(code, "One SELECT is expected");
  return node;
}

function hasModifiers(node: Node): boolean {
  const modifiers = node["modifiers"];
  return Array.isArray(modifiers) && modifiers.length > 0;
}

type TableVisitor = (reference: TableReference) => string | undefined;

/**
 * Walks the whole tree. A SELECT gives its tables the conjuncts of its own WHERE that name only them; tables on the
 * side of an outer join that may be filled with nulls get none. Names that a WITH introduces are no tables. A table
 * for which the visitor returns a name is renamed in place.
 */
function visitTables(value: unknown, commonTables: ReadonlySet<string>, visit: TableVisitor): void {
  if (Array.isArray(value)) {
    for (const item of value) visitTables(item, commonTables, visit);
    return;
  }
  if (!isNode(value)) return;
  let names = commonTables;
  for (const { name, definition } of commonTablesOf(value)) {
    const withItself = new Set([...names, name]);
    // Only a recursive definition can name itself. Any other definition that does means a table of that name.
    visitTables(definition, isRecursive(definition) ? withItself : names, visit);
    names = withItself;
  }
  if (value["type"] === "SELECT_NODE") visitFrom(value, names, visit);
  for (const [key, child] of Object.entries(value)) {
    if (key !== "cte_map" && typeof child === "object" && child !== null) visitTables(child, names, visit);
  }
}

function visitFrom(select: Node, commonTables: ReadonlySet<string>, visit: TableVisitor): void {
  const from = select["from_table"];
  const where = select["where_clause"];
  const tables = fromTables(from, true);
  const isOnly = tables.length === 1 && isBaseTable(from);
  for (const table of tables) {
    if (table.schema === "" && commonTables.has(table.name.toLowerCase())) continue;
    const owns = (path: readonly string[]): boolean => ownsColumn(path, table, isOnly);
    const replacement = visit({
      name: [table.catalog, table.schema, table.name].filter((part) => part !== "").join("."),
      at: table.at,
      predicate: table.filterable && isNode(where) ? toPredicate(where, owns) : unknownPredicate,
    });
    if (replacement !== undefined) {
      Object.assign(table.node, {
        catalog_name: "",
        schema_name: "",
        table_name: replacement,
        alias: table.alias,
        at_clause: null,
      });
    }
  }
}

interface FromTable {
  readonly node: Node;
  readonly name: string;
  readonly schema: string;
  readonly catalog: string;
  readonly alias: string;
  readonly at: TableVersion | undefined;
  readonly filterable: boolean;
}

function isBaseTable(value: unknown): boolean {
  return isNode(value) && value["type"] === "BASE_TABLE";
}

interface CommonTable {
  readonly name: string;
  readonly definition: Node;
}

/** The common tables of a WITH, in order: each may name those before it. */
function commonTablesOf(node: Node): CommonTable[] {
  const cteMap = node["cte_map"];
  const entries = isNode(cteMap) ? cteMap["map"] : undefined;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) =>
    isNode(entry) && typeof entry["key"] === "string" && isNode(entry["value"])
      ? [{ name: entry["key"].toLowerCase(), definition: entry["value"] }]
      : [],
  );
}

function isRecursive(definition: Node): boolean {
  const query = definition["query"];
  const node = isNode(query) ? query["node"] : undefined;
  return isNode(node) && node["type"] === "RECURSIVE_CTE_NODE";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function fromTables(from: unknown, filterable: boolean): FromTable[] {
  if (!isNode(from)) return [];
  if (from["type"] === "BASE_TABLE") {
    const name = String(from["table_name"]);
    const alias = typeof from["alias"] === "string" && from["alias"] !== "" ? from["alias"] : name;
    // Renamed columns would be taken for others; a sample must be drawn from the whole.
    const renames = from["column_name_alias"];
    const isPlain = (!Array.isArray(renames) || renames.length === 0) && !isNode(from["sample"]);
    return [
      {
        node: from,
        name,
        schema: textOf(from["schema_name"]),
        catalog: textOf(from["catalog_name"]),
        alias,
        at: versionOf(from["at_clause"]),
        filterable: filterable && isPlain,
      },
    ];
  }
  if (from["type"] === "JOIN") {
    // A filter on the null-filled side of an outer join could hold for rows that only pruning made null, and an as-of
    // join picks its match on the right before the filter looks at it.
    const join = from["join_type"];
    const kind = from["ref_type"];
    const isRegular = kind === "REGULAR" || kind === "CROSS" || kind === "NATURAL";
    const inner = join === "INNER" || join === "SEMI";
    return [
      ...fromTables(from["left"], filterable && (isRegular || kind === "ASOF") && (inner || join === "LEFT")),
      ...fromTables(from["right"], filterable && isRegular && (inner || join === "RIGHT")),
    ];
  }
  return [];
}

function versionOf(at: unknown): TableVersion | undefined {
  if (!isNode(at)) return undefined;
  const expression = at["expr"] ?? at["expression"];
  const literal = isNode(expression) ? toLiteral(expression) : undefined;
  if (literal === undefined) throw new DeltaError("INVALID_QUERY", "AT takes a literal version or timestamp");
  return String(at["unit"]).toUpperCase() === "VERSION"
    ? { kind: "version", version: Number(literal.text) }
    : { kind: "timestamp", timestamp: literal.text };
}

function ownsColumn(path: readonly string[], table: FromTable, isOnly: boolean): boolean {
  if (path.length === 1) return isOnly;
  const qualifier = path[path.length - 2]?.toLowerCase();
  return path.length === 2 && qualifier === table.alias.toLowerCase();
}
