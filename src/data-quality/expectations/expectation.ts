import { quoteName } from "finance-feedback-delta";
import * as z from "zod";
import type { DataType, StructField, StructType } from "finance-feedback-delta";

import type { MarketCalendars } from "../../market/market-calendars.ts";
import { QualityError } from "../quality-error.ts";
import { instantSql } from "../earlier-suites.ts";
import { literalSql } from "../sql.ts";
import type { Kwargs } from "../suite.ts";

/** What a kind of expectation compiles to: the query over the rows, and the judgement of its result. */
export type CompiledExpectation = MapExpectation | AggregateExpectation | SchemaExpectation | RowsExpectation;

/** Each row passes or fails. */
export interface MapExpectation {
  readonly kind: "map";
  /** What a result shows of an unexpected row: a value, several as a list, or several by name. */
  readonly columns: readonly string[];
  readonly showsNames?: boolean;
  /** SQL that is true for rows that count as missing, neither expected nor unexpected; `false` for none. */
  readonly missing: string;
  /** False for an expectation about nulls: its result does not count missing rows. */
  readonly countsMissing?: boolean;
  /** SQL that is true for unexpected rows, evaluated where `missing` is not true. */
  readonly unexpected: string;
  /** The SQL has window functions: it cannot share a pass with others. */
  readonly hasWindow?: boolean;
  /**
   * `unexpected` when only new rows are validated, which follow stored ones.
   *
   * @param earlier SQL behind FROM for the rows that were stored before.
   */
  unexpectedBehind?(earlier: string): string;
  /** When no two rows agree in these columns, none is unexpected. That is cheaper to find than the rows that agree. */
  readonly uniqueBy?: readonly string[];
  /** Share of the rows that must pass, from 0 to 1. */
  readonly mostly: number;
}

/** One or more figures of all rows. */
export interface AggregateExpectation {
  readonly kind: "aggregate";
  /** SQL aggregates by name. */
  readonly values: Readonly<Record<string, string>>;
  judge(values: Readonly<Record<string, unknown>>): Judgement;
}

/** It reads the columns' names and types, no rows. */
interface SchemaExpectation {
  readonly kind: "schema";
  judge(): Judgement;
}

/** A query of its own, whose rows are the evidence. */
export interface RowsExpectation {
  readonly kind: "rows";
  /** When only new rows are validated, it also sees the bars before and behind them in their series. */
  readonly series?: SeriesContext;
  /**
   * @param batch SQL behind FROM.
   * @param isNew SQL that is true for the rows that are validated; the others are there for comparison.
   */
  sql(batch: string, isNew: string): string;
  judge(rows: readonly Readonly<Record<string, unknown>>[]): Judgement;
}

/** The stored bars that new ones are compared with: those between the first and the last new one, and some on either side. */
export interface SeriesContext {
  /** The columns that tell series apart. */
  readonly key: readonly string[];
  readonly time: string;
  /** How many bars of each series before its first new one, and behind its last. */
  readonly bars: number;
  /** SQL that is true for a row that counts as a bar; all do when left out. */
  readonly counted?: string;
  /** Columns; as many bars are needed for each of their values. */
  readonly kinds?: readonly string[];
  /** How far away the search for them begins; it goes on everywhere when there are too few. `undefined`: everywhere at once. */
  readonly reachMs: number | undefined;
  /** In place of a number: all bars since this instant, and since the first new one. */
  readonly sinceMs?: number;
}

export interface Judgement {
  readonly success: boolean;
  readonly observed_value?: unknown;
  readonly details?: unknown;
  /** Further counts and lists. */
  readonly counts?: Readonly<Record<string, unknown>>;
  readonly unexpected_rows?: readonly Readonly<Record<string, unknown>>[];
}

export interface ExpectationDefinition {
  readonly type: string;
  /** @throws QualityError, UnevaluableExpectation */
  compile(kwargs: Kwargs, batch: BatchColumns): CompiledExpectation;
}

/** An expectation that cannot be evaluated on these columns. Its result says so; the others go on. */
export class UnevaluableExpectation extends Error {}

/** The columns of the rows that are validated. */
export class BatchColumns {
  readonly fields: readonly StructField[];
  /** The instant of the validation; freshness is judged by it. */
  readonly now: Date;
  readonly calendars: MarketCalendars;

  readonly #dateColumns: ReadonlySet<string>;

  constructor(
    schema: Pick<StructType, "fields">,
    now: Date,
    calendars: MarketCalendars,
    dateColumns: Iterable<string> = [],
  ) {
    this.fields = schema.fields;
    this.now = now;
    this.calendars = calendars;
    this.#dateColumns = new Set(dateColumns);
  }

  /** These columns, with some texts read as instants. */
  withDates(names: readonly string[]): BatchColumns {
    if (names.length === 0) return this;
    const texts = names.filter((name) => this.find(name)?.type === "string");
    return new BatchColumns(this, this.now, this.calendars, texts);
  }

  get names(): readonly string[] {
    return this.fields.map(({ name }) => name);
  }

  find(name: string): StructField | undefined {
    return this.fields.find((member) => member.name === name);
  }

