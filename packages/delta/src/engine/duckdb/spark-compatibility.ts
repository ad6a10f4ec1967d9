import type { DataType } from "../../protocol/schema.ts";

/** A node of the engine's syntax tree. */
type Node = Readonly<Record<string, unknown>>;

/**
 * The part of an expression that Spark lacks or evaluates differently; `undefined` without one. Every writer evaluates the
 * rules of a table, with the same result. A part that is not known to be the same counts as different.
 *
 * Values at the edge of a type are not considered, such as an overflow, a division by zero, or the root of a negative number.
 *
 * Source: "SQL Reference" of Spark 4, its `FunctionRegistry`; DuckDB's `duckdb_functions()`.
 *
 * @param typeOf the type of a column, by its name.
 */
export function foreignPart(
  expression: unknown,
  typeOf: (name: string) => DataType | undefined,
): string | undefined {
  if (Array.isArray(expression)) return firstOf(expression, (item) => foreignPart(item, typeOf));
  if (!isNode(expression)) return undefined;
  const own = foreignItself(expression, typeOf);
  return own ?? firstOf(Object.values(expression), (inner) => foreignPart(inner, typeOf));
}

function foreignItself(node: Node, typeOf: (name: string) => DataType | undefined): string | undefined {
  switch (node["class"]) {
    case "FUNCTION":
      return foreignCall(String(node["function_name"]).toLowerCase(), childrenOf(node));
    case "OPERATOR":
      return String(node["type"]).startsWith("ARRAY_")
        ? "a subscript, counted from 1 here and from 0 there"
        : undefined;
    case "CAST":
      return foreignCast(node, typeOf);
    case "COLLATE":
      return "COLLATE";
    case "LAMBDA":
      return "a lambda";
    default:
      return undefined;
  }
}

function foreignCall(name: string, given: readonly unknown[]): string | undefined {
  switch (name) {
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case "||":
      return undefined;
    case "~~":
    case "!~~": {
      const pattern = constantOf(given[1]);
      const isPlain = typeof pattern === "string" && !pattern.includes("\\");
      return isPlain ? undefined : "LIKE with a backslash, or with no text, as its pattern";
    }
    // The parser turns EXTRACT into this.
    case "date_part": {
      const part = constantOf(given[0]);
      return typeof part === "string" && sharedParts.has(part.toLowerCase())
        ? undefined
        : `EXTRACT of ${String(part)}`;
    }
    case "trim":
    case "ltrim":
    case "rtrim":
      return given.length === 1 ? undefined : `${name} of characters, which stand on the other side there`;
    case "substr":
    case "substring":
    case "left":
    case "right":
    case "lpad":
    case "rpad":
    case "repeat": {
      const counts = given.slice(1).map(constantOf);
      const places = name === "lpad" || name === "rpad" ? counts.slice(0, 1) : counts;
      return places.every((count) => typeof count === "number" && count >= 1)
        ? undefined
        : `${name} with a place or a length that is not a number from 1 on`;
    }
    default:
      return sharedFunctions.has(name) ? undefined : name;
  }
}

/** Casts round in DuckDB and truncate in Spark; the two write numbers and times differently as text. */
function foreignCast(node: Node, typeOf: (name: string) => DataType | undefined): string | undefined {
  const { cast_type: castType, child } = node;
  const target = isNode(castType) ? String(castType["id"]) : "";
  const path = isNode(child) && Array.isArray(child["column_names"]) ? child["column_names"] : [];
  // A member of a struct may have the name of a column.
  const from = path.length === 1 ? typeOf(String(path[0])) : undefined;
  const isWhole = typeof from === "string" && /^(?:long|integer|short|byte)$/.test(from);
  if (target.endsWith("INT") || target === "INTEGER")
    return isWhole || typeof constantOf(child) === "number"
      ? undefined
      : "a cast to whole numbers, which rounds here and truncates there";
  if (target === "VARCHAR")
    return isWhole || from === "string" || from === "date" || from === "boolean"
      ? undefined
      : "a cast to text";
  return sharedCasts.has(target) ? undefined : `a cast to ${target}`;
}

const sharedCasts: ReadonlySet<string> = new Set([
  "BOOLEAN",
  "DATE",
  "DECIMAL",
  "DOUBLE",
  "FLOAT",
  "TIMESTAMP",
  "TIMESTAMP WITH TIME ZONE",
]);

/** Not the seconds, which have fractions in Spark. */
const sharedParts: ReadonlySet<string> = new Set(["year", "quarter", "month", "day", "hour", "minute"]);

function childrenOf(node: Node): readonly unknown[] {
  const { children } = node;
  return Array.isArray(children) ? children : [];
}

function constantOf(node: unknown): unknown {
  const value = isNode(node) && node["class"] === "CONSTANT" ? node["value"] : undefined;
  return isNode(value) ? value["value"] : undefined;
}

function firstOf<Item>(items: readonly Item[], look: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Functions that give the same result in both for all arguments.
 *
 * Left out, although both have them: `log` (natural in Spark, to the base of 10 in DuckDB), `concat` (null there when a part is null),
 * `dayofweek` and `weekday` (counted from another day), `regexp_replace` (every match, or the first), `regexp_extract`
 * (another group), `split` (by an expression, or a text), `hash`, `typeof`, `decode`.
 */
const sharedFunctions: ReadonlySet<string> = new Set([
  "abs",
  "acos",
  "acosh",
  "array_contains",
  "asin",
  "asinh",
  "atan",
  "atan2",
  "atanh",
  "bit_count",
  "bit_length",
  "cbrt",
  "ceil",
  "ceiling",
  "char_length",
  "character_length",
  "contains",
  "cos",
  "cosh",
  "cot",
  "date_trunc",
  "day",
  "dayofmonth",
  "dayofyear",
  "degrees",
  "exp",
  "floor",
  "greatest",
  "hour",
  "instr",
  "isnan",
  "last_day",
  "lcase",
  "least",
  "left",
  "length",
  "levenshtein",
  "ln",
  "log10",
  "log2",
  "lower",
  "lpad",
  "ltrim",
  "md5",
  "minute",
  "mod",
  "month",
  "nullif",
  "octet_length",
  "pi",
  "pow",
  "power",
  "quarter",
  "radians",
  "repeat",
  "replace",
  "reverse",
  "right",
  "round",
  "rpad",
  "rtrim",
  "second",
  "sha1",
  "sign",
  "sin",
  "sinh",
  "split_part",
  "sqrt",
  "startswith",
  "endswith",
  "substr",
  "substring",
  "tan",
  "tanh",
  "translate",
  "trim",
  "ucase",
  "upper",
  "year",
]);
