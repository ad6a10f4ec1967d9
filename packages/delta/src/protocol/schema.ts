import {
  anyObject,
  anyText,
  either,
  flag,
  kind,
  listOf,
  optionsOf,
  required,
} from "../contract/option-kinds.ts";
import { isObject } from "../contract/shown.ts";
import { assertArguments } from "../arguments.ts";
import { DeltaError } from "../errors.ts";

/**
 * The schema of a table in the protocol's own JSON form, so that what is read from `metaData.schemaString` and what
 * a caller writes by hand are the same thing.
 *
 * Source: PROTOCOL.md of delta-io/delta, "Schema Serialization Format".
 */
export interface StructType {
  readonly type: "struct";
  readonly fields: readonly StructField[];
}

export interface StructField {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface ArrayType {
  readonly type: "array";
  readonly elementType: DataType;
  readonly containsNull: boolean;
}

export interface MapType {
  readonly type: "map";
  readonly keyType: DataType;
  readonly valueType: DataType;
  readonly valueContainsNull: boolean;
}

export const plainPrimitives = [
  "string",
  "long",
  "integer",
  "short",
  "byte",
  "float",
  "double",
  "boolean",
  "binary",
  "date",
  "timestamp",
  "timestamp_ntz",
  /** Always null; such columns are not in the data files. */
  "void",
  /** Values with the form of JSON; they are read as JSON values. */
  "variant",
] as const;

export type PlainPrimitive = (typeof plainPrimitives)[number];
export type DecimalName = `decimal(${number},${number})`;
export type PrimitiveType = PlainPrimitive | DecimalName;
export type DataType = PrimitiveType | StructType | ArrayType | MapType;

/** Looks at the outer shape alone; `structType` checks which type it names. */
const typeKind = either(
  anyText,
  kind<object>(
    "an object of type",
    (value) => isObject(value) && typeof Reflect.get(value, "type") === "string",
  ),
);
const fieldArguments = {
  name: required(anyText),
  type: required(typeKind),
  options: optionsOf<{ readonly nullable?: boolean }>({ nullable: flag }),
};

/**
 * One column of a schema; nullable unless said otherwise.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function field(
  name: string,
  type: DataType,
  options: { readonly nullable?: boolean } = {},
): StructField {
  assertArguments("field", { name, type, options }, fieldArguments);
  return { name, type, nullable: options.nullable ?? true, metadata: {} };
}

/**
 * A table schema of the given columns.
 *
 * @throws DeltaError `INVALID_SCHEMA` for an empty name, two names that differ by case only, or a malformed type.
 * @example structType([field("asset_pair", "string"), field("close", "decimal(18,8)")])
 */
export function structType(fields: readonly StructField[]): StructType {
  assertArguments("structType", { fields }, { fields: required(listOf(anyObject)) });
  return parseStruct({ type: "struct", fields }, "schema");
}

/**
 * Reads `metaData.schemaString`.
 *
 * @throws DeltaError `INVALID_SCHEMA` when it is no JSON or no struct; `UNSUPPORTED_FEATURE` for a type this engine
 *   does not know.
 */
export function parseSchema(schemaString: string): StructType {
  assertArguments("parseSchema", { schemaString }, { schemaString: required(anyText) });
  let json: unknown;
  try {
    json = JSON.parse(schemaString);
  } catch (error) {
    throw new DeltaError("INVALID_SCHEMA", "The table's schemaString is not JSON", { cause: error });
  }
  return parseStruct(json, "schema");
}

/** Precision and scale of a decimal type's name, or `undefined` for any other type. */
export function decimalShape(
  type: DataType,
): { readonly precision: number; readonly scale: number } | undefined {
  if (typeof type !== "string") return undefined;
  const match = /^decimal\((\d{1,2}),(\d{1,2})\)$/.exec(type);
  if (match === null) return undefined;
  return { precision: Number(match[1]), scale: Number(match[2]) };
}

/** Finds a column by name, ignoring case as the protocol does. */
export function findField({ fields }: StructType, name: string): StructField | undefined {
  const wanted = name.toLowerCase();
  if (fields.length < wideFrom) return fields.find((candidate) => candidate.name.toLowerCase() === wanted);
  let byName = fieldsByName.get(fields);
  if (byName === undefined) {
    byName = new Map(fields.map((member) => [member.name.toLowerCase(), member]));
    fieldsByName.set(fields, byName);
  }
  return byName.get(wanted);
}

/** An index by name: a search through all columns for each lookup would be too slow in a wide table. */
const wideFrom = 100;
const fieldsByName = new WeakMap<readonly StructField[], ReadonlyMap<string, StructField>>();

/**
 * How people write a type: `decimal(18,8)`, `array<string>`, `struct<a: long>`.
 *
 * @throws DeltaError `INVALID_ARGUMENT`, `INVALID_SCHEMA`
 */
export function describeType(type: DataType): string {
  assertArguments("describeType", { type }, { type: required(typeKind) });
  return typeof type === "string" ? type : described(parseType(type, "type"));
}

function described(type: DataType): string {
  if (typeof type === "string") return type;
  switch (type.type) {
    case "array":
      return `array<${described(type.elementType)}>`;
    case "map":
      return `map<${described(type.keyType)}, ${described(type.valueType)}>`;
    case "struct":
      return `struct<${type.fields.map((member) => `${member.name}: ${described(member.type)}`).join(", ")}>`;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlainPrimitive(name: string): name is PlainPrimitive {
  return plainPrimitives.some((known) => known === name);
}

function isDecimalName(name: string): name is DecimalName {
  return /^decimal\(\d{1,2},\d{1,2}\)$/.test(name);
}

function parseStruct(json: unknown, where: string): StructType {
  if (!isRecord(json) || json["type"] !== "struct" || !Array.isArray(json["fields"])) {
    throw new DeltaError("INVALID_SCHEMA", `${where} is not a struct with fields`);
  }
  const seen = new Set<string>();
  const fields = json["fields"].map((candidate: unknown): StructField => {
    const parsed = parseField(candidate, where);
    const key = parsed.name.toLowerCase();
    if (seen.has(key)) {
      throw new DeltaError(
        "INVALID_SCHEMA",
        `${where} has the column "${parsed.name}" twice (case is ignored)`,
      );
    }
    seen.add(key);
    return parsed;
  });
  return { type: "struct", fields };
}

function parseField(json: unknown, where: string): StructField {
  if (!isRecord(json) || typeof json["name"] !== "string" || json["name"] === "") {
    throw new DeltaError("INVALID_SCHEMA", `${where} has a field without a name`);
  }
  // SQL cannot name such a column: the engine takes NUL for the end of the text.
  if (json["name"].includes("\0"))
    throw new DeltaError(
      "INVALID_SCHEMA",
      `${where} has a field with U+0000 in its name: ${JSON.stringify(json["name"])}`,
    );
  const metadata = json["metadata"];
  return {
    name: json["name"],
    type: parseType(json["type"], `${where}.${json["name"]}`),
    nullable: json["nullable"] !== false,
    metadata: isRecord(metadata) ? metadata : {},
  };
}

function parseType(json: unknown, where: string): DataType {
  if (typeof json === "string") return parsePrimitive(json, where);
  if (isRecord(json)) {
    if (json["type"] === "struct") return parseStruct(json, where);
    if (json["type"] === "array") {
      return {
        type: "array",
        elementType: parseType(json["elementType"], `${where}.element`),
        containsNull: json["containsNull"] !== false,
      };
    }
    if (json["type"] === "map") {
      return {
        type: "map",
        keyType: parseType(json["keyType"], `${where}.key`),
        valueType: parseType(json["valueType"], `${where}.value`),
        valueContainsNull: json["valueContainsNull"] !== false,
      };
    }
  }
  throw new DeltaError("INVALID_SCHEMA", `${where} has a malformed type: ${JSON.stringify(json)}`);
}

function parsePrimitive(name: string, where: string): PrimitiveType {
  if (isPlainPrimitive(name)) return name;
  // Spark writes no spaces; other writers may.
  const compact = name.replaceAll(" ", "");
  // The name of `void` in Spark before version 3.
  if (compact === "null") return "void";
  if (isDecimalName(compact)) {
    const shape = decimalShape(compact);
    if (
      shape !== undefined &&
      shape.precision >= 1 &&
      shape.precision <= 38 &&
      shape.scale <= shape.precision
    ) {
      return compact;
    }
    throw new DeltaError(
      "INVALID_SCHEMA",
      `${where}: ${name} is out of range; at most decimal(38,38) is possible`,
    );
  }
  throw new DeltaError("UNSUPPORTED_FEATURE", `${where}: the type "${name}" is not supported by this engine`);
}
