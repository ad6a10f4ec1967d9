import { scaledDecimal } from "./number-laws.ts";

// The digits of a float as C prints them: %f, %e and %g, without sign.

export type FloatNotation = "f" | "e" | "g";

/** @param keepZeros of %g: `#` keeps the zeros at the end */
export function floatDigits(
  value: number,
  notation: FloatNotation,
  precision: number,
  keepZeros = false,
): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return "inf";
  const magnitude = Math.abs(value);
  if (notation === "f") return fixed(magnitude, precision);
  if (notation === "e") return exponential(magnitude, precision);
  return general(magnitude, precision === 0 ? 1 : precision, keepZeros);
}

function fixed(value: number, precision: number): string {
  const digits = scaledDecimal(value, precision)
    .toString()
    .padStart(precision + 1, "0");
  if (precision === 0) return digits;
  return `${digits.slice(0, -precision)}.${digits.slice(-precision)}`;
}

function exponential(value: number, precision: number): string {
  const { digits, exponent } = significant(value, precision + 1);
  const mantissa = precision === 0 ? digits : `${digits.charAt(0)}.${digits.slice(1)}`;
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function general(value: number, precision: number, keepZeros: boolean): string {
  const { exponent } = significant(value, precision);
  const isFixed = exponent >= -4 && exponent < precision;
  const text = isFixed ? fixed(value, precision - 1 - exponent) : exponential(value, precision - 1);
  if (keepZeros) return text;
  const [mantissa = "", tail] = text.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return tail === undefined ? short : `${short}e${tail}`;
}

/** So many digits, and the power of ten of the first one. */
function significant(value: number, count: number): { readonly digits: string; readonly exponent: number } {
  if (value === 0) return { digits: "0".repeat(count), exponent: 0 };
  const exponent = Number(value.toExponential().split("e")[1]);
  const digits = scaledDecimal(value, count - 1 - exponent).toString();
  if (digits.length === count) return { digits, exponent };
  // 9.99 becomes 10.0 by rounding.
  return { digits: digits.slice(0, count), exponent: exponent + 1 };
}
