// Division and rounding as Python does them.

/** Towards minus infinity; JavaScript's bigint division goes towards zero. */
export function floorDivide(left: bigint, right: bigint): bigint {
  const quotient = left / right;
  return left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient;
}

/** It has the sign of the divisor. */
export function remainder(left: bigint, right: bigint): bigint {
  const rest = left % right;
  return rest !== 0n && rest < 0n !== right < 0n ? rest + right : rest;
}

export function floatRemainder(left: number, right: number): number {
  const rest = left % right;
  if (rest === 0) return right < 0 ? -0 : 0;
  return rest < 0 === right < 0 ? rest : rest + right;
}

export function floatFloorDivide(left: number, right: number): number {
  const quotient = (left - floatRemainder(left, right)) / right;
  if (quotient === 0) return left / right < 0 ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** The float nearest to the exact quotient, of ints of any size. */
export function divideExactly(left: bigint, right: bigint): number {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  const [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  const sign = left < 0n === right < 0n ? 1 : -1;
  if (a <= most && b <= most) return (sign * Number(a)) / Number(b);
  // 66 bits and one that says whether there is more: enough to round once, and correctly.
  const shift = BigInt(bitLength(b) - bitLength(a) + 66);
  const [numerator, denominator] = shift > 0n ? [a << shift, b] : [a, b << -shift];
  const bits = numerator / denominator;
  const sticky = numerator % denominator === 0n ? bits : bits | 1n;
  return sign * scale(Number(sticky), -Number(shift));
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** In two steps: 2 ** 1100 alone would be infinite. */
function scale(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

/** `|value| · 10^places`, rounded half to even from the float's exact value. */
export function scaledDecimal(value: number, places: number): bigint {
  const { mantissa, exponent } = exactParts(Math.abs(value));
  let numerator = mantissa;
  let denominator = 1n;
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (places >= 0) numerator *= 10n ** BigInt(places);
  else denominator *= 10n ** BigInt(-places);
  const quotient = numerator / denominator;
  const twiceRest = (numerator % denominator) * 2n;
  if (twiceRest < denominator || (twiceRest === denominator && quotient % 2n === 0n)) return quotient;
  return quotient + 1n;
}

const floatBits = new DataView(new ArrayBuffer(8));

function exactParts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  floatBits.setFloat64(0, value);
  const bits = floatBits.getBigUint64(0);
  const fraction = bits & 0xfffffffffffffn;
  const biased = Number((bits >> 52n) & 0x7ffn);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

/** Python's `round(value, places)` of a float. */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || value === 0 || places > 330) return value;
  const digits = scaledDecimal(value, places);
  const magnitude = Number(`${digits}e${-places}`);
  return value < 0 ? -magnitude : magnitude;
}

/** Python's `round(value, places)` of an int: only negative places change it. */
export function roundInteger(value: bigint, places: number): bigint {
  if (places >= 0) return value;
  const unit = 10n ** BigInt(-places);
  const quotient = floorDivide(value, unit);
  const twiceRest = remainder(value, unit) * 2n;
  const isUp = twiceRest > unit || (twiceRest === unit && quotient % 2n !== 0n);
  return (isUp ? quotient + 1n : quotient) * unit;
}
