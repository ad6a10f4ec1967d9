import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from "@duckdb/node-api";
import type { DuckDBValue } from "@duckdb/node-api";

import { describeType, decimalShape } from "../../protocol/schema.ts";
import type { DataType, StructType } from "../../protocol/schema.ts";
import { shown } from "../../contract/shown.ts";
import { isFinerThanMicros, toEpochMicros } from "../../statistics/literal.ts";
import { setMember } from "../../contract/own-members.ts";
import { msPerDay } from "../../protocol/epoch-days.ts";

/** Turns one value as rows carry it into the engine's; throws {@link ValueProblem} for what the type cannot hold. */
export type ValueWriter = (value: unknown) => DuckDBValue;

/** Why a value does not fit; the caller adds the column and the row. */
export class ValueProblem extends Error {}

const microsPerDay = BigInt(msPerDay) * 1000n;
const firstMicros = BigInt(Date.parse("0001-01-01T00:00:00Z")) * 1000n;
const lastMicros = BigInt(Date.parse("9999-12-31T23:59:59.999Z")) * 1000n + 999n;

/** The writer of a type. The caller handles null and undefined; the writers of nested types handle those inside. */
export function valueWriter(type: DataType): ValueWriter {
  if (typeof type === "object") return nestedWriter(type);
  const decimal = decimalShape(type);
  if (decimal !== undefined) {
    return (value) =>
      new DuckDBDecimalValue(
        toUnscaled(value, decimal.precision, decimal.scale),
        decimal.precision,
        decimal.scale,
      );
  }
  switch (type) {
    case "string":
      return (value) => {
        if (typeof value !== "string") throw problem(value, type);
        if (!value.isWellFormed()) throw new ValueProblem("a string holds half of a surrogate pair");
        return value;
      };
    case "boolean":
      return (value) => {
        if (typeof value !== "boolean") throw problem(value, type);
        return value;
      };
    case "long":
      return (value) => toInteger(value, type, -(2n ** 63n), 2n ** 63n - 1n);
    case "integer":
      return (value) => Number(toInteger(value, type, -(2n ** 31n), 2n ** 31n - 1n));
    case "short":
      return (value) => Number(toInteger(value, type, -(2n ** 15n), 2n ** 15n - 1n));
    case "byte":
      return (value) => Number(toInteger(value, type, -(2n ** 7n), 2n ** 7n - 1n));
    case "float":
      return (value) => {
        const isTooLarge = Number.isFinite(value) && !Number.isFinite(Math.fround(Number(value)));
        if (typeof value !== "number" || isTooLarge) throw problem(value, type);
        return value;
      };
    case "double":
      return (value) => {
        if (typeof value !== "number") throw problem(value, type);
        return value;
      };
    case "binary":
      return (value) => {
        if (!(value instanceof Uint8Array)) throw problem(value, type);
        return new DuckDBBlobValue(value);
      };
    case "date":
      return (value) => new DuckDBDateValue(toEpochDays(value));
    case "timestamp":
      return (value) => new DuckDBTimestampTZValue(toMicros(value, type));
    case "timestamp_ntz":
      return (value) => new DuckDBTimestampValue(toMicros(value, type));
    case "void":
      return (value) => {
        throw problem(value, type);
      };
    default:
      throw new Error(`No writer for ${type}`);
  }
}

/** A decimal given as text, number or whole bigint, as its unscaled value; never rounds. */
function toUnscaled(value: unknown, precision: number, scale: number): bigint {
  const typeName = `decimal(${precision},${scale})`;
  if (typeof value === "bigint")
    return checkPrecision(value * 10n ** BigInt(scale), precision, typeName, value);
  const text = typeof value === "number" && Number.isFinite(value) ? plainNotation(value) : value;
  if (typeof text !== "string") throw new ValueProblem(`${show(value)} is not a ${typeName}`);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text.trim());
  const whole = match?.[2] ?? "";
  const fraction = (match?.[3] ?? "").replace(/0+$/, "");
  if (match === null || (whole === "" && (match[3] ?? "") === "")) {
    throw new ValueProblem(`${show(value)} is not a ${typeName}`);
  }
  if (fraction.length > scale) throw new ValueProblem(`${show(value)} has more than ${scale} decimal places`);
  const unscaled = BigInt(`${match[1] === "-" ? "-" : ""}${whole}${fraction.padEnd(scale, "0")}` || "0");
  return checkPrecision(unscaled, precision, typeName, value);
}

