import * as fc from "fast-check";

import { numberSql, partitionSql, textSql } from "./table-model.ts";
import type {
  ColumnName,
  Condition,
  Expression,
  Matched,
  Merge,
  ModelRow,
  NotMatched,
  NotMatchedBySource,
  PairCondition,
  PairExpression,
  PartitionKind,
  SetOf,
  Step,
  Truth,
  Value,
} from "./table-model.ts";

/** Steps of a table's life, made up by seed. */

const smallNumber = fc.integer({ min: 0, max: 9 }).map(BigInt);
const texts = ["", "a", "ab", "it's", "\uFFFD", "\u{1F600}"];
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 7, arbitrary }, { weight: 1, arbitrary: fc.constant(null) });

function rowOf(kind: PartitionKind): fc.Arbitrary<ModelRow> {
  return fc.record({
    id: orNull(smallNumber),
    v: orNull(smallNumber),
    s: orNull(fc.constantFrom(...texts)),
    p: orNull(fc.constantFrom(...kind.pool)),
  });
}

const comparisons = {
  "=": (order: number) => order === 0,
  "!=": (order: number) => order !== 0,
  "<": (order: number) => order < 0,
  "<=": (order: number) => order <= 0,
  ">": (order: number) => order > 0,
  ">=": (order: number) => order >= 0,
} as const;
const operators = ["=", "!=", "<", "<=", ">", ">="] as const;
type Operator = (typeof operators)[number];

function compare(operator: Operator, left: Value, right: Value): Truth {
  if (left === null || right === null) return null;
  if (typeof left === "string" && typeof right === "string")
    return comparisons[operator](Buffer.compare(Buffer.from(left), Buffer.from(right)));
  return comparisons[operator](left < right ? -1 : left > right ? 1 : 0);
}

function and(left: Truth, right: Truth): Truth {
  return left === false || right === false ? false : left === null || right === null ? null : true;
}

function not(truth: Truth): Truth {
  return truth === null ? null : !truth;
}

function leaf(kind: PartitionKind): fc.Arbitrary<Condition> {
  const operator = fc.constantFrom(...operators);
  const numeric = fc.constantFrom("id", "v");
  return fc.oneof(
    fc.tuple(numeric, operator, smallNumber).map(([name, op, value]): Condition => ({
      sql: (q) => `${q}${name} ${op} ${value}`,
      holds: (row) => compare(op, row[name], value),
    })),
    fc
      .tuple(numeric, fc.array(orNull(smallNumber), { minLength: 1, maxLength: 3 }))
      .map(([name, values]): Condition => ({
        sql: (q) => `${q}${name} IN (${values.map(numberSql).join(", ")})`,
        holds: (row) => {
          const equal = new Set(values.map((value) => compare("=", row[name], value)));
          return equal.has(true) ? true : equal.has(null) ? null : false;
        },
      })),
    fc.tuple(operator, fc.constantFrom(...texts)).map(([op, value]): Condition => ({
      sql: (q) => `${q}s ${op} ${textSql(value)}`,
      holds: (row) => compare(op, row.s, value),
    })),
    fc
      .tuple(fc.constantFrom("=" as const, "!=" as const), fc.constantFrom(...kind.pool))
      .map(([op, value]): Condition => ({
        sql: (q) => `${q}p ${op} ${partitionSql(value, kind)}`,
        holds: (row) => compare(op, row.p, value),
      })),
    fc.constantFrom("id" as const, "v" as const, "s" as const, "p" as const).map((name): Condition => ({
      sql: (q) => `${q}${name} IS NULL`,
      holds: (row) => row[name] === null,
    })),
    fc.constant<Condition>({
      sql: (q) => `${q}id + 1 > ${q}v`,
      holds: (row) => compare(">", row.id === null ? null : row.id + 1n, row.v),
    }),
  );
}

