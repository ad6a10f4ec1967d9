import { quoteName } from "finance-feedback-delta";
import type { Engine, Relation, Row, RowsRelation, TableResolver } from "finance-feedback-delta";

import {
  batchName,
  countsOf,
  earlierName,
  distinctCountsOf,
  flagged,
  flaggedRows,
  isNewColumn,
  numbered,
  rowsFlaggedAmongAll,
  rowsWhere,
  tableWhere,
  wholeName,
} from "./validation-sql.ts";
import { inCurrentWords } from "./earlier-suites.ts";
import { failureText } from "./engine-failure.ts";
import { BatchColumns } from "./expectations/expectation.ts";
import type {
  AggregateExpectation,
  CompiledExpectation,
  Judgement,
  MapExpectation,
  RowsExpectation,
} from "./expectations/expectation.ts";
import { findExpectation } from "./expectations/registry.ts";
import { isMostly, mapResult } from "./result.ts";
import type { ExpectationResult, MapCounts } from "./result.ts";
import type { Detail } from "./result-format.ts";
import { conditionSql } from "./row-condition.ts";
import type { MarketCalendars } from "../market/market-calendars.ts";
import { boundsOfKeys, storedContext } from "./stored-context.ts";
import type { NewRows } from "./stored-context.ts";
import { withParameters } from "./suite-parameters.ts";
import type { ExpectationConfig, Kwargs } from "./suite.ts";

/** The rows to validate, and the detail of the results. */
export interface ValidationRequest {
  readonly engine: Engine;
  readonly relation: Relation | RowsRelation;
  /**
   * All rows of the table, when the relation has only its new ones, which must be unique among all. Files that the reference's
   * predicate rules out may be missing.
   */
  readonly wholeTable?: TableResolver | undefined;
  /** The rows that were stored before the new ones. */
  readonly earlierRows?: TableResolver | undefined;
  readonly expectations: readonly ExpectationConfig[];
  /** The values of `{"$PARAMETER": "name"}`. */
  readonly parameters: Kwargs;
  readonly detail: Detail;
  readonly now: Date;
  readonly calendars: MarketCalendars;
  /** Other tables that an expectation may name. */
  readonly resolveTable?: TableResolver | undefined;
}

/**
 * Evaluates expectations on the rows of a relation: all figures and counts of expectations with the same row condition in one
 * pass over the files, each one that needs sorted or grouped rows in a pass of its own, samples only of those that failed. An
 * expectation that cannot be evaluated, because of an unknown type for instance, fails with its exception; the others go on.
 */
export async function validateRelation(request: ValidationRequest): Promise<readonly ExpectationResult[]> {
  return new Validation(request).run();
}

interface Planned {
  readonly config: ExpectationConfig;
  readonly condition: string | undefined;
  readonly compiled: CompiledExpectation | Error;
}

class Validation {
  readonly #request: ValidationRequest;
  readonly #detail: Detail;
  readonly #columns: BatchColumns;
  readonly #results = new Map<ExpectationConfig, ExpectationResult>();
  readonly #rowsBySql = new Map<string, readonly Row[]>();

  constructor(request: ValidationRequest) {
    this.#request = request;
    this.#detail = request.detail;
    this.#columns = new BatchColumns(request.relation.schema, request.now, request.calendars);
  }

