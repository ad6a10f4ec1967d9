import { DeltaError } from "../errors.ts";
import { findField, structType } from "../protocol/schema.ts";
import type { DataType, StructField, StructType } from "../protocol/schema.ts";
import { statisticsColumns } from "../protocol/table-properties.ts";

/** The names on the way to a member of a struct, the member's own last; `element`, `key` and `value` lead into lists and maps. */
export type NestedPath = readonly [string, string, ...string[]];

/**
 * A member of a struct by its path, `` st.member `` or `` `a.b`.list.element.member ``; `undefined` for a column, whose
 * name may have dots in it.
 */
export function nestedPath(schema: StructType, text: string): NestedPath | undefined {
  if (findField(schema, text) !== undefined) return undefined;
  const [first, second, ...rest] = statisticsColumns.parse(text)?.[0] ?? [];
  if (first === undefined || second === undefined || findField(schema, first) === undefined) return undefined;
  return [first, second, ...rest];
}

/**
 * The schema with the struct at a path changed; the path is of columns, members, `element`, `key` and `value`.
 *
 * @throws DeltaError `INVALID_SCHEMA` where there is no struct.
 */
export function withStructAt(
  schema: StructType,
  path: readonly string[],
  change: (struct: StructType) => StructType,
): StructType {
  const missing = (): DeltaError =>
    new DeltaError("INVALID_SCHEMA", `There is no struct at ${path.map((name) => `"${name}"`).join(".")}`);
  const inStruct = (struct: StructType, at: number): StructType => {
    const name = path[at];
    if (name === undefined) return change(struct);
    const member = findField(struct, name);
    if (member === undefined) throw missing();
    const changed = { ...member, type: inType(member.type, at + 1) };
    return structType(struct.fields.map((other) => (other === member ? changed : other)));
  };
  const inType = (type: DataType, at: number): DataType => {
    if (typeof type === "string") throw missing();
    const part = path[at]?.toLowerCase();
    if (type.type === "struct") return inStruct(type, at);
    if (type.type === "array" && part === "element")
      return { ...type, elementType: inType(type.elementType, at + 1) };
    if (type.type === "map" && part === "key") return { ...type, keyType: inType(type.keyType, at + 1) };
    if (type.type === "map" && part === "value")
      return { ...type, valueType: inType(type.valueType, at + 1) };
    throw missing();
  };
  return inStruct(schema, 0);
}

/** @throws DeltaError `INVALID_SCHEMA` for a member that is not there. */
export function memberOf(struct: StructType, name: string): StructField {
  const member = findField(struct, name);
  if (member !== undefined) return member;
  const known = struct.fields.map((candidate) => candidate.name).join(", ");
  throw new DeltaError("INVALID_SCHEMA", `There is no member "${name}". The members: ${known}`);
}

/**
 * Refuses a change of a member that the table's choice of statistics names.
 *
 * @throws DeltaError `INVALID_SCHEMA`
 */
export function assertNotChosen(configuration: Readonly<Record<string, string>>, path: NestedPath): void {
  const wanted = path.map((name) => name.toLowerCase());
  const chosen = statisticsColumns.parse(configuration["delta.dataSkippingStatsColumns"] ?? "") ?? [];
  const isNamed = chosen.some((column) =>
    wanted.every((name, index) => column[index]?.toLowerCase() === name),
  );
  if (isNamed)
    throw new DeltaError(
      "INVALID_SCHEMA",
      `delta.dataSkippingStatsColumns names ${path.join(".")}: set it to other columns first`,
    );
}
