/*
 * statistics: what the log says of the values in data files, and which files a filter can skip.
 *
 * It guarantees that no file with a matching row is skipped. A statistic that is missing, rounded, cut or of another type
 * keeps the file. test/statistics/pruning.test.ts compares each rule with the answer without pruning.
 */
import { DeltaError } from "../errors.ts";
import type { AddFile } from "../protocol/actions.ts";
import { physicalNameOf } from "../protocol/column-mapping.ts";
import type { ColumnMappingMode } from "../protocol/column-mapping.ts";
import { partitionValueText } from "../protocol/partition-values.ts";
import { decimalShape } from "../protocol/schema.ts";
import type { DataType, StructType } from "../protocol/schema.ts";
import { FileStatistics, statisticsColumn } from "./column-facts.ts";
import type { StatisticsColumn } from "./column-facts.ts";
import { compareOrdered, isFinerThanMicros, toOrdered } from "./literal.ts";
import type { Literal, Ordered } from "./literal.ts";
import type { Comparison, Predicate } from "./predicate.ts";
import { ownMember } from "../contract/own-members.ts";

/** What pruning has to know of a table. */
export interface PrunedTable {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly columnMapping: ColumnMappingMode;
}

export interface PruningResult {
  readonly kept: readonly AddFile[];
  readonly prunedByPartition: number;
  readonly prunedByStatistics: number;
}

/**
 * Skips the files that cannot hold a row that matches the predicate: first by partition values, then by the statistics
 * in the log. A value that is missing, malformed or incomparable keeps the file.
 */
export function pruneFiles(
  files: Iterable<AddFile>,
  predicate: Predicate | undefined,
  table: PrunedTable,
): PruningResult {
  if (predicate === undefined) return { kept: [...files], prunedByPartition: 0, prunedByStatistics: 0 };
  const columns = columnTable(table);
  const prepared = prepare(predicate, columns);
  const kept: AddFile[] = [];
  const isPartitioned = table.partitionColumns.length > 0;
  let prunedByPartition = 0;
  let prunedByStatistics = 0;
  for (const file of files) {
    const source = new FileRanges(file);
    if (
      isPartitioned &&
      !mayMatch(prepared, (column) => (column.isPartition ? source.partition(column) : undefined))
    ) {
      prunedByPartition += 1;
    } else if (!mayMatch(prepared, (column) => source.range(column))) {
      prunedByStatistics += 1;
    } else {
      kept.push(file);
    }
  }
  return { kept, prunedByPartition, prunedByStatistics };
}

/** What is known of one column's values in one file. */
interface ValueRange {
  readonly min: Ordered | undefined;
  readonly max: Ordered | undefined;
  /** Whether some row, and whether every row, is null; `undefined` when unknown. */
  readonly someNull: boolean | undefined;
  readonly allNull: boolean | undefined;
}

interface Column extends StatisticsColumn {
  readonly type: DataType;
  readonly isPartition: boolean;
}

/** A predicate whose columns are resolved and whose literals are in their columns' order. */
type Prepared =
  | { readonly kind: "and" | "or"; readonly operands: readonly Prepared[] }
  | {
      readonly kind: "compare";
      readonly column: Column;
      readonly operator: Comparison;
      readonly value: Ordered;
    }
  | { readonly kind: "in"; readonly column: Column; readonly values: readonly Ordered[] }
  | { readonly kind: "isNull" | "isNotNull"; readonly column: Column }
  | { readonly kind: "never" | "unknown" };

function columnTable(table: PrunedTable): ReadonlyMap<string, Column> {
  const { schema, partitionColumns, columnMapping } = table;
  const partitions = new Set(partitionColumns.map((name) => name.toLowerCase()));
  return new Map(
    schema.fields.map((member) => {
      const key = member.name.toLowerCase();
      const physicalName = physicalNameOf(member, columnMapping);
      const type = member.type;
      return [key, { ...statisticsColumn(physicalName), type, isPartition: partitions.has(key) }];
    }),
  );
}

function prepare(predicate: Predicate, columns: ReadonlyMap<string, Column>): Prepared {
  switch (predicate.kind) {
    case "and":
    case "or":
      return {
        kind: predicate.kind,
        operands: predicate.operands.map((operand) => prepare(operand, columns)),
      };
    case "never":
    case "unknown":
      return { kind: predicate.kind };
    case "compare":
    case "in":
    case "isNull":
    case "isNotNull": {
      const column = columns.get(predicate.column.toLowerCase());
      if (column === undefined) return { kind: "unknown" };
      return prepareOnColumn(predicate, column);
    }
  }
}

/** The engine would cut the text to microseconds, and match times that the text does not name. */
function assertNotTooFine({ kind, text }: Literal, type: DataType): void {
  const isTime = type === "timestamp" || type === "timestamp_ntz";
  if (!isTime || kind !== "text" || !isFinerThanMicros(text)) return;
  throw new DeltaError(
    "INVALID_PREDICATE",
    `'${text}' has more than six decimals of a second, and times in tables have at most six: give it in microseconds`,
  );
}

function prepareOnColumn(
  predicate: Extract<Predicate, { readonly column: string }>,
  column: Column,
): Prepared {
  const ordered = (literal: Literal): Ordered | undefined => {
    assertNotTooFine(literal, column.type);
    return toOrdered(literal, column.type);
  };
  switch (predicate.kind) {
    case "isNull":
    case "isNotNull":
      return { kind: predicate.kind, column };
    case "compare": {
      const value = ordered(predicate.literal);
      return value === undefined
        ? { kind: "unknown" }
        : { kind: "compare", column, operator: predicate.operator, value };
    }
    case "in": {
      const values: Ordered[] = [];
      for (const literal of predicate.literals) {
        const value = ordered(literal);
        if (value === undefined) return { kind: "unknown" };
        values.push(value);
      }
      return { kind: "in", column, values };
    }
  }
}

