/** A fixed-point number with eight decimals: the value times 10^8. */
export type Decimal8 = bigint;

/** A decimal number as text, or as a number that stands for its shortest text. */
export type DecimalSource = string | number;

/** Why a text is not a `Decimal8`: `too-precise` has a digit other than zero past the eighth decimal. */
export type Decimal8Refusal = "not-a-number" | "too-precise" | "too-large";

/**
 * Reads a decimal number exactly, in plain or exponent notation (`5236.01`, `1e-7`). Zeros past the eighth
 * decimal are fine. So is the noise of binary floating point, of double and of single precision: a number within one unit in
 * the last place of one with eight decimals is that number. `NaN`, `Infinity`, hexadecimal and the empty text are refused as
 * `not-a-number`; values of 10^30 and more as `too-large`, since no decimal column holds them.
 *
 * @example parseDecimal8("0.1") === 10_000_000n
 */
export function parseDecimal8(source: DecimalSource): Decimal8 | Decimal8Refusal {
  const value = parseCommon(source) ?? parseAny(String(source), refuseExcess);
  return value === "too-precise" ? (withoutNoise(String(source)) ?? value) : value;
}

/**
 * Reads a number and rounds it to eight decimals, ties to even: for volumes, which providers send with any
 * number of decimals. `undefined` when the text is not a number, or is 10^30 and more.
 */
export function roundDecimal8(source: DecimalSource): Decimal8 | undefined {
  const value = parseCommon(source) ?? parseAny(String(source), roundExcess);
  return typeof value === "bigint" ? value : undefined;
}

/** The exact value with all eight decimals: `5236.01000000`. */
export function formatDecimal8(value: Decimal8): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${negative ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const scale = 8;
const integerDigitsMax = 30;
const textLengthMax = 400;
const zero = 48;
const nine = 57;
const dot = 46;
const minus = 45;

/** Ten to the power 8 - decimals. */
const upscale: readonly number[] = [1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1];

function parseCommon(source: DecimalSource): Decimal8 | undefined {
  return typeof source === "number" ? fromNumber(source) : parsePlain(source);
}

/** Below it a multiple of 10^-8 has at most 15 digits, and no two such decimals share a float. */
const exactMax = 1e15;

/**
 * The decimal of a number's shortest text, without the text: the nearest multiple of 10^-8, if it reads as this number and has
 * at most 15 digits. All other numbers go by their text.
 */
function fromNumber(value: number): Decimal8 | undefined {
  const scaled = Math.round(value * 1e8);
  return Math.abs(scaled) < exactMax && scaled / 1e8 === value ? BigInt(scaled) : undefined;
}

/**
 * The common case, which allocates nothing except the result: plain notation, and few enough digits that the scaled value is
 * a safe integer. `undefined` sends the text to `parseAny`.
 */
function parsePlain(text: string): Decimal8 | undefined {
  const length = text.length;
  if (length > 17) return undefined;
  const negative = text.charCodeAt(0) === minus;
  let index = negative ? 1 : 0;
  let mantissa = 0;
  const integerStart = index;
  let code = text.charCodeAt(index);
  while (code >= zero && code <= nine) {
    mantissa = mantissa * 10 + (code - zero);
    code = text.charCodeAt(++index);
  }
  if (index === integerStart) return undefined;
  let decimals = 0;
  if (code === dot) {
    code = text.charCodeAt(++index);
    while (code >= zero && code <= nine) {
      mantissa = mantissa * 10 + (code - zero);
      decimals++;
      code = text.charCodeAt(++index);
    }
    if (decimals === 0) return undefined;
  }
  if (index !== length) return undefined;
  const factor = upscale[decimals];
  if (factor === undefined) return undefined;
  const scaled = mantissa * factor;
  if (scaled > Number.MAX_SAFE_INTEGER) return undefined;
  return BigInt(negative ? -scaled : scaled);
}

const numberPattern = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,4}))?$/;

/** Decides about digits past the eighth decimal: `excess` has them, `magnitude` the value before them. */
type ExcessRule = (magnitude: bigint, excess: string) => Decimal8 | "too-precise";

function parseAny(text: string, excessRule: ExcessRule): Decimal8 | Decimal8Refusal {
  const trimmed = text.trim();
  // The bound limits the cost of a hostile text; no float prints longer than this.
  if (trimmed.length > textLengthMax) return "not-a-number";
  const match = numberPattern.exec(trimmed);
  if (match === null) return "not-a-number";
  const [, sign, integer = "", fraction = "", bareFraction = "", exponentText = "0"] = match;
  const decimals = fraction + bareFraction;
  const digits = (integer + decimals).replace(/^0+/, "");
  if (digits === "") return 0n;
  // The value is digits * 10^-decimals * 10^exponent; shift is the power of ten that brings it to the scale.
  const shift = Number(exponentText) - decimals.length + scale;
  if (digits.length + shift > integerDigitsMax + scale) return "too-large";
  const magnitude = magnitudeAtScale(digits, shift, excessRule);
  if (typeof magnitude === "string") return magnitude;
  return sign === "-" ? -magnitude : magnitude;
}

function magnitudeAtScale(digits: string, shift: number, excessRule: ExcessRule): Decimal8 | "too-precise" {
  if (shift >= 0) return BigInt(digits + "0".repeat(shift));
  const kept = digits.slice(0, shift);
  // When all digits lie past the scale there may be zeros between the point and the first of them.
  const missing = Math.max(0, -shift - digits.length);
  const excess = "0".repeat(missing) + digits.slice(shift);
  return excessRule(kept === "" ? 0n : BigInt(kept), excess);
}

/** Programs print a double with so many digits. A number that means more than eight decimals has fewer. */
const noiseDigitsMin = 15;

/** The number with at most eight decimals that binary arithmetic turned into this text; `undefined` for none. */
function withoutNoise(text: string): Decimal8 | undefined {
  const value = Number(text);
  const digits = text
    .replace(/[eE].*$/, "")
    .replaceAll(/[^\d]/g, "")
    .replace(/^0+/, "").length;
  if (!Number.isFinite(value) || digits < noiseDigitsMin) return undefined;
  const nearest = Number(value.toFixed(8));
  if (Math.abs(value - nearest) <= unitInLastPlace(nearest, 52)) return exactly(nearest.toFixed(8));
  // A number of single precision, written as a double.
  if (Math.fround(value) !== value) return undefined;
  for (let precision = 6; precision <= 9; precision += 1) {
    const short = Number(value.toPrecision(precision));
    if (Math.fround(short) !== value) continue;
    const rounded = Number(short.toFixed(8));
    const isNear = Math.abs(value - rounded) <= unitInLastPlace(rounded, 23);
    return isNear ? exactly(rounded.toFixed(8)) : undefined;
  }
  return undefined;
}

function exactly(text: string): Decimal8 | undefined {
  const value = parseAny(text, refuseExcess);
  return typeof value === "bigint" ? value : undefined;
}

/** The distance from a number to the next one, with so many bits behind the first. */
function unitInLastPlace(value: number, bits: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(value) || Number.MIN_VALUE)) - bits);
}

function refuseExcess(magnitude: bigint, excess: string): Decimal8 | "too-precise" {
  return /^0*$/.test(excess) ? magnitude : "too-precise";
}

function roundExcess(magnitude: bigint, excess: string): Decimal8 {
  const first = excess.charCodeAt(0);
  const half = zero + 5;
  if (first < half) return magnitude;
  const tie = first === half && /^0*$/.test(excess.slice(1));
  if (tie && magnitude % 2n === 0n) return magnitude;
  return magnitude + 1n;
}