/** A number in plain notation: 1e-7 as 0.0000001. */
function plainNotation(value: number): string {
  const text = String(value);
  if (!/e/i.test(text)) return text;
  const [mantissa = "0", exponentText = "0"] = text.toLowerCase().split("e");
  const exponent = Number(exponentText);
  const negative = mantissa.startsWith("-");
  const [whole = "0", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const padded =
    point <= 0
      ? `0.${"0".repeat(-point)}${digits}`
      : `${digits.padEnd(point, "0").slice(0, point)}.${digits.slice(point)}`;
  return (negative ? "-" : "") + padded;
}

function checkPrecision(unscaled: bigint, precision: number, typeName: string, value: unknown): bigint {
  const limit = 10n ** BigInt(precision);
  if (unscaled >= limit || unscaled <= -limit)
    throw new ValueProblem(`${show(value)} does not fit ${typeName}`);
  return unscaled;
}

function toInteger(value: unknown, type: DataType, min: bigint, max: bigint): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new ValueProblem(`${show(value)} is not an exact ${describeType(type)}`);
  }
  if (typeof value !== "bigint" && typeof value !== "number") throw problem(value, type);
  const integer = BigInt(value);
  if (integer < min || integer > max)
    throw new ValueProblem(`${show(value)} does not fit ${describeType(type)}`);
  return integer;
}

function toMicros(value: unknown, type: DataType): bigint {
  if (value instanceof Date && !Number.isNaN(value.getTime()))
    return withinCalendar(BigInt(value.getTime()) * 1000n, value);
  const micros = typeof value === "string" ? toEpochMicros(value) : undefined;
  if (micros === undefined || typeof value !== "string") throw problem(value, type);
  if (isFinerThanMicros(value))
    throw new ValueProblem(`${show(value)} has more than six decimals of a second`);
  return withinCalendar(micros, value);
}

/** The years from 1 to 9999, which all engines and the text of the log can hold. */
function withinCalendar(micros: bigint, value: unknown): bigint {
  if (micros < firstMicros || micros > lastMicros)
    throw new ValueProblem(`${show(value)} is not in the years 1 to 9999`);
  return micros;
}

function toEpochDays(value: unknown): number {
  if (value instanceof Date && !Number.isNaN(value.getTime())) {
    const days = value.getTime() / msPerDay;
    if (!Number.isInteger(days))
      throw new ValueProblem(`${value.toISOString()} is not midnight UTC, so it is not a date`);
    withinCalendar(BigInt(days) * microsPerDay, value);
    return days;
  }
  const micros = toMicros(value, "date");
  if (micros % microsPerDay !== 0n) throw problem(value, "date");
  return Number(micros / microsPerDay);
}

function nestedWriter(type: Exclude<DataType, string>): ValueWriter {
  switch (type.type) {
    case "array": {
      const element = nullableWriter(type.elementType);
      return (value) => {
        if (!Array.isArray(value)) throw problem(value, type);
        return new DuckDBListValue(value.map((item: unknown) => element(item)));
      };
    }
    case "map": {
      const key = nullableWriter(type.keyType);
      const entry = nullableWriter(type.valueType);
      return (value) => {
        if (!(value instanceof Map)) throw problem(value, type);
        return new DuckDBMapValue(
          [...value].map(([name, item]: [unknown, unknown]) => ({ key: key(name), value: entry(item) })),
        );
      };
    }
    case "struct":
      return structWriter(type);
  }
}

function structWriter(type: StructType): ValueWriter {
  const members = type.fields.map((member) => ({ name: member.name, write: nullableWriter(member.type) }));
  const known = new Set(members.map((member) => member.name));
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw problem(value, type);
    const source = new Map<string, unknown>(Object.entries(value));
    for (const name of source.keys()) {
      if (!known.has(name)) throw new ValueProblem(`the struct has no member ${JSON.stringify(name)}`);
    }
    const entries: Record<string, DuckDBValue> = {};
    for (const member of members) setMember(entries, member.name, member.write(source.get(member.name)));
    return new DuckDBStructValue(entries);
  };
}

function nullableWriter(type: DataType): ValueWriter {
  const write = valueWriter(type);
  return (value) => (value === null || value === undefined ? null : write(value));
}

function problem(value: unknown, type: DataType): ValueProblem {
  return new ValueProblem(`${show(value)} is not a ${describeType(type)}`);
}

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null && !(value instanceof Date)) return shown(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return `${text.length > 60 ? `${text.slice(0, 60)}...` : text} (${value === null ? "null" : typeof value})`;
}
