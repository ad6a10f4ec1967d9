import type { Engine, EngineSession } from "../../engine/engine.ts";
import { quoteName, sqlType } from "../../engine/sql-text.ts";
import { decimalShape, describeType, findField } from "../../protocol/schema.ts";
import type { DataType, StructType } from "../../protocol/schema.ts";
import type { Literal } from "../../statistics/literal.ts";
import { unknownPredicate } from "../../statistics/predicate.ts";
import type { Predicate } from "../../statistics/predicate.ts";

export interface MergePruning {
  readonly engine: Engine;
  readonly session: EngineSession;
  readonly on: string;
  readonly sourceTable: string;
  readonly sourceSchema: StructType;
  readonly targetSchema: StructType;
  /** Aliases in the condition. */
  readonly target: string;
  readonly source: string;
}

/** With at most so many different values a key prunes by each of them, with more by their range. */
const listedValuesMax = 1000;

/**
 * What every row of the target must satisfy to match some row of the source: the condition's own filters, and for each
 * `target.key = source.key` the values that the source has.
 */
export async function mergePruning(request: MergePruning): Promise<Predicate> {
  const { engine, session, on, target, source, sourceTable } = request;
  const join = await engine.parseJoin(on, target, source);
  const operands: Predicate[] = [join.leftPredicate];
  for (const key of join.keys) {
    const column = findField(request.targetSchema, key.left);
    const given = findField(request.sourceSchema, key.right);
    if (column === undefined || given === undefined || !isComparable(column.type, given.type)) continue;
    operands.push(await keyPredicate(session, sourceTable, column.name, given.name, given.type));
  }
  return { kind: "and", operands };
}

async function keyPredicate(
  session: EngineSession,
  table: string,
  column: string,
  sourceColumn: string,
  type: DataType,
): Promise<Predicate> {
  const name = quoteName(sourceColumn);
  const literal = (text: unknown): Literal => ({
    kind: isNumeric(type) ? "number" : "text",
    text: String(text),
  });
  const sql =
    `SELECT min(${name})::VARCHAR AS low, max(${name})::VARCHAR AS high, ` +
    `CASE WHEN count(DISTINCT ${name}) <= ${listedValuesMax} THEN list(DISTINCT ${name}::VARCHAR) END AS listed, ` +
    `any_value(typeof(${name})) AS type FROM ${table} WHERE ${name} IS NOT NULL`;
  for await (const batch of session.query(sql)) {
    for (const { low, high, listed, type: engineType } of batch.toRows()) {
      if (low === null) return { kind: "never" };
      // A UUID or a time equals more texts than the one that it prints as.
      if (engineType !== sqlType(type)) return unknownPredicate;
      if (Array.isArray(listed)) return { kind: "in", column, literals: listed.map(literal) };
      return {
        kind: "and",
        operands: [
          { kind: "compare", column, operator: ">=", literal: literal(low) },
          { kind: "compare", column, operator: "<=", literal: literal(high) },
        ],
      };
    }
  }
  return unknownPredicate;
}

/** Values of floats are left out: their text and their NaN are no ground to prune on. */
function isComparable(left: DataType, right: DataType): boolean {
  if (typeof left === "object" || left === "float" || left === "double") return false;
  return describeType(left) === describeType(right) || (isInteger(left) && isInteger(right));
}

function isInteger(type: DataType): boolean {
  return type === "long" || type === "integer" || type === "short" || type === "byte";
}

function isNumeric(type: DataType): boolean {
  return isInteger(type) || decimalShape(type) !== undefined;
}
