import { strip } from "./whitespace.ts";

/** Python's `int(text, base)`; undefined for what is no number. */
export function parseIntegerText(text: string, base: number): bigint | undefined {
  const match = /^([-+]?)(0[xXoObB]_?)?([\da-zA-Z]+(?:_[\da-zA-Z]+)*)$/.exec(strip(text));
  if (match === null) return undefined;
  const [, sign, prefix, digits = ""] = match;
  const prefixBase = prefix === undefined ? undefined : prefixBases.get(prefix.charAt(1).toLowerCase());
  const isPrefixed = prefixBase !== undefined && (base === 0 || base === prefixBase);
  const plain = ((isPrefixed ? "" : (prefix ?? "")) + digits).replaceAll("_", "");
  const value = digitsValue(plain, isPrefixed ? prefixBase : base === 0 ? 10 : base);
  return value !== undefined && sign === "-" ? -value : value;
}

const prefixBases: ReadonlyMap<string, number> = new Map([
  ["x", 16],
  ["o", 8],
  ["b", 2],
]);

function digitsValue(digits: string, base: number): bigint | undefined {
  if (base === 10) return /^\d+$/.test(digits) ? BigInt(digits) : undefined;
  let value = 0n;
  for (const one of digits) {
    const digit = Number.parseInt(one, 36);
    if (Number.isNaN(digit) || digit >= base) return undefined;
    value = value * BigInt(base) + BigInt(digit);
  }
  return value;
}

/** Python's `float(text)`; undefined for what is no number. */
export function parseFloatText(text: string): number | undefined {
  const plain = strip(text);
  if (/^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i.test(plain)) {
    return Number(plain.replaceAll("_", ""));
  }
  const special = /^([-+]?)(inf|infinity|nan)$/i.exec(plain);
  if (special === null) return undefined;
  if (special[2]?.toLowerCase() === "nan") return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
