import { decimalShape, describeType, findField } from "../../protocol/schema.ts";
import type { DataType } from "../../protocol/schema.ts";

/** Whether every value of one type is a value of the other, unchanged. */
export function isLosslessCast(from: DataType, to: DataType): boolean {
  if (from === to || describeType(from) === describeType(to)) return true;
  // Only null, which every type has. The write checks whether the column may be null.
  if (from === "void") return true;
  // A NULL without a type may come out of the engine as an integer. The rows show whether it is one.
  if (to === "void") return from === "integer";
  const target = decimalShape(to);
  const source = decimalShape(from);
  if (target !== undefined && source !== undefined) {
    return source.scale <= target.scale && source.precision - source.scale <= target.precision - target.scale;
  }
  if (typeof from === "object" || typeof to === "object") return isLosslessNested(from, to);
  if (target !== undefined)
    return (integerDigits.get(from) ?? Number.POSITIVE_INFINITY) <= target.precision - target.scale;
  if (integerOrder.includes(from) && integerOrder.includes(to))
    return integerOrder.indexOf(from) <= integerOrder.indexOf(to);
  if (to === "double") return from === "float" || from === "integer" || from === "short" || from === "byte";
  return to === "timestamp_ntz" && from === "date";
}

/** Whether a NULL without a type lies somewhere in a type. */
export function hasVoid(type: DataType): boolean {
  if (typeof type === "string") return type === "void";
  switch (type.type) {
    case "array":
      return hasVoid(type.elementType);
    case "map":
      return hasVoid(type.keyType) || hasVoid(type.valueType);
    case "struct":
      return type.fields.some((member) => hasVoid(member.type));
  }
}

function isLosslessNested(from: DataType, to: DataType): boolean {
  if (typeof from === "string" || typeof to === "string") return false;
  if (from.type === "array" && to.type === "array") return isLosslessCast(from.elementType, to.elementType);
  if (from.type === "map" && to.type === "map") {
    return isLosslessCast(from.keyType, to.keyType) && isLosslessCast(from.valueType, to.valueType);
  }
  if (from.type !== "struct" || to.type !== "struct") return false;
  // Members are matched by name, in any order, as columns are. A member that the source lacks is null.
  return from.fields.every((member) => {
    const target = findField(to, member.name);
    return target !== undefined && isLosslessCast(member.type, target.type);
  });
}

const integerDigits: ReadonlyMap<string, number> = new Map([
  ["byte", 3],
  ["short", 5],
  ["integer", 10],
  ["long", 19],
]);
const integerOrder = ["byte", "short", "integer", "long"];
