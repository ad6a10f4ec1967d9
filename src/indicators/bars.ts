import { isObject, ownMember, shown } from "finance-feedback-delta/contract";

import { IndicatorError } from "./indicator-error.ts";

/** One value for each bar, in time order. `null` and NaN mean missing, which a volume alone may be. */
export type NumberColumn = ArrayLike<number | null>;

/** The columns that indicators read, see {@link barColumns}. */
export interface BarColumns {
  readonly high: NumberColumn;
  readonly low: NumberColumn;
  readonly close: NumberColumn;
  readonly volume: NumberColumn;
  /** When each bar opens, in milliseconds since 1970. */
  readonly timestamp: NumberColumn;
}

/** One bar, for `update`. */
export interface IndicatorBar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
  /** When the bar opens, in milliseconds since 1970. */
  readonly timestamp: number;
}

/**
 * The columns of bars that a table gives, in the form that indicators take.
 *
 * @param columns what `scan.columns({ decimals: "number" })` gives, in the order of time.
 * @throws IndicatorError `INVALID_ARGUMENT` for a column that is missing or has exact decimals.
 */
export function barColumns(
  columns: Readonly<Record<string, { readonly values: ArrayLike<unknown> }>>,
): BarColumns {
  if (!isObject(columns)) {
    throw new IndicatorError(
      "INVALID_ARGUMENT",
      `barColumns takes the columns of a scan by name, not ${shown(columns)}`,
    );
  }
  const doubles = (name: string): Float64Array => {
    const values = ownMember(columns, name)?.values;
    if (values instanceof Float64Array) return values;
    const problem =
      values === undefined
        ? `There is no column ${name} among ${Object.keys(columns).join(", ")}`
        : `The column ${name} has exact decimals; read it with columns({ decimals: "number" })`;
    throw new IndicatorError("INVALID_ARGUMENT", problem);
  };
  return {
    high: doubles("high"),
    low: doubles("low"),
    close: doubles("close"),
    volume: doubles("volume"),
    timestamp: millisecondsOf(ownMember(columns, "timestamp")?.values),
  };
}

function millisecondsOf(values: ArrayLike<unknown> | undefined): Float64Array {
  if (values instanceof BigInt64Array) return Float64Array.from(values, (micros) => Number(micros) / 1000);
  throw new IndicatorError("INVALID_ARGUMENT", "There is no column timestamp of a table among the columns");
}

export type HighLow = Pick<BarColumns, "high" | "low">;
export type HighLowClose = Pick<BarColumns, "high" | "low" | "close">;
export type HighLowCloseVolume = Pick<BarColumns, "high" | "low" | "close" | "volume">;

/**
 * A column of prices as doubles; a Float64Array is taken as it is.
 *
 * @throws IndicatorError `INVALID_ARGUMENT` for a value that is no finite number.
 */
export function pricesOf(name: string, column: NumberColumn): Float64Array {
  const doubles = doublesOf(name, column);
  if (areFinite(doubles)) return doubles;
  const index = doubles.findIndex((value) => !Number.isFinite(value));
  throw notFinite(`${name}[${index}]`, column[index]);
}

/** The year 5138, or March of 1973 in microseconds. */
const latestMs = 1e14;

/**
 * A column of instants in milliseconds since 1970.
 *
 * @throws IndicatorError `INVALID_ARGUMENT`, for microseconds too: a day would be a thousand of them.
 */
export function timestampsOf(column: NumberColumn): Float64Array {
  const doubles = pricesOf("timestamp", column);
  const index = doubles.findIndex((instant) => Math.abs(instant) > latestMs);
  if (index === -1) return doubles;
  throw new IndicatorError(
    "INVALID_ARGUMENT",
    `timestamp[${index}] is ${doubles[index]}; a timestamp is milliseconds since 1970, not microseconds`,
  );
}

/** A column of volumes as doubles, NaN where one is missing. */
export function volumesOf(column: NumberColumn): Float64Array {
  const doubles = doublesOf("volume", column);
  for (let index = 0; index < doubles.length; index++) {
    const volume = doubles[index] ?? Number.NaN;
    if (volume < 0 || volume === Infinity)
      throw new IndicatorError("INVALID_ARGUMENT", `volume[${index}] is ${volume}; a volume is 0 or more`);
  }
  return doubles;
}

/** @throws IndicatorError `INVALID_ARGUMENT` when columns differ in length. */
export function assertSameLength(columns: Readonly<Record<string, Float64Array>>): void {
  const lengths = Object.entries(columns).map(([name, { length }]) => ({ name, length }));
  const [first] = lengths;
  const other = lengths.find(({ length }) => length !== first?.length);
  if (first === undefined || other === undefined) return;
  throw new IndicatorError(
    "INVALID_ARGUMENT",
    `${first.name} has ${first.length} values and ${other.name} has ${other.length}; all columns have one for each bar`,
  );
}

/** Zero times a finite number is zero, and NaN times any other one. Four sums at once, since each waits for itself. */
function areFinite(doubles: Float64Array): boolean {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 3 < doubles.length; index += 4) {
    first += (doubles[index] ?? Number.NaN) * 0;
    second += (doubles[index + 1] ?? Number.NaN) * 0;
    third += (doubles[index + 2] ?? Number.NaN) * 0;
    fourth += (doubles[index + 3] ?? Number.NaN) * 0;
  }
  for (; index < doubles.length; index++) first += (doubles[index] ?? Number.NaN) * 0;
  return first + second + third + fourth === 0;
}

function doublesOf(name: string, column: NumberColumn): Float64Array {
  if (column instanceof Float64Array) return column;
  if (!isColumn(column)) {
    throw new IndicatorError(
      "INVALID_ARGUMENT",
      `${name} is an array of numbers, one for each bar, not ${shown(column)}`,
    );
  }
  const doubles = new Float64Array(column.length);
  for (let index = 0; index < doubles.length; index++) {
    const value: unknown = column[index];
    // A text would become a number in silence, and a bigint would throw without a name.
    if (typeof value !== "number" && value !== null && value !== undefined)
      throw notFinite(`${name}[${index}]`, value);
    doubles[index] = value ?? Number.NaN;
  }
  return doubles;
}

function isColumn(column: unknown): column is NumberColumn {
  return Array.isArray(column) || (ArrayBuffer.isView(column) && !(column instanceof DataView));
}

function notFinite(name: string, value: unknown): IndicatorError {
  const hint =
    typeof value === "string"
      ? '; read the table with decimals: "number"'
      : typeof value === "bigint"
        ? "; make it a number first"
        : "";
  const meant = name.startsWith("volume")
    ? "a volume is a number from 0 on, or null"
    : name.startsWith("timestamp")
      ? "a timestamp is milliseconds since 1970"
      : "a price is a finite number";
  return new IndicatorError("INVALID_ARGUMENT", `${name} is ${shown(value)}; ${meant}${hint}`);
}
