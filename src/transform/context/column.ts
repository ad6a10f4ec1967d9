import { define, PyFunction } from "../jinja/function.ts";
import { str } from "../jinja/printing.ts";
import { PyObject, type Value } from "../jinja/values.ts";

const integerTypes: ReadonlySet<string> = new Set(
  (
    "tinyint smallint integer bigint hugeint utinyint usmallint uinteger ubigint uhugeint " +
    "int1 int2 int4 int8 short int signed long"
  ).split(" "),
);
const floatTypes: ReadonlySet<string> = new Set(["real", "float", "float4", "float8", "double"]);
const textTypes: ReadonlySet<string> = new Set(["text", "character varying", "character", "varchar"]);

/** A column of a relation, as `adapter.get_columns_in_relation` gives it: `api.Column`. */
export class Column extends PyObject {
  readonly typeName = "DuckDBColumn";
  readonly name: string;
  readonly dataType: string;

  constructor(name: string, dataType: string) {
    super();
    this.name = name;
    this.dataType = dataType;
  }

  override repr(): string {
    return `<DuckDBColumn ${this.name} (${this.dataType})>`;
  }

  override attribute(name: string): Value | undefined {
    const type = this.dataType.toLowerCase();
    const isNumeric = type.startsWith("numeric") || type.startsWith("decimal");
    switch (name) {
      case "name":
      case "column":
        return this.name;
      case "quoted":
        return `"${this.name}"`;
      case "dtype":
        return this.dataType.replace(/\(.*\)$/, "");
      case "data_type":
        return this.dataType;
      case "is_string":
        return says(textTypes.has(type.replace(/\(.*\)$/, "")));
      case "is_numeric":
        return says(isNumeric);
      case "is_integer":
        return says(integerTypes.has(type));
      case "is_float":
        return says(floatTypes.has(type));
      case "is_number":
        return says(isNumeric || integerTypes.has(type) || floatTypes.has(type));
      default:
        return undefined;
    }
  }

  override equals(other: Value): boolean {
    return other instanceof Column && other.name === this.name && other.dataType === this.dataType;
  }
}

/** `api.Column` itself: it makes columns, and knows types by their usual names. */
export class ColumnClass extends PyObject {
  readonly typeName = "type";

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "create":
        return define(
          "create",
          ["name", "label_or_dtype"],
          (column, type) => new Column(str(column), translated(str(type))),
        );
      case "translate_type":
        return define("translate_type", ["dtype"], (type) => translated(str(type)));
      case "numeric_type":
        return define("numeric_type", ["dtype", "precision", "scale"], (type, precision, scale) =>
          precision === null || scale === null ? str(type) : `${str(type)}(${str(precision)},${str(scale)})`,
        );
      case "string_type":
        return define("string_type", ["size"], (size) => `character varying(${str(size)})`);
      default:
        return undefined;
    }
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value {
    const make = define("Column", ["column", "dtype"], (name, type) => new Column(str(name), str(type)));
    return make.call(args, kwargs);
  }
}

/** dbt has its own name for one type. */
export function translated(type: string): string {
  return type.toUpperCase() === "STRING" ? "TEXT" : type;
}

function says(answer: boolean): PyFunction {
  return new PyFunction("is", () => answer);
}