function mayMatch(predicate: Prepared, rangeOf: (column: Column) => ValueRange | undefined): boolean {
  switch (predicate.kind) {
    case "never":
      return false;
    case "unknown":
      return true;
    case "and":
      return predicate.operands.every((operand) => mayMatch(operand, rangeOf));
    case "or":
      return predicate.operands.some((operand) => mayMatch(operand, rangeOf));
    case "isNull":
      return rangeOf(predicate.column)?.someNull !== false;
    case "isNotNull":
      return rangeOf(predicate.column)?.allNull !== true;
    case "compare": {
      const range = rangeOf(predicate.column);
      return (
        range === undefined ||
        compareMayHold(range, predicate.operator, predicate.value, predicate.column.type)
      );
    }
    case "in": {
      const range = rangeOf(predicate.column);
      if (range === undefined) return true;
      return predicate.values.some((value) => compareMayHold(range, "=", value, predicate.column.type));
    }
  }
}

function compareMayHold(range: ValueRange, operator: Comparison, value: Ordered, type: DataType): boolean {
  // A comparison with null is never true.
  if (range.allNull === true) return false;
  const { min, max } = range;
  // The engine orders NaN above every number, and statistics leave it out.
  const unboundedAbove = type === "double";
  switch (operator) {
    case "=":
      return (
        !(min !== undefined && compareOrdered(value, min) < 0) &&
        !(max !== undefined && compareOrdered(value, max) > 0)
      );
    case "!=":
      return !(
        !unboundedAbove &&
        min !== undefined &&
        max !== undefined &&
        isExact(type) &&
        compareOrdered(min, value) === 0 &&
        compareOrdered(max, value) === 0
      );
    case "<":
      return min === undefined || compareOrdered(min, value) < 0;
    case "<=":
      return min === undefined || compareOrdered(min, value) <= 0;
    case ">":
      return unboundedAbove || max === undefined || compareOrdered(max, value) > 0;
    case ">=":
      return unboundedAbove || max === undefined || compareOrdered(max, value) >= 0;
  }
}

/** Whether the log keeps the bounds of a type without rounding or cutting them. */
function isExact(type: DataType): boolean {
  return type === "date" || type === "integer" || type === "short" || type === "byte";
}

/** Reads a file's partition values and statistics, each at most once. */
class FileRanges {
  readonly #file: AddFile;
  #statistics: FileStatistics | undefined;
  #last: { readonly column: Column; readonly range: ValueRange } | undefined;

  constructor(file: AddFile) {
    this.#file = file;
  }

  partition(column: Column): ValueRange | undefined {
    const text = partitionValueText(ownMember(this.#file.partitionValues, column.physicalName));
    if (text === null) return { min: undefined, max: undefined, someNull: true, allNull: true };
    const value = toOrdered({ kind: isNumeric(column.type) ? "number" : "text", text }, column.type);
    return { min: value, max: value, someNull: false, allNull: false };
  }

  range(column: Column): ValueRange | undefined {
    if (column.isPartition) return this.partition(column);
    // A predicate asks for both ends of a range, one after the other.
    if (this.#last?.column === column) return this.#last.range;
    const range = this.#statisticsRange(column);
    this.#last = { column, range };
    return range;
  }

  #statisticsRange(column: Column): ValueRange {
    this.#statistics ??= new FileStatistics(this.#file.stats);
    const { numRecords } = this.#statistics;
    const { min, max, nullCount: nulls } = this.#statistics.facts(column);
    const knownNulls = typeof nulls === "number" && typeof numRecords === "number" ? nulls : undefined;
    // Rows that were deleted since change neither "no row is null" nor "every row is null".
    const allNull = knownNulls === undefined ? undefined : knownNulls === numRecords;
    const someNull = knownNulls === undefined ? undefined : knownNulls > 0;
    return {
      min: lowerBound(min, column.type),
      max: upperBound(max, column.type),
      someNull,
      allNull,
    };
  }
}

function isNumeric(type: DataType): boolean {
  return (
    decimalShape(type) !== undefined ||
    type === "long" ||
    type === "integer" ||
    type === "short" ||
    type === "byte" ||
    type === "double"
  );
}

function boundValue(bound: unknown, type: DataType): Ordered | undefined {
  if (typeof bound === "number") return toOrdered({ kind: "number", text: String(bound) }, type);
  if (typeof bound === "string") {
    return toOrdered({ kind: isNumeric(type) ? "number" : "text", text: bound }, type);
  }
  return undefined;
}

/**
 * 64-bit integers and decimals become doubles here, which may round them. A bound that is wider by a relative step of
 * 2^-51 makes up for that.
 */
const roundingSlack = 2 ** -51;

function isRounded(value: Ordered | undefined, type: DataType): value is number {
  return typeof value === "number" && !isExact(type) && !(type === "long" && Number.isSafeInteger(value));
}

function lowerBound(bound: unknown, type: DataType): Ordered | undefined {
  const value = boundValue(bound, type);
  return isRounded(value, type) ? value - Math.abs(value) * roundingSlack : value;
}

function upperBound(bound: unknown, type: DataType): Ordered | undefined {
  const value = boundValue(bound, type);
  if (isRounded(value, type)) return value + Math.abs(value) * roundingSlack;
  // Writers floor timestamps to milliseconds.
  if (typeof value === "bigint") return value + 1000n;
  return value;
}
