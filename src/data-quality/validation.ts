import { DeltaError } from "../delta/index.ts";
import type { Engine, Relation, Row } from "../delta/index.ts";
import { BatchColumns, UnevaluableExpectation } from "./expectations/expectation.ts";
import type {
  AggregateExpectation,
  CompiledExpectation,
  Judgement,
  MapExpectation,
  RowsExpectation,
} from "./expectations/expectation.ts";
import { findExpectation } from "./expectations/registry.ts";
import { QualityError } from "./quality-error.ts";
import { isMostly, mapResult } from "./result.ts";
import type { ExpectationResult, MapCounts, ResultFormat } from "./result.ts";
import { conditionSql } from "./row-condition.ts";
import { quoteName } from "./sql.ts";
import type { ExpectationConfig } from "./suite.ts";

/** Samples that a result shows, unless it is to be complete. */
const partialCount = 20;
/** The name under which queries know the rows. */
const batchName = "batch";

/**
 * Holds the expectations against the rows of a relation: all figures and counts of expectations with the same row
 * condition in one pass over the files; what needs its rows sorted or grouped in a pass of its own; samples only of what
 * failed.
 *
 * @throws QualityError for what no rows could satisfy: an unknown expectation, a misspelt argument.
 */
export async function validateRelation(
  engine: Engine,
  relation: Relation,
  expectations: readonly ExpectationConfig[],
  format: ResultFormat,
): Promise<readonly ExpectationResult[]> {
  return new Validation(engine, relation, format).run(expectations);
}

interface Planned {
  readonly config: ExpectationConfig;
  readonly condition: string | undefined;
  readonly compiled: CompiledExpectation | UnevaluableExpectation;
}

class Validation {
  private readonly engine: Engine;
  private readonly relation: Relation;
  private readonly format: ResultFormat;
  private readonly columns: BatchColumns;
  private readonly results = new Map<ExpectationConfig, ExpectationResult>();

  constructor(engine: Engine, relation: Relation, format: ResultFormat) {
    this.engine = engine;
    this.relation = relation;
    this.format = format;
    this.columns = new BatchColumns(relation.schema);
  }

  async run(expectations: readonly ExpectationConfig[]): Promise<readonly ExpectationResult[]> {
    const planned = expectations.map((config) => plan(config, this.columns));
    for (const [condition, group] of Map.groupBy(planned, (one) => one.condition)) {
      await this.sharedPass(condition, group);
      for (const one of group) await this.ownPass(one);
    }
    return expectations.flatMap((config) => this.results.get(config) ?? []);
  }

  /** Everything that adds up row by row. */
  private async sharedPass(condition: string | undefined, group: readonly Planned[]): Promise<void> {
    const selects: string[] = [];
    const take: ((values: readonly unknown[]) => Promise<void>)[] = [];
    for (const { config, compiled } of group) {
      if (compiled instanceof UnevaluableExpectation) continue;
      const first = selects.length;
      if (compiled.kind === "map" && compiled.uniqueBy !== undefined) {
        selects.push(...distinctCountsOf(compiled, compiled.uniqueBy));
        take.push((values) => this.takeUnique(config, compiled, condition, values.slice(first, first + 3)));
      } else if (compiled.kind === "map" && compiled.hasWindow !== true) {
        selects.push(...countsOf(compiled));
        take.push((values) => this.takeMap(config, compiled, condition, values.slice(first, first + 3)));
      } else if (compiled.kind === "aggregate") {
        const names = Object.keys(compiled.values);
        selects.push(...Object.values(compiled.values));
        take.push(async (values) => {
          this.takeAggregate(config, compiled, names, values.slice(first, first + names.length));
        });
      }
    }
    if (selects.length === 0) return;
    const list = selects.map((sql, index) => `${sql} AS f${index}`).join(", ");
    try {
      const [row = {}] = await this.query(`SELECT ${list} FROM ${sourceOf(condition)}`);
      const values = selects.map((_, index) => plain(row[`f${index}`]));
      for (const one of take) await one(values);
    } catch (error) {
      if (!(error instanceof DeltaError) || group.length === 1) throw error;
      // One of them cannot be evaluated on this data, a text that is compared with a number, say: each by itself tells which.
      for (const one of group) await this.alone(one);
    }
  }

  private async alone(one: Planned): Promise<void> {
    try {
      await this.sharedPass(one.condition, [one]);
    } catch (error) {
      if (!(error instanceof DeltaError)) throw error;
      this.put(one.config, failed(one.config, error.message));
    }
  }

