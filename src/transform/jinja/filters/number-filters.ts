import { integerOr, textOrNone } from "../characters.ts";
import { asNumber } from "../equality.ts";
import { typeError, valueError } from "../failures.ts";
import { floatDigits } from "../number-format.ts";
import { roundFloat, roundInteger } from "../number-laws.ts";
import { parseFloatText, parseIntegerText } from "../number-text.ts";
import { typeName } from "../printing.ts";
import { Undefined } from "../undefined.ts";
import { PyObject, type Value } from "../values.ts";
import { type FilterEntry, filter } from "./filter.ts";

/** The filters that make a number of a value. */
export const numberFilters: readonly FilterEntry[] = [
  filter("int", ["default?", "base?"], (input, fallback, base) =>
    toInteger(input, fallback === undefined ? 0n : fallback, integerOr(base, 10)),
  ),
  filter(
    "float",
    ["default?"],
    (input, fallback) => toFloat(input) ?? (fallback === undefined ? 0 : fallback),
  ),
  filter("abs", [], (input) => {
    const number = numberOf(input, "abs");
    return number < 0 ? -number : number;
  }),
  filter("round", ["precision?", "method?"], (input, precision, method) =>
    round(input, integerOr(precision, 0), textOrNone(method) ?? "common"),
  ),
  filter("filesizeformat", ["binary?"], (input, binary) => fileSize(toFloat(input) ?? 0, binary === true)),
];

function toInteger(input: Value, fallback: Value, base: number): Value {
  if (typeof input === "string") {
    const parsed = parseIntegerText(input, base);
    if (parsed !== undefined) return parsed;
  }
  const number = asNumber(input);
  if (typeof number === "bigint") return number;
  const float = toFloat(input);
  return float === undefined || !Number.isFinite(float) ? fallback : BigInt(Math.trunc(float));
}

function toFloat(input: Value): number | undefined {
  if (input instanceof Undefined) throw input.failure();
  if (typeof input === "string") return parseFloatText(input);
  if (input instanceof PyObject) {
    const converted = input.number();
    return converted === undefined ? undefined : Number(converted);
  }
  const number = asNumber(input);
  return number === undefined ? undefined : Number(number);
}

function numberOf(input: Value, filterName: string): bigint | number {
  if (input instanceof Undefined) throw input.failure();
  const number = asNumber(input);
  if (number === undefined) throw typeError(`bad operand type for ${filterName}: '${typeName(input)}'`);
  return number;
}

function round(input: Value, precision: number, method: string): Value {
  const number = numberOf(input, "round");
  if (method === "common") {
    return typeof number === "bigint" ? roundInteger(number, precision) : roundFloat(number, precision);
  }
  if (method !== "ceil" && method !== "floor") throw valueError("method must be common, ceil or floor");
  const unit = 10 ** precision;
  const scaled = Number(number) * unit;
  return (method === "ceil" ? Math.ceil(scaled) : Math.floor(scaled)) / unit;
}

function fileSize(bytes: number, isBinary: boolean): string {
  const base = isBinary ? 1024 : 1000;
  if (bytes === 1) return "1 Byte";
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const letters = isBinary ? "KMGTPEZY" : "kMGTPEZY";
  const power = Math.min(letters.length, Math.floor(Math.log(bytes) / Math.log(base)));
  const exact = base ** (power + 1) <= bytes ? power + 1 : power;
  const chosen = Math.min(letters.length, exact);
  return `${floatDigits(bytes / base ** chosen, "f", 1)} ${letters.charAt(chosen - 1)}${isBinary ? "iB" : "B"}`;
}