  async run(): Promise<readonly ExpectationResult[]> {
    const { expectations } = this.#request;
    const planned = expectations.map((config) => this.#plan(config));
    for (const [condition, group] of Map.groupBy(planned, (one) => one.condition)) {
      await this.#sharedPass(condition, group);
      for (const one of group) await this.#ownPass(one);
    }
    return planned.flatMap(({ config }) => this.#results.get(config) ?? []);
  }

  /** Each plan has its own configuration, which identifies its result. */
  #plan(given: ExpectationConfig): Planned {
    let config = { ...given };
    let condition: string | undefined;
    try {
      config = withParameters(given, this.#request.parameters, this.#request.now);
      const { type, kwargs, dateColumns } = inCurrentWords(config);
      const wanted = kwargs["row_condition"];
      if (wanted !== undefined && wanted !== null)
        condition = conditionSql(wanted, (name) => this.#columns.sql(name));
      const columns = this.#columns.withDates(dateColumns);
      return { config, condition, compiled: findExpectation(type).compile(kwargs, columns) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { config, condition, compiled: error };
    }
  }

  /** All that adds up row by row. */
  async #sharedPass(condition: string | undefined, group: readonly Planned[]): Promise<void> {
    const selects: string[] = [];
    const take: ((values: readonly unknown[]) => Promise<void>)[] = [];
    for (const { config, compiled } of group) {
      if (compiled instanceof Error) continue;
      const first = selects.length;
      if (compiled.kind === "map" && compiled.uniqueBy !== undefined) {
        if (this.#request.wholeTable !== undefined) continue;
        selects.push(...distinctCountsOf(compiled, compiled.uniqueBy));
        take.push((values) => this.#takeUnique(config, compiled, condition, values.slice(first, first + 3)));
      } else if (compiled.kind === "map" && compiled.hasWindow !== true) {
        selects.push(...countsOf(compiled));
        take.push((values) => this.#takeMap(config, compiled, condition, values.slice(first, first + 3)));
      } else if (compiled.kind === "aggregate") {
        const names = Object.keys(compiled.values);
        selects.push(...Object.values(compiled.values));
        take.push(async (values) => {
          this.#takeAggregate(config, compiled, names, values.slice(first, first + names.length));
        });
      }
    }
    if (selects.length === 0) return;
    try {
      const [row = {}] = await this.#query(`SELECT ${numbered(selects)} FROM ${rowsWhere(condition)}`);
      const values = selects.map((_, index) => plain(row[`f${index}`]));
      for (const one of take) await one(values);
    } catch (error) {
      if (isStop(error)) throw error;
      if (group.length === 1) for (const { config } of group) this.#fail(config, error);
      // One of them cannot be evaluated on this data, such as a text that is compared with a number. Alone each shows which.
      else for (const one of group) await this.#sharedPass(condition, [one]);
    }
  }

  /** Expectations that need a pass of their own, and those that need none. */
  async #ownPass({ config, condition, compiled }: Planned): Promise<void> {
    if (this.#results.has(config)) return;
    if (compiled instanceof Error) {
      this.#fail(config, compiled);
      return;
    }
    try {
      if (compiled.kind === "schema") this.#put(config, this.#judged(config, compiled.judge()));
      else if (compiled.kind === "rows") await this.#takeRows(config, compiled, condition);
      else if (compiled.kind === "map") {
        const [row = {}] = await this.#query(
          `SELECT ${numbered(countsOf(flagged))} FROM ${await this.#flaggedSource(compiled, compiled.columns, condition)}`,
        );
        const counts = [0, 1, 2].map((index) => plain(row[`f${index}`]));
        await this.#takeMap(config, compiled, condition, counts);
      }
    } catch (error) {
      if (isStop(error)) throw error;
      this.#fail(config, error);
    }
  }

  async #takeMap(
    config: ExpectationConfig,
    compiled: MapExpectation,
    condition: string | undefined,
    counted: readonly unknown[],
  ): Promise<void> {
    const [elements, missing, unexpected] = counted.map(Number);
    const counts: MapCounts = { elements: elements ?? 0, missing: missing ?? 0, unexpected: unexpected ?? 0 };
    const success = isMostly(counts, compiled.mostly);
    const { format, partialCount, indexColumns } = this.#detail;
    if (format === "BOOLEAN_ONLY") {
      this.#put(config, resultOf(config, success, {}));
      return;
    }
    const samples = counts.unexpected === 0 ? [] : await this.#samples(compiled, condition);
    const values = samples.map(({ value }) => value);
    const indexes = indexColumns.length === 0 ? undefined : samples.map(({ index }) => index);
    const isComplete = format === "COMPLETE";
    this.#put(
      config,
      resultOf(config, success, {
        ...mapResult(counts, compiled.countsMissing !== false),
        partial_unexpected_list: values.slice(0, partialCount),
        ...(indexes === undefined ? {} : { unexpected_index_column_names: indexColumns }),
        ...(this.#detail.wholeRows
          ? { unexpected_rows: samples.slice(0, partialCount).map(({ row }) => row) }
          : {}),
        ...(format === "BASIC" || partialCount === 0
          ? {}
          : {
              partial_unexpected_counts: countsOfValues(values, partialCount),
              ...(indexes === undefined
                ? {}
                : { partial_unexpected_index_list: indexes.slice(0, partialCount) }),
            }),
        ...(isComplete ? { unexpected_list: values } : {}),
        ...(isComplete && indexes !== undefined ? { unexpected_index_list: indexes } : {}),
      }),
    );
  }

  /** Without duplicates there is nothing to look for; otherwise a pass of its own finds them. */
  async #takeUnique(
    config: ExpectationConfig,
    compiled: MapExpectation,
    condition: string | undefined,
    values: readonly unknown[],
  ): Promise<void> {
    const [elements = 0, missing = 0, distinct = 0] = values.map(Number);
    if (distinct === elements - missing)
      await this.#takeMap(config, compiled, condition, [elements, missing, 0]);
  }

  #takeAggregate(
    config: ExpectationConfig,
    compiled: AggregateExpectation,
    names: readonly string[],
    values: readonly unknown[],
  ): void {
    const byName = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    this.#put(config, this.#judged(config, compiled.judge(byName)));
  }

  async #takeRows(
    config: ExpectationConfig,
    compiled: RowsExpectation,
    condition: string | undefined,
  ): Promise<void> {
    const { series } = compiled;
    const [source, isNew] =
      series === undefined || this.#request.wholeTable === undefined
        ? [tableWhere(condition), "true"]
        : [await storedContext(series, this.#newRows(condition)), isNewColumn];
    const rows = await this.#sharedQuery(compiled.sql(source, isNew));
    const plainRows = rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
    );
    this.#put(config, this.#judged(config, compiled.judge(plainRows)));
  }

  #judged(config: ExpectationConfig, judgement: Judgement): ExpectationResult {
    const { success, observed_value: observed, details, counts = {}, unexpected_rows: rows } = judgement;
    const { format, partialCount } = this.#detail;
    if (format === "BOOLEAN_ONLY") return resultOf(config, success, {});
    return resultOf(config, success, {
      ...(observed === undefined ? {} : { observed_value: observed }),
      ...(details === undefined ? {} : { details }),
      ...counts,
      ...(rows === undefined
        ? {}
        : { details: { unexpected_rows: format === "COMPLETE" ? rows : rows.slice(0, partialCount) } }),
    });
  }

