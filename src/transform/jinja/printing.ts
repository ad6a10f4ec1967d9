import { PyObject, type Value } from "./values.ts";

/** What `{{ value }}` prints: Python's `str`. */
export function str(value: Value): string {
  if (typeof value === "string") return value;
  return value instanceof PyObject ? value.text() : repr(value);
}

/** How a value prints inside of a list: Python's `repr`. */
export function repr(value: Value): string {
  if (value === null) return "None";
  switch (typeof value) {
    case "string":
      return stringRepr(value);
    case "boolean":
      return value ? "True" : "False";
    case "bigint":
      return value.toString();
    case "number":
      return floatRepr(value);
    default:
      return value.repr();
  }
}

/** Both languages print the shortest digits that read back as the same float; the notation differs. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain = exponent < 0 ? fractionOf(value, mantissa, exponent) : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

function fractionOf(value: number, mantissa: string, exponent: number): string {
  const digits = mantissa.replaceAll(/[-.]/g, "");
  return `${value < 0 ? "-" : ""}0.${"0".repeat(-exponent - 1)}${digits}`;
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll(/[\\'\p{C}\p{Z}]/gu, (character) => {
    if (character === " ") return " ";
    if (character === "'") return quote === "'" ? "\\'" : "'";
    return shortEscapes.get(character) ?? codeEscape(character);
  });
  return `${quote}${escaped}${quote}`;
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function codeEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  switch (typeof value) {
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float";
    default:
      return value.typeName;
  }
}

export function truthy(value: Value): boolean {
  if (value instanceof PyObject) return value.truthy();
  return value === null ? false : Boolean(value);
}