  /** What needs a pass of its own, and what needs none. */
  private async ownPass({ config, condition, compiled }: Planned): Promise<void> {
    if (this.results.has(config)) return;
    if (compiled instanceof UnevaluableExpectation) {
      this.put(config, failed(config, compiled.message));
      return;
    }
    try {
      if (compiled.kind === "schema") this.put(config, this.judged(config, compiled.judge()));
      else if (compiled.kind === "rows") await this.takeRows(config, compiled, condition);
      else if (compiled.kind === "map") {
        const [row = {}] = await this.query(
          `SELECT ${named(countsOf(flagged))} FROM ${flaggedSource(compiled, condition)}`,
        );
        const counts = [0, 1, 2].map((index) => plain(row[`f${index}`]));
        await this.takeMap(config, compiled, condition, counts);
      }
    } catch (error) {
      if (!(error instanceof DeltaError)) throw error;
      this.put(config, failed(config, error.message));
    }
  }

  private async takeMap(
    config: ExpectationConfig,
    compiled: MapExpectation,
    condition: string | undefined,
    values: readonly unknown[],
  ): Promise<void> {
    const [elements, missing, unexpected] = values.map(Number);
    const counts: MapCounts = { elements: elements ?? 0, missing: missing ?? 0, unexpected: unexpected ?? 0 };
    const success = isMostly(counts, compiled.mostly);
    if (this.format === "BOOLEAN_ONLY") {
      this.put(config, resultOf(config, success, {}));
      return;
    }
    const samples = counts.unexpected === 0 ? [] : await this.samples(compiled, condition);
    const result = {
      ...mapResult(counts, compiled.missing !== "false"),
      partial_unexpected_list: samples.slice(0, partialCount),
      ...(this.format === "BASIC" ? {} : { partial_unexpected_counts: countsOfValues(samples) }),
      ...(this.format === "COMPLETE" ? { unexpected_list: samples } : {}),
    };
    this.put(config, resultOf(config, success, result));
  }

  /** Without two that are the same there is nothing to look for; else a pass of its own finds them. */
  private async takeUnique(
    config: ExpectationConfig,
    compiled: MapExpectation,
    condition: string | undefined,
    values: readonly unknown[],
  ): Promise<void> {
    const [elements = 0, missing = 0, distinct = 0] = values.map(Number);
    if (distinct === elements - missing)
      await this.takeMap(config, compiled, condition, [elements, missing, 0]);
  }

  private takeAggregate(
    config: ExpectationConfig,
    compiled: AggregateExpectation,
    names: readonly string[],
    values: readonly unknown[],
  ): void {
    const byName = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    this.put(config, this.judged(config, compiled.judge(byName)));
  }

  private async takeRows(
    config: ExpectationConfig,
    compiled: RowsExpectation,
    condition: string | undefined,
  ): Promise<void> {
    const source = condition === undefined ? batchName : `(SELECT * FROM ${sourceOf(condition)})`;
    const rows = await this.query(compiled.sql(source));
    const plainRows = rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
    );
    this.put(config, this.judged(config, compiled.judge(plainRows)));
  }

  private judged(config: ExpectationConfig, judgement: Judgement): ExpectationResult {
    const { success, observed_value: observed, details, counts = {}, unexpected_rows: rows } = judgement;
    if (this.format === "BOOLEAN_ONLY") return resultOf(config, success, {});
    return resultOf(config, success, {
      ...(observed === undefined ? {} : { observed_value: observed }),
      ...(details === undefined ? {} : { details }),
      ...counts,
      ...(rows === undefined
        ? {}
        : { details: { unexpected_rows: this.format === "COMPLETE" ? rows : rows.slice(0, partialCount) } }),
    });
  }

  /** Unexpected values in the order of the rows. */
  private async samples(
    compiled: MapExpectation,
    condition: string | undefined,
  ): Promise<readonly unknown[]> {
    const columns = compiled.columns
      .map((name, index) => `${this.columns.shown(name)} AS v${index}`)
      .join(", ");
    const limit =
      this.format === "COMPLETE"
        ? ""
        : ` LIMIT ${this.format === "BASIC" ? partialCount : 10 * partialCount}`;
    const source =
      compiled.hasWindow === true
        ? `${flaggedSource(compiled, condition)} WHERE is_unexpected ORDER BY ordinal`
        : `(SELECT * FROM ${sourceOf(condition)}) WHERE (${compiled.missing}) IS NOT TRUE AND (${compiled.unexpected})`;
    const rows = await this.query(`SELECT ${columns} FROM ${source}${limit}`);
    return rows.map((row) => {
      const values = compiled.columns.map((_, index) => plain(row[`v${index}`]));
      if (compiled.showsNames === true)
        return Object.fromEntries(compiled.columns.map((name, index) => [name, values[index]]));
      return values.length === 1 ? values[0] : values;
    });
  }

  private async query(sql: string): Promise<Row[]> {
    const answer = await this.engine.query(sql, async ({ name }) =>
      name.toLowerCase() === batchName ? this.relation : undefined,
    );
    const rows: Row[] = [];
    for await (const batch of answer.batches) rows.push(...batch.toRows());
    return rows;
  }

  private put(config: ExpectationConfig, result: ExpectationResult): void {
    this.results.set(config, result);
  }
}

