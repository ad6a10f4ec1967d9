import { integer, textLength } from "./characters.ts";
import { asNumber } from "./equality.ts";
import { limitError, typeError, valueError } from "./failures.ts";
import { PyDict } from "./mappings.ts";
import { floatDigits } from "./number-format.ts";
import { repr, str, typeName } from "./printing.ts";
import { PyTuple } from "./sequences.ts";
import { PyObject, type Value } from "./values.ts";

/** `"%s of %d" % values`, Python's printf. */
export function percentFormat(format: string, values: Value): string {
  const source = new Arguments(values);
  const result = format.replaceAll(conversion, (whole: string, ...groups: (string | undefined)[]) => {
    const [key, flags = "", width = "", precision, type = ""] = groups;
    if (type === "%") return "%";
    if (type === "") throw valueError(`'${whole}' in a format has no conversion`);
    const wide = width === "*" ? integer(source.next()) : Number(width);
    const exact =
      precision === "*" ? integer(source.next()) : precision === undefined ? undefined : Number(precision);
    if (wide > widest || (exact ?? 0) > widest) throw limitError(`'${whole}' in a format is too wide`);
    const value = key === undefined ? source.next() : source.byKey(key);
    return pad(convert(value, type, flags, exact), wide, flags, numeric.has(type));
  });
  source.end();
  return result;
}

const conversion = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([diouxXeEfFgGcrsa%]|$|(?=.))/g;
const numeric: ReadonlySet<string> = new Set("diouxXeEfFgG");
const widest = 10_000;

/** The values behind the `%`: a tuple is taken one by one, a dict by key. */
class Arguments {
  readonly #values: Value;
  readonly #items: readonly Value[];
  #position = 0;
  #usedKeys = false;

  constructor(values: Value) {
    this.#values = values;
    this.#items = values instanceof PyTuple ? values.items : [values];
  }

  next(): Value {
    const value = this.#items[this.#position];
    if (value === undefined) throw typeError("not enough arguments for format string");
    this.#position += 1;
    return value;
  }

  byKey(key: string): Value {
    this.#usedKeys = true;
    if (!(this.#values instanceof PyDict)) throw typeError("format requires a mapping");
    const value = this.#values.get(key);
    if (value === undefined) throw valueError(`the format names '${key}', which the dict does not have`);
    return value;
  }

  end(): void {
    // Whatever has items could be read by key, so Python does not complain that it was not.
    const hasItems =
      this.#values instanceof PyObject &&
      !(this.#values instanceof PyTuple) &&
      this.#values.size() !== undefined;
    if (this.#usedKeys || hasItems || this.#position >= this.#items.length) return;
    throw typeError("not all arguments converted during string formatting");
  }
}

function convert(value: Value, type: string, flags: string, precision: number | undefined): string {
  switch (type) {
    case "s":
      return str(value).slice(0, precision);
    case "r":
    case "a":
      return repr(value).slice(0, precision);
    case "c":
      return character(value);
    case "d":
    case "i":
    case "u":
      return signed(wholeNumber(value, type), flags, (number) => digits(number, 10, precision));
    case "o":
      return signed(
        integerOnly(value, type),
        flags,
        (number) => prefix(flags, "0o") + digits(number, 8, precision),
      );
    case "x":
    case "X": {
      const text = signed(
        integerOnly(value, type),
        flags,
        (number) => prefix(flags, "0x") + digits(number, 16, precision),
      );
      return type === "X" ? text.toUpperCase() : text;
    }
    default:
      return float(value, type, flags, precision ?? 6);
  }
}

function character(value: Value): string {
  if (typeof value === "string" && textLength(value) === 1) return value;
  if (typeof value === "bigint") return String.fromCodePoint(Number(value));
  throw typeError("%c requires int or char");
}

function wholeNumber(value: Value, type: string): bigint {
  const number = asNumber(value);
  if (number === undefined)
    throw typeError(`%${type} format: a real number is required, not ${typeName(value)}`);
  if (typeof number === "number" && !Number.isFinite(number))
    throw valueError(`cannot convert float ${repr(value)} to integer`);
  return BigInt(typeof number === "number" ? Math.trunc(number) : number);
}

function integerOnly(value: Value, type: string): bigint {
  const number = asNumber(value);
  if (typeof number === "bigint") return number;
  throw typeError(`%${type} format: an integer is required, not ${typeName(value)}`);
}

function float(value: Value, type: string, flags: string, precision: number): string {
  const number = asNumber(value);
  if (number === undefined) throw typeError(`must be real number, not ${typeName(value)}`);
  const real = Number(number);
  const notation = type.toLowerCase();
  const text = floatDigits(
    real,
    notation === "e" ? "e" : notation === "g" ? "g" : "f",
    precision,
    flags.includes("#"),
  );
  const withSign = sign(real < 0 || Object.is(real, -0), flags) + text;
  return type === notation ? withSign : withSign.toUpperCase();
}

function signed(value: bigint, flags: string, print: (magnitude: bigint) => string): string {
  return sign(value < 0n, flags) + print(value < 0n ? -value : value);
}

function sign(isNegative: boolean, flags: string): string {
  if (isNegative) return "-";
  if (flags.includes("+")) return "+";
  return flags.includes(" ") ? " " : "";
}

function prefix(flags: string, text: string): string {
  return flags.includes("#") ? text : "";
}

function digits(value: bigint, radix: number, precision: number | undefined): string {
  return value.toString(radix).padStart(precision ?? 0, "0");
}

function pad(text: string, width: number, flags: string, isNumeric: boolean): string {
  const missing = width - textLength(text);
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || !isNumeric || /inf|nan/i.test(text)) return " ".repeat(missing) + text;
  const head = /^[-+ ]?(?:0[xXoO])?/.exec(text)?.[0] ?? "";
  return head + "0".repeat(missing) + text.slice(head.length);
}
