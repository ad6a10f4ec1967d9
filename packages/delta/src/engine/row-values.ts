import { anyNumber, countFromZero, kind, oneOf, required } from "../contract/option-kinds.ts";
import { assertArguments } from "../arguments.ts";
import { msPerDay } from "../protocol/epoch-days.ts";
import { decimalShape } from "../protocol/schema.ts";
import type { DataType } from "../protocol/schema.ts";
import { DeltaError } from "../errors.ts";

/** Turns a non-null value of a column (see `Column`) into the value that rows carry. */
export function rowValueReader(type: DataType): (value: unknown) => unknown {
  const decimal = decimalShape(type);
  if (decimal !== undefined) {
    return (value) => (typeof value === "bigint" ? formatDecimal(value, decimal.scale) : value);
  }
  switch (type) {
    case "timestamp":
    case "timestamp_ntz":
      return (value) => (typeof value === "bigint" ? toDate(value) : value);
    case "date":
      return (value) => (typeof value === "number" ? formatDate(value) : value);
    default:
      return (value) => value;
  }
}

// The three below are asked of every value of a column: what is wrong with an argument is only looked for when something is.
const anyBigint = required(kind<bigint>("a bigint", (value) => typeof value === "bigint"));
const aDay = required(
  kind<number>(
    "a day that a Date can hold, counted from 1970-01-01",
    (value) =>
      anyNumber.problem("day", value) === undefined &&
      !Number.isNaN(new Date(Number(value) * msPerDay).getTime()),
  ),
);

/** An unscaled decimal as its exact text: `formatDecimal(-1250n, 3)` is `"-1.250"`. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (typeof unscaled !== "bigint" || !Number.isSafeInteger(scale) || scale < 0)
    assertArguments(
      "formatDecimal",
      { unscaled, scale },
      { unscaled: anyBigint, scale: required(countFromZero) },
    );
  if (scale === 0) return unscaled.toString();
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${negative ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Days since the epoch as `YYYY-MM-DD`, with the sign and six digits of ISO 8601 for years beyond four digits. */
export function formatDate(epochDays: number): string {
  const date = new Date(typeof epochDays === "number" ? epochDays * msPerDay : NaN);
  if (Number.isNaN(date.getTime())) assertArguments("formatDate", { epochDays }, { epochDays: aDay });
  return date.toISOString().replace(/T.*$/, "");
}

/** Microseconds since the epoch as ISO 8601 with as many digits of the second as there are: none, three or six. */
export function formatTimestamp(micros: bigint, zone: "Z" | ""): string {
  if (typeof micros !== "bigint" || (zone !== "Z" && zone !== ""))
    assertArguments(
      "formatTimestamp",
      { micros, zone },
      { micros: anyBigint, zone: required(oneOf("Z", "")) },
    );
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = toDate(micros - rest)
    .toISOString()
    .replace(/\.\d{3}Z$/, "");
  if (rest === 0n) return `${seconds}${zone}`;
  const digits = rest.toString().padStart(6, "0");
  return `${seconds}.${digits.endsWith("000") ? digits.slice(0, 3) : digits}${zone}`;
}

/**
 * Microseconds since the epoch as a Date, floored to the millisecond.
 *
 * @throws DeltaError `INVALID_VALUE` for those that no Date can hold, infinity among them.
 */
export function toDate(micros: bigint): Date {
  const date = new Date(Number(floorToMs(micros)));
  if (Number.isNaN(date.getTime()))
    throw new DeltaError(
      "INVALID_VALUE",
      `a time of ${micros} microseconds after 1970 is outside the range of a Date; columns() gives it as that number`,
    );
  return date;
}

/** Does work on the values of a column; what is wrong with one names the column. */
export function namingColumn<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DeltaError)) throw error;
    throw new DeltaError("INVALID_VALUE", `"${name}": ${error.message}`, { cause: error });
  }
}

function floorToMs(micros: bigint): bigint {
  const quotient = micros / 1000n;
  return micros < 0n && micros % 1000n !== 0n ? quotient - 1n : quotient;
}
