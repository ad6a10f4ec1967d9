import { textLength } from "./characters.ts";
import { asNumber } from "./equality.ts";
import { limitError, typeError, valueError } from "./failures.ts";
import { floatDigits } from "./number-format.ts";
import { floatRepr, str, typeName } from "./printing.ts";
import { PyObject, type Value } from "./values.ts";

/** `format(value, spec)`, such as `format(3.14159, ">8.2f")`. */
export function formatValue(value: Value, specText: string): string {
  if (value instanceof PyObject || value === null) {
    if (specText === "") return str(value);
    const formatted = value?.format(specText);
    if (formatted !== undefined) return formatted;
    throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`);
  }
  if (specText === "") return str(value);
  const spec = parse(specText, value);
  if (typeof value === "string") return formatText(value, spec);
  const number = typeof value === "boolean" && spec.type === "s" ? undefined : asNumber(value);
  return number === undefined ? formatText(str(value), spec) : formatNumber(number, spec);
}

type Spec = {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly isAlternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
};

const pattern = /^(?:([^])?([<>=^]))?([-+ ]?)(z?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?([a-zA-Z%]?)$/u;
const widest = 10_000;

function parse(text: string, value: Value): Spec {
  const match = pattern.exec(text);
  if (match === null)
    throw valueError(`Invalid format specifier '${text}' for object of type '${typeName(value)}'`);
  const [, fill, align, sign = "", , alternate, zero, width = "", grouping = "", precision, type = ""] =
    match;
  if (Number(width) > widest || Number(precision ?? 0) > widest)
    throw limitError(`the format '${text}' is too wide`);
  const isZero = zero === "0";
  return {
    fill: fill ?? (isZero ? "0" : " "),
    align: align ?? (isZero && typeof value !== "string" ? "=" : ""),
    sign,
    isAlternate: alternate === "#",
    width: Number(width),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
}

function formatText(text: string, spec: Spec): string {
  if (spec.type !== "" && spec.type !== "s") {
    throw valueError(`Unknown format code '${spec.type}' for object of type 'str'`);
  }
  if (spec.align === "=") throw valueError("'=' alignment not allowed in string format specifier");
  const cut = spec.precision === undefined ? text : Array.from(text).slice(0, spec.precision).join("");
  return aligned("", cut, spec, "<");
}

function formatNumber(value: bigint | number, spec: Spec): string {
  const isNegative = value < 0 || Object.is(value, -0);
  const sign = isNegative ? "-" : spec.sign === "-" ? "" : spec.sign;
  const digits = typeof value === "bigint" ? integerDigits(value, spec) : realDigits(value, spec, "float");
  return aligned(sign, digits, spec, ">");
}

function integerDigits(value: bigint, spec: Spec): string {
  const magnitude = value < 0n ? -value : value;
  if ("eEfFgG%".includes(spec.type) && spec.type !== "") return realDigits(Number(value), spec, "int");
  if (spec.precision !== undefined) throw valueError("Precision not allowed in integer format specifier");
  switch (spec.type) {
    case "":
    case "d":
    case "n":
      return grouped(magnitude.toString(), spec.grouping, 3);
    case "b":
    case "o":
    case "x":
    case "X": {
      const radix = { b: 2, o: 8, x: 16, X: 16 }[spec.type];
      const digits =
        (spec.isAlternate ? `0${spec.type.toLowerCase()}` : "") +
        grouped(magnitude.toString(radix), spec.grouping, 4);
      return spec.type === "X" ? digits.toUpperCase() : digits;
    }
    case "c":
      return String.fromCodePoint(Number(value));
    default:
      throw valueError(`Unknown format code '${spec.type}' for object of type 'int'`);
  }
}

function realDigits(value: number, spec: Spec, type: "int" | "float"): string {
  const digits = ungrouped(value, spec, type);
  const [whole = "", ...rest] = digits.split(/(?=[.e])/);
  return grouped(whole, spec.grouping, 3) + rest.join("");
}

function ungrouped(value: number, spec: Spec, type: "int" | "float"): string {
  const precision = spec.precision ?? 6;
  switch (spec.type) {
    case "e":
    case "f":
    case "g":
      return floatDigits(value, spec.type, precision, spec.isAlternate);
    case "E":
      return floatDigits(value, "e", precision).toUpperCase();
    case "F":
      return floatDigits(value, "f", precision).toUpperCase();
    case "G":
      return floatDigits(value, "g", precision).toUpperCase();
    case "n":
      return floatDigits(value, "g", precision);
    case "%":
      return `${floatDigits(value * 100, "f", precision)}%`;
    case "":
      return shortest(value, spec.precision);
    default:
      throw valueError(`Unknown format code '${spec.type}' for object of type '${type}'`);
  }
}

/** Without a type a float prints as `repr`; with a precision as %g that keeps one digit behind the point. */
function shortest(value: number, precision: number | undefined): string {
  if (precision === undefined) return floatRepr(Math.abs(value));
  const general = floatDigits(value, "g", precision);
  return /[.en]/.test(general) ? general : `${general}.0`;
}

function grouped(digits: string, separator: string, size: number): string {
  if (separator === "" || !/^[\da-f]+$/i.test(digits)) return digits;
  const first = digits.length % size || size;
  const groups = [digits.slice(0, first)];
  for (let start = first; start < digits.length; start += size)
    groups.push(digits.slice(start, start + size));
  return groups.join(separator);
}

function aligned(sign: string, body: string, spec: Spec, natural: string): string {
  const missing = Math.max(0, spec.width - textLength(sign + body));
  const fill = (count: number) => spec.fill.repeat(count);
  switch (spec.align === "" ? natural : spec.align) {
    case "<":
      return sign + body + fill(missing);
    case "^":
      return fill(Math.floor(missing / 2)) + sign + body + fill(Math.ceil(missing / 2));
    case "=":
      return sign + fill(missing) + body;
    default:
      return fill(missing) + sign + body;
  }
}
