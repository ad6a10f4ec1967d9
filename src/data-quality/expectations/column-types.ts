import type { DataType } from "finance-feedback-delta";

/** Other names of Delta's types, in small letters: of SQL, Spark, pandas and Python. */
const aliases: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    string: ["string", "str", "text", "varchar", "stringtype", "object", "object_", "o"],
    long: ["long", "bigint", "int64", "longtype", "int", "integer"],
    integer: ["integer", "int", "int32", "integertype"],
    short: ["short", "smallint", "int16", "shorttype"],
    byte: ["byte", "tinyint", "int8", "bytetype"],
    double: ["double", "float64", "doubletype", "float"],
    float: ["float", "real", "float32", "floattype"],
    boolean: ["boolean", "bool", "booleantype"],
    date: ["date", "datetype"],
    timestamp: [
      "timestamp",
      "timestamptz",
      "timestamptype",
      "datetime",
      "datetime64",
      "datetime64[ns]",
      "datetime64[ns, utc]",
      "datetime64[us, utc]",
      "datetimetzdtype",
      "datetimetzdtypetype",
    ],
    timestamp_ntz: ["timestamp_ntz", "timestampntztype", "datetime", "datetime64", "datetime64[ns]"],
    binary: ["binary", "bytes", "blob", "binarytype"],
  }),
);

/** Whether a name is one of a column's type. */
export function typeMatches(type: DataType, name: string): boolean {
  const wanted = name.trim().toLowerCase();
  if (typeof type !== "string") return wanted === type.type || wanted === `${type.type}type`;
  if (wanted === type) return true;
  if (type.startsWith("decimal")) return ["decimal", "decimaltype", "numeric"].includes(wanted);
  return aliases.get(type)?.includes(wanted) ?? false;
}
