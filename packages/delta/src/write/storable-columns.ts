import { positionColumns } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import { mappingModeOf, physicalNameOf } from "../protocol/column-mapping.ts";
import type { Metadata } from "../protocol/actions.ts";
import { describeType } from "../protocol/schema.ts";
import type { DataType, StructField } from "../protocol/schema.ts";

/**
 * Refuses new columns that data files could not hold, or not in a way that their rows can be changed later.
 *
 * @param metadata the table's, with the columns in it.
 * @throws DeltaError `INVALID_SCHEMA`
 */
export function assertStorable(metadata: Metadata, added: readonly StructField[]): void {
  const reserved = added.find((member) => positionColumnNames.has(member.name.toLowerCase()));
  if (reserved !== undefined)
    throw new DeltaError(
      "INVALID_SCHEMA",
      `The engine itself uses the name "${reserved.name}", for the positions of rows`,
    );
  const stored = added.filter((member) => !metadata.partitionColumns.includes(member.name));
  for (const member of stored) {
    const name = physicalNameOf(member, mappingModeOf(metadata)).toLowerCase();
    if (positionNames.has(name)) {
      throw new DeltaError(
        "INVALID_SCHEMA",
        `A column "${member.name}" would hide the positions of rows in data files, by which they are changed: give it another name, or make the table with delta.columnMapping.mode = name`,
      );
    }
    if (hidesVoid(member.type)) {
      throw new DeltaError(
        "INVALID_SCHEMA",
        `The column "${member.name}" of type ${describeType(member.type)} cannot be stored: Parquet has no lists or maps of void, and no structs of nothing else`,
      );
    }
  }
}

const positionColumnNames: ReadonlySet<string> = new Set(Object.values(positionColumns));

/** What the engine calls the positions of rows in files that have no columns of these names. */
const positionNames: ReadonlySet<string> = new Set(["file_index", "file_row_number"]);

function hidesVoid(type: DataType): boolean {
  if (typeof type === "string") return false;
  switch (type.type) {
    case "array":
      return type.elementType === "void" || hidesVoid(type.elementType);
    case "map":
      return [type.keyType, type.valueType].some((part) => part === "void" || hidesVoid(part));
    case "struct":
      return (
        type.fields.every((member) => member.type === "void") ||
        type.fields.some((member) => hidesVoid(member.type))
      );
  }
}
