const decimals = 18;
const integerDigitsMax = 20;
const textLengthMax = 400;
const pattern = /^([+-]?)(?:(\d+)\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d{1,4}))?$/;

/** Why a text is no amount. */
export interface AmountProblem {
  readonly problem: string;
}

/**
 * A number as `decimal(38,18)` has it, read from its text without a double in between: `0E-30` is 0, and digits behind the
 * 18th decimal are rounded, ties to even.
 */
export function readAmount(text: string): string | AmountProblem {
  const trimmed = text.trim();
  const match = trimmed.length > textLengthMax ? null : pattern.exec(trimmed);
  if (match === null) return { problem: "is not a number" };
  const [, sign = "", integer = "", fraction = "", bare = "", exponent = "0"] = match;
  const digits = `${integer}${fraction}${bare}`.replace(/^0+/, "");
  if (digits === "") return "0";
  // The value is digits * 10^-behind.
  const behind = fraction.length + bare.length - Number(exponent);
  if (digits.length - behind > integerDigitsMax) return tooLarge;
  const shift = decimals - behind;
  const scaled = shift >= 0 ? BigInt(digits + "0".repeat(shift)) : roundedAt(digits, digits.length + shift);
  if (scaled === 0n) return "0";
  const all = scaled.toString().padStart(decimals + 1, "0");
  const whole = all.slice(0, -decimals);
  if (whole.length > integerDigitsMax) return tooLarge;
  const rest = all.slice(-decimals).replace(/0+$/, "");
  return `${sign === "-" ? "-" : ""}${whole}${rest === "" ? "" : `.${rest}`}`;
}

const tooLarge: AmountProblem = { problem: `has more than ${integerDigitsMax} digits before the point` };

/** The first digits as a number, rounded by those behind; a place below 0 leaves none of them. */
function roundedAt(digits: string, place: number): bigint {
  if (place < 0) return 0n;
  const kept = place === 0 ? 0n : BigInt(digits.slice(0, place));
  const rest = digits.slice(place);
  const half = "5".padEnd(rest.length, "0");
  const isUp = rest > half || (rest === half && kept % 2n === 1n);
  return isUp ? kept + 1n : kept;
}