  /** Unexpected values in the order of the rows, with the columns that identify their rows. */
  async #samples(compiled: MapExpectation, condition: string | undefined): Promise<readonly Sample[]> {
    const { format, partialCount, indexColumns, wholeRows } = this.#detail;
    const rowColumns = wholeRows ? this.#columns.names : [];
    const names = [...new Set([...compiled.columns, ...indexColumns, ...rowColumns])];
    const shown = names.map((name) => (this.#columns.sql(name) === "" ? "" : this.#columns.shown(name)));
    const limit =
      format === "COMPLETE" ? "" : ` LIMIT ${format === "BASIC" ? partialCount : 10 * partialCount}`;
    const source =
      compiled.hasWindow === true
        ? `${await this.#flaggedSource(compiled, names, condition)} WHERE is_unexpected ORDER BY ordinal`
        : `${tableWhere(condition)} WHERE (${compiled.missing}) IS NOT TRUE AND (${compiled.unexpected})`;
    // Whole rows are evidence: their decimals stay exact.
    const whole = rowColumns.length === 0 ? "" : `, ${numbered(rowColumns.map(quoteName), "r")}`;
    const rows = await this.#query(`SELECT ${numbered(shown, "v")}${whole} FROM ${source}${limit}`);
    return rows.map((row) => {
      const named = (wanted: readonly string[]): Readonly<Record<string, unknown>> =>
        Object.fromEntries(wanted.map((name) => [name, plain(row[`v${names.indexOf(name)}`])]));
      const values = Object.values(named(compiled.columns));
      const value =
        compiled.showsNames === true ? named(compiled.columns) : values.length === 1 ? values[0] : values;
      const rowValues = rowColumns.map((name, index) => [name, plain(row[`r${index}`])]);
      return {
        value,
        index: named([...compiled.columns, ...indexColumns]),
        row: Object.fromEntries(rowValues),
      };
    });
  }

  async #flaggedSource(
    compiled: MapExpectation,
    names: readonly string[],
    condition: string | undefined,
  ): Promise<string> {
    const { uniqueBy } = compiled;
    if (compiled.unexpectedBehind !== undefined && this.#request.earlierRows !== undefined) {
      const unexpected = compiled.unexpectedBehind(tableWhere(condition, earlierName));
      return flaggedRows({ ...compiled, unexpected }, names, condition);
    }
    if (uniqueBy === undefined || this.#request.wholeTable === undefined)
      return flaggedRows(compiled, names, condition);
    const bounds = await boundsOfKeys(uniqueBy, rowsWhere(condition), this.#newRows(condition));
    return rowsFlaggedAmongAll(compiled, uniqueBy, names, condition, bounds);
  }

  #newRows(condition: string | undefined): NewRows {
    return { columns: this.#columns, condition, query: async (sql) => this.#sharedQuery(sql) };
  }

  /** Expectations of two severities share a query and judge its result differently. */
  async #sharedQuery(sql: string): Promise<readonly Row[]> {
    const known = this.#rowsBySql.get(sql);
    if (known !== undefined) return known;
    const rows = await this.#query(sql);
    this.#rowsBySql.set(sql, rows);
    return rows;
  }

  async #query(sql: string): Promise<Row[]> {
    const { engine, relation, wholeTable, earlierRows, resolveTable } = this.#request;
    const result = await engine.query(sql, async (reference) => {
      const name = reference.name.toLowerCase();
      if (name === batchName) return relation;
      if (name === earlierName) return earlierRows?.(reference);
      return name === wholeName ? wholeTable?.(reference) : resolveTable?.(reference);
    });
    return result.rows();
  }

  #fail(config: ExpectationConfig, error: unknown): void {
    this.#put(config, failed(config, failureText(error, config, this.#columns)));
  }

  #put(config: ExpectationConfig, result: ExpectationResult): void {
    this.#results.set(config, result);
  }
}

interface Sample {
  readonly value: unknown;
  /** The values of the columns that identify the row, and the value itself. */
  readonly index: Readonly<Record<string, unknown>>;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Whether an error ends the whole validation, not this expectation alone. */
function isStop(error: unknown): boolean {
  return !(error instanceof Error) || error.name === "AbortError";
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

/** A value as JSON has it: whole numbers and decimals as numbers, instants as ISO 8601, also within lists and structs. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return [...value].map(([key, one]) => [plain(key), plain(one)]);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

function countsOfValues(
  values: readonly unknown[],
  partialCount: number,
): readonly { readonly value: unknown; readonly count: number }[] {
  const counts = new Map<string, { value: unknown; count: number }>();
  for (const value of values) {
    const key = JSON.stringify(value) ?? "undefined";
    const known = counts.get(key);
    counts.set(key, { value, count: (known?.count ?? 0) + 1 });
  }
  return [...counts.values()].toSorted((left, right) => right.count - left.count).slice(0, partialCount);
}