function plan(config: ExpectationConfig, columns: BatchColumns): Planned {
  const definition = findExpectation(config.type);
  const condition = config.kwargs["row_condition"];
  if (condition !== undefined && condition !== null && typeof condition !== "string")
    throw new QualityError("INVALID_CONDITION", `${config.type}: a row_condition is a text`);
  const sql = typeof condition === "string" ? conditionSql(condition) : undefined;
  try {
    return { config, condition: sql, compiled: definition.compile(config.kwargs, columns) };
  } catch (error) {
    if (error instanceof UnevaluableExpectation) return { config, condition: sql, compiled: error };
    throw error;
  }
}

function sourceOf(condition: string | undefined): string {
  return condition === undefined ? batchName : `${batchName} WHERE (${condition})`;
}

/** Window functions see the rows that are not missing, as Great Expectations' do. */
function flaggedSource(
  { columns, missing, unexpected }: MapExpectation,
  condition: string | undefined,
): string {
  const names = columns.map(quoteName).join(", ");
  return `(SELECT ${names}, ordinal, is_missing, NOT is_missing AND (${unexpected}) AS is_unexpected
    FROM (SELECT ${names}, row_number() OVER () AS ordinal, coalesce((${missing}), false) AS is_missing FROM ${sourceOf(condition)}))`;
}

const flagged: Pick<MapExpectation, "missing" | "unexpected"> = {
  missing: "is_missing",
  unexpected: "is_unexpected",
};

function countsOf({ missing, unexpected }: Pick<MapExpectation, "missing" | "unexpected">): string[] {
  return [
    "count(*)",
    `count(*) FILTER (WHERE ${missing})`,
    `count(*) FILTER (WHERE (${missing}) IS NOT TRUE AND (${unexpected}))`,
  ];
}

/** Rows that are the same have the same hash: as many hashes as rows, and no two are the same. */
function distinctCountsOf({ missing }: MapExpectation, names: readonly string[]): string[] {
  const key = names.map(quoteName).join(", ");
  return [
    "count(*)",
    `count(*) FILTER (WHERE ${missing})`,
    `count(DISTINCT hash(${key})) FILTER (WHERE (${missing}) IS NOT TRUE)`,
  ];
}

function named(selects: readonly string[]): string {
  return selects.map((sql, index) => `${sql} AS f${index}`).join(", ");
}

function resultOf(
  config: ExpectationConfig,
  success: boolean,
  result: Readonly<Record<string, unknown>>,
): ExpectationResult {
  const exception = { raised_exception: false, exception_message: null, exception_traceback: null };
  return { success, expectation_config: config, result, exception_info: exception, meta: {} };
}

function failed(config: ExpectationConfig, message: string): ExpectationResult {
  const exception = { raised_exception: true, exception_message: message, exception_traceback: null };
  return { success: false, expectation_config: config, result: {}, exception_info: exception, meta: {} };
}

/** A value as JSON has it: whole numbers and decimals as numbers, instants as ISO 8601. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString();
  return value;
}

function countsOfValues(
  values: readonly unknown[],
): readonly { readonly value: unknown; readonly count: number }[] {
  const counts = new Map<string, { value: unknown; count: number }>();
  for (const value of values) {
    const key = JSON.stringify(value) ?? "undefined";
    const known = counts.get(key);
    counts.set(key, { value, count: (known?.count ?? 0) + 1 });
  }
  return [...counts.values()].toSorted((left, right) => right.count - left.count).slice(0, partialCount);
}
