import { hasZoneOffset } from "../../statistics/literal.ts";
import type { Literal } from "../../statistics/literal.ts";
import { unknownPredicate } from "../../statistics/predicate.ts";
import type { Comparison, Predicate } from "../../statistics/predicate.ts";
import { isNode } from "./syntax-tree.ts";
import type { Node } from "./syntax-tree.ts";

/** Whether a column's path belongs to the table that the predicate is about. */
export type Owns = (path: readonly string[]) => boolean;

/** The predicate that a node of a filter means, for the columns of one table. */
export function toPredicate(node: Node, owns: Owns): Predicate {
  const children = Array.isArray(node["children"]) ? node["children"].filter(isNode) : [];
  switch (node["type"]) {
    case "CONJUNCTION_AND":
      return { kind: "and", operands: children.map((child) => toPredicate(child, owns)) };
    case "CONJUNCTION_OR":
      return { kind: "or", operands: children.map((child) => toPredicate(child, owns)) };
    case "COMPARE_BETWEEN":
      return between(node, owns);
    case "COMPARE_IN":
      return isIn(children, owns);
    case "OPERATOR_IS_NULL":
    case "OPERATOR_IS_NOT_NULL": {
      const column = columnOf(children[0], owns);
      if (column === undefined) return unknownPredicate;
      return { kind: node["type"] === "OPERATOR_IS_NULL" ? "isNull" : "isNotNull", column };
    }
    default:
      return comparison(node, owns);
  }
}

const comparisons: ReadonlyMap<unknown, Comparison> = new Map([
  ["COMPARE_EQUAL", "="],
  ["COMPARE_NOTEQUAL", "!="],
  ["COMPARE_LESSTHAN", "<"],
  ["COMPARE_LESSTHANOREQUALTO", "<="],
  ["COMPARE_GREATERTHAN", ">"],
  ["COMPARE_GREATERTHANOREQUALTO", ">="],
]);

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

function comparison(node: Node, owns: Owns): Predicate {
  const operator = comparisons.get(node["type"]);
  if (operator === undefined) return unknownPredicate;
  return (
    compare(node["left"], operator, node["right"], owns) ??
    compare(node["right"], mirrored[operator], node["left"], owns) ??
    unknownPredicate
  );
}

function compare(left: unknown, operator: Comparison, right: unknown, owns: Owns): Predicate | undefined {
  const column = columnOf(left, owns);
  if (column === undefined || !isNode(right)) return undefined;
  if (isNullConstant(right)) return { kind: "never" };
  const literal = toLiteral(right);
  return literal === undefined ? undefined : { kind: "compare", column, operator, literal };
}

function between(node: Node, owns: Owns): Predicate {
  const lower = compare(node["input"], ">=", node["lower"], owns) ?? unknownPredicate;
  const upper = compare(node["input"], "<=", node["upper"], owns) ?? unknownPredicate;
  return { kind: "and", operands: [lower, upper] };
}

function isIn(children: readonly Node[], owns: Owns): Predicate {
  const column = columnOf(children[0], owns);
  if (column === undefined) return unknownPredicate;
  const literals: Literal[] = [];
  for (const child of children.slice(1)) {
    if (isNullConstant(child)) continue;
    const literal = toLiteral(child);
    if (literal === undefined) return unknownPredicate;
    literals.push(literal);
  }
  return { kind: "in", column, literals };
}

/** The name of the column that a node refers to, if it belongs to the table. */
export function columnOf(node: unknown, owns: Owns): string | undefined {
  if (!isNode(node) || node["type"] !== "COLUMN_REF") return undefined;
  const path: unknown = node["column_names"];
  if (!Array.isArray(path) || !path.every((part) => typeof part === "string") || !owns(path))
    return undefined;
  return path.at(-1);
}

function isNullConstant(node: Node): boolean {
  const value = node["value"];
  return node["type"] === "VALUE_CONSTANT" && isNode(value) && value["is_null"] === true;
}

const temporalTypes = new Set(["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]);

/** The literal that a node stands for; `undefined` for any other expression. */
export function toLiteral(node: Node): Literal | undefined {
  // DATE '2025-01-01' and '2025-01-01'::TIMESTAMPTZ are casts of a text.
  if (node["type"] === "OPERATOR_CAST" && node["try_cast"] !== true) {
    const target = node["cast_type"];
    const child = node["child"];
    if (!isNode(target) || !isNode(child) || !temporalTypes.has(String(target["id"]))) return undefined;
    const literal = toLiteral(child);
    if (literal?.kind !== "text") return undefined;
    if (target["id"] === "TIMESTAMP" && hasZoneOffset(literal.text)) return undefined;
    // A cast to DATE drops the time of day.
    return target["id"] === "DATE" ? { kind: "text", text: literal.text.trim().slice(0, 10) } : literal;
  }
  const value = node["value"];
  if (node["type"] !== "VALUE_CONSTANT" || !isNode(value) || value["is_null"] === true) return undefined;
  return constant(value);
}

function constant(value: Node): Literal | undefined {
  const type = isNode(value["type"]) ? value["type"] : {};
  const content = value["value"];
  switch (type["id"]) {
    case "VARCHAR":
      return typeof content === "string" ? { kind: "text", text: content } : undefined;
    case "INTEGER":
    case "BIGINT":
    case "DOUBLE":
      return typeof content === "number" ? { kind: "number", text: String(content) } : undefined;
    case "DECIMAL": {
      const info = isNode(type["type_info"]) ? type["type_info"] : {};
      if (typeof content !== "number" || typeof info["scale"] !== "number") return undefined;
      if (!Number.isSafeInteger(content)) return undefined;
      return { kind: "number", text: `${content}e-${info["scale"]}` };
    }
    case "BOOLEAN":
      return { kind: "boolean", text: String(content) };
    default:
      return undefined;
  }
}