  /** A column as a result shows it: exact decimals as numbers, because JSON has no other notation for them. */
  shown(name: string): string {
    if (this.#dateColumns.has(name)) return this.sql(name);
    return this.isDecimal(name) ? `${quoteName(name)}::DOUBLE` : quoteName(name);
  }

  /** The value of a column, which must exist. NaN is no value, as in pandas. */
  sql(name: string): string {
    const type = this.find(name)?.type;
    if (type === undefined)
      throw new UnevaluableExpectation(`Error: The column "${name}" in BatchData does not exist.`);
    const quoted = quoteName(name);
    if (this.#dateColumns.has(name)) return `(${instantSql(quoted)})`;
    return type === "double" || type === "float" ? `nullif(${quoted}, 'NaN')` : quoted;
  }

  /** The literals of a set that can equal a value of the column: no text equals a number, except a decimal's own text. */
  literals(name: string, set: readonly unknown[]): readonly string[] {
    const type = this.find(name)?.type;
    const isText = type === "string" && !this.#dateColumns.has(name);
    const isNumber = typeof type === "string" && numericTypes.has(type);
    return set
      .filter((value) => value !== null && value !== undefined)
      .filter((value) => !isText || typeof value === "string")
      .filter((value) => !isNumber || typeof value === "number" || typeof value === "bigint")
      .filter((value) => !this.isDecimal(name) || (value !== "" && !Number.isNaN(Number(value))))
      .map(literalSql);
  }

  isTime(name: string): boolean {
    const type = this.find(name)?.type;
    return type === "timestamp" || type === "timestamp_ntz" || type === "date" || this.#dateColumns.has(name);
  }

  /** Whether each value of the column has one place in the order and one text: NaN has no place, and binary no text. */
  isOrdered(name: string): boolean {
    const type = this.find(name)?.type;
    return type === "string" || this.isTime(name) || this.isDecimal(name) || isInteger(type);
  }

  isDecimal(name: string): boolean {
    const type = this.find(name)?.type;
    return typeof type === "string" && type.startsWith("decimal");
  }
}

const numericTypes: ReadonlySet<string> = new Set(["byte", "short", "integer", "long", "float", "double"]);

function isInteger(type: DataType | undefined): boolean {
  return type === "byte" || type === "short" || type === "integer" || type === "long";
}

/** Defines an expectation by the shape of its arguments. Unknown ones are refused: a misspelt one would have no effect. */
export function define<Shape extends z.ZodRawShape>(
  type: string,
  shape: Shape,
  compile: (kwargs: z.infer<z.ZodObject<Shape>>, batch: BatchColumns) => CompiledExpectation,
): ExpectationDefinition {
  const schema = z.strictObject(shape);
  return {
    type,
    compile(kwargs, batch) {
      const parsed = schema.safeParse(withoutCommon(kwargs));
      if (parsed.success) return compile(parsed.data, batch);
      const issues = parsed.error.issues.map(
        (issue) => `${issue.path.join(".") || "kwargs"}: ${issue.message}`,
      );
      throw new QualityError("INVALID_SUITE", `${type}: ${issues.join("; ")}`);
    },
  };
}

/** The arguments of every expectation, which the validation itself handles. */
const commonKwargs: ReadonlySet<string> = new Set([
  "row_condition",
  "condition_parser",
  "result_format",
  "catch_exceptions",
  "batch_id",
  "severity",
  "notes",
  "meta",
]);

function withoutCommon(kwargs: Kwargs): Kwargs {
  return Object.fromEntries(
    Object.entries(kwargs).filter(([name, value]) => !commonKwargs.has(name) && value !== null),
  );
}

/** The shapes of arguments that several kinds have. */
type MostlyShape = {
  readonly mostly: z.ZodDefault<z.ZodNumber>;
};
type ColumnShape = {
  readonly column: z.ZodString;
};
/** A bound is a number, or the text of a number, a date or an instant. */
type BoundShape = z.ZodOptional<z.ZodType<number | string>>;
type BetweenShape = {
  readonly min_value: BoundShape;
  readonly max_value: BoundShape;
  readonly strict_min: z.ZodDefault<z.ZodBoolean>;
  readonly strict_max: z.ZodDefault<z.ZodBoolean>;
};

export const mostlyShape: MostlyShape = { mostly: z.number().min(0).max(1).default(1) };
export const columnShape: ColumnShape = { column: z.string() };
const boundShape: BoundShape = z
  .custom<number | string>(
    (bound) => typeof bound === "string" || (typeof bound === "number" && !Number.isNaN(bound)),
    "a bound is a number or a text",
  )
  .optional();
/**
 * Refuses bounds that are not numbers: an empty text would count as zero.
 *
 * @throws UnevaluableExpectation
 */
export function assertNumericBounds(bounds: {
  readonly min_value?: number | string | undefined;
  readonly max_value?: number | string | undefined;
}): void {
  for (const [name, bound] of [
    ["min_value", bounds.min_value],
    ["max_value", bounds.max_value],
  ] as const) {
    const isText = typeof bound === "string" && (bound.trim() === "" || Number.isNaN(Number(bound)));
    if (isText)
      throw new UnevaluableExpectation(
        `${name} is compared with a number, and ${JSON.stringify(bound)} is not one`,
      );
  }
}

export const betweenShape: BetweenShape = {
  min_value: boundShape,
  max_value: boundShape,
  strict_min: z.boolean().default(false),
  strict_max: z.boolean().default(false),
};