function conditionOf(kind: PartitionKind): fc.Arbitrary<Condition> {
  const single = leaf(kind);
  return fc.oneof(
    { weight: 3, arbitrary: single },
    {
      weight: 1,
      arbitrary: single.map((inner): Condition => ({
        sql: (q) => `NOT (${inner.sql(q)})`,
        holds: (row) => not(inner.holds(row)),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(single, single).map(([left, right]): Condition => ({
        sql: (q) => `${left.sql(q)} AND ${right.sql(q)}`,
        holds: (row) => and(left.holds(row), right.holds(row)),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(single, single).map(([left, right]): Condition => ({
        sql: (q) => `(${left.sql(q)} OR ${right.sql(q)})`,
        holds: (row) => not(and(not(left.holds(row)), not(right.holds(row)))),
      })),
    },
  );
}

function expressionsFor(kind: PartitionKind): Readonly<Record<ColumnName, fc.Arbitrary<Expression>>> {
  const numeric = (name: "id" | "v"): fc.Arbitrary<Expression> =>
    fc.oneof(
      orNull(smallNumber).map((value): Expression => ({ sql: () => numberSql(value), value: () => value })),
      fc.constant<Expression>({
        sql: (q) => `${q}${name} + 1`,
        value: (row) => (row[name] === null ? null : row[name] + 1n),
      }),
      fc.constant<Expression>({ sql: (q) => `${q}id`, value: (row) => row.id }),
    );
  return {
    id: numeric("id"),
    v: numeric("v"),
    s: fc.oneof(
      orNull(fc.constantFrom(...texts)).map((value): Expression => ({
        sql: () => textSql(value),
        value: () => value,
      })),
      fc.constant<Expression>({
        sql: (q) => `CASE WHEN ${q}s = 'a' THEN 'ab' ELSE ${q}s END`,
        value: (row) => (row.s === "a" ? "ab" : row.s),
      }),
    ),
    p: orNull(fc.constantFrom(...kind.pool)).map((value): Expression => ({
      sql: () => partitionSql(value, kind),
      value: () => value,
    })),
  };
}

function setOf(kind: PartitionKind): fc.Arbitrary<SetOf<Expression>> {
  const { id, v, s, p } = expressionsFor(kind);
  return fc.record({ id, v, s, p }, { requiredKeys: [] }).filter((set) => Object.keys(set).length > 0);
}

function onTarget(condition: Condition): PairCondition {
  return { sql: condition.sql("target."), holds: (target) => condition.holds(target) };
}

function onSource(condition: Condition): PairCondition {
  return { sql: condition.sql("source."), holds: (_target, source) => condition.holds(source) };
}

function pairOf(sql: string, operator: Operator, name: ColumnName): PairCondition {
  return { sql, holds: (target, source) => compare(operator, target[name], source[name]) };
}

const joins: readonly PairCondition[] = [
  pairOf("target.id = source.id", "=", "id"),
  pairOf("target.id = source.id", "=", "id"),
  pairOf("source.p = target.p", "=", "p"),
  pairOf("target.s = source.s", "=", "s"),
  pairOf("source.v < target.v", ">", "v"),
  {
    sql: "target.id + 1 = source.id",
    holds: (target, source) => compare("=", target.id === null ? null : target.id + 1n, source.id),
  },
  {
    sql: "target.id IS NOT DISTINCT FROM source.id AND source.p = target.p",
    holds: (target, source) => and(target.id === source.id, compare("=", source.p, target.p)),
  },
];

function mergeOf(kind: PartitionKind): fc.Arbitrary<Merge> {
  const condition = conditionOf(kind);
  const pairCondition = fc.oneof(
    condition.map(onTarget),
    condition.map(onSource),
    fc.constant(pairOf("target.v < source.v", "<", "v")),
  );
  const expressions = expressionsFor(kind);
  const pairExpression = (name: ColumnName): fc.Arbitrary<PairExpression> =>
    fc.oneof(
      expressions[name].map((inner): PairExpression => ({
        sql: inner.sql("target."),
        value: (target) => inner.value(target),
      })),
      expressions[name].map((inner): PairExpression => ({
        sql: inner.sql("source."),
        value: (_target, source) => inner.value(source),
      })),
      fc.constant<PairExpression>({ sql: `source.${name}`, value: (_target, source) => source[name] }),
    );
  const pairSet = fc
    .record(
      { id: pairExpression("id"), v: pairExpression("v"), s: pairExpression("s"), p: pairExpression("p") },
      { requiredKeys: [] },
    )
    .filter((set) => Object.keys(set).length > 0);
  const matched = fc.oneof(
    pairCondition.map((given): Matched => ({ kind: "delete", condition: given })),
    fc
      .tuple(fc.oneof(fc.constant("all" as const), pairSet), pairCondition)
      .map(([set, given]): Matched => ({ kind: "update", set, condition: given })),
  );
  const notMatched = fc
    .tuple(fc.oneof(fc.constant("all" as const), setOf(kind)), condition)
    .map(([values, given]): NotMatched => ({ values, condition: given }));
  const notMatchedBySource = fc.oneof(
    condition.map((given): NotMatchedBySource => ({ kind: "delete", condition: given })),
    fc
      .tuple(setOf(kind), condition)
      .map(([set, given]): NotMatchedBySource => ({ kind: "update", set, condition: given })),
  );
  return fc
    .record({
      source: fc.oneof(
        { weight: 1, arbitrary: fc.array(rowOf(kind), { maxLength: 6 }) },
        { weight: 2, arbitrary: fc.uniqueArray(rowOf(kind), { maxLength: 6, selector: (row) => row.id }) },
      ),
      sourceKind: fc.constantFrom("rows" as const, "columns" as const, "batches" as const, "sql" as const),
      on: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...joins) },
        {
          weight: 1,
          arbitrary: fc.tuple(fc.constantFrom(...joins), condition).map(([join, extra]): PairCondition => ({
            sql: `${join.sql} AND ${extra.sql("target.")}`,
            holds: (target, source) => and(join.holds(target, source), extra.holds(target)),
          })),
        },
      ),
      matched: clauses(matched, 2),
      notMatched: clauses(notMatched, 2),
      notMatchedBySource: fc.oneof(fc.constant([]), clauses(notMatchedBySource, 2)),
    })
    .filter((merge) => merge.matched.length + merge.notMatched.length + merge.notMatchedBySource.length > 0);
}

/** Clauses of a kind, the last of them often without a condition. */
function clauses<Clause extends { readonly condition: unknown }>(
  clause: fc.Arbitrary<Clause>,
  most: number,
): fc.Arbitrary<Clause[]> {
  return fc
    .tuple(fc.array(clause, { maxLength: most }), fc.boolean())
    .map(([list, isOpen]) =>
      list.map((item, index) =>
        isOpen && index === list.length - 1 ? { ...item, condition: undefined } : item,
      ),
    );
}

function upkeepOf(kind: PartitionKind): fc.Arbitrary<Step> {
  const columns: readonly ColumnName[] = kind.isPartition ? ["id", "v", "s"] : ["id", "v", "s", "p"];
  return fc.oneof(
    fc
      .option(fc.uniqueArray(fc.constantFrom(...columns), { minLength: 1 }), { nil: undefined })
      .map((zOrderBy): Step => ({ kind: "optimize", zOrderBy })),
    fc.constant<Step>({ kind: "checkpoint" }),
    fc
      .constantFrom(0 as const, undefined)
      .map((retentionHours): Step => ({ kind: "vacuum", retentionHours })),
    fc.nat({ max: 4 }).map((back): Step => ({ kind: "restore", back })),
    fc.constant<Step>({ kind: "reopen" }),
  );
}

/** A history: what is appended first, then anything. */
export function historyOf(kind: PartitionKind, steps: number): fc.Arbitrary<Step[]> {
  const rows = fc.array(rowOf(kind), { minLength: 1, maxLength: 6 });
  const append = rows.map((given): Step => ({ kind: "append", rows: given }));
  const where = fc.oneof(
    { weight: 6, arbitrary: conditionOf(kind) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  const step = fc.oneof(
    { weight: 4, arbitrary: upkeepOf(kind) },
    { weight: 2, arbitrary: append },
    { weight: 3, arbitrary: where.map((given): Step => ({ kind: "delete", where: given })) },
    {
      weight: 3,
      arbitrary: fc.record({ set: setOf(kind), where }).map((given): Step => ({ kind: "update", ...given })),
    },
    { weight: 5, arbitrary: mergeOf(kind).map((given): Step => ({ kind: "merge", ...given })) },
  );
  return fc
    .tuple(append, append, fc.array(step, { minLength: steps, maxLength: steps }))
    .map(([first, second, rest]) => [first, second, ...rest]);
}
