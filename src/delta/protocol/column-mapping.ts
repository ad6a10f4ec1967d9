import { randomUUID } from "node:crypto";

import { DeltaError } from "../errors.ts";
import type { Metadata, PartitionValues } from "./actions.ts";
import type { DataType, StructField, StructType } from "./schema.ts";
import { columnMappingMode, readProperty } from "./table-properties.ts";
import { ownMember } from "../own-members.ts";

/**
 * Columns whose names in the data files are not their names: so they can be renamed and dropped without touching data.
 *
 * Source: PROTOCOL.md, "Column Mapping".
 */
export type ColumnMappingMode = "none" | "name" | "id";

export const physicalNameKey = "delta.columnMapping.physicalName";
export const columnIdKey = "delta.columnMapping.id";
export const maxColumnIdKey = "delta.columnMapping.maxColumnId";

export function mappingModeOf(metadata: Metadata): ColumnMappingMode {
  return readProperty(metadata, columnMappingMode);
}

/** A column's name in data files, statistics, partition values and clustering. */
export function physicalNameOf(member: StructField, mode: ColumnMappingMode): string {
  const name = member.metadata[physicalNameKey];
  return mode !== "none" && typeof name === "string" && name !== "" ? name : member.name;
}

export function columnIdOf(member: StructField): number | undefined {
  const id = member.metadata[columnIdKey];
  return typeof id === "number" ? id : undefined;
}

/** The schema under its physical names, nested fields too; the metadata stays, so that the ids are at hand. */
export function physicalSchema(schema: StructType, mode: ColumnMappingMode): StructType {
  if (mode === "none") return schema;
  return mapFields(schema, (member) => ({ ...member, name: physicalNameOf(member, mode) }));
}

/** Partition values by the names of the columns, from those by their physical names. */
export function logicalPartitionValue(
  values: PartitionValues,
  member: StructField,
  mode: ColumnMappingMode,
): string | null {
  return ownMember(values, physicalNameOf(member, mode)) ?? null;
}

/** A schema whose fields all have an id and a physical name, and the highest id. */
export interface MappedSchema {
  readonly schema: StructType;
  readonly maxColumnId: number;
}

/**
 * Gives each field that lacks them an id and a physical name.
 *
 * @param keepNames for a table that has data files already: its physical names are the names that it has.
 */
export function assignColumnMapping(
  schema: StructType,
  maxColumnId: number,
  options: { readonly keepNames: boolean },
): MappedSchema {
  let max = Math.max(maxColumnId, highestId(schema));
  const mapped = mapFields(schema, (member) => {
    const id = columnIdOf(member) ?? (max += 1);
    const known = member.metadata[physicalNameKey];
    const physicalName =
      typeof known === "string" && known !== ""
        ? known
        : options.keepNames
          ? member.name
          : `col-${randomUUID()}`;
    return {
      ...member,
      metadata: { ...member.metadata, [columnIdKey]: id, [physicalNameKey]: physicalName },
    };
  });
  return { schema: mapped, maxColumnId: max };
}

/** The highest id that the table has given out, used by no other column ever after. */
export function maxColumnIdOf(metadata: Metadata, schema: StructType): number {
  const configured = Number(metadata.configuration[maxColumnIdKey]);
  return Math.max(Number.isSafeInteger(configured) ? configured : 0, highestId(schema));
}

/** @throws DeltaError `CORRUPT_LOG` for a mapped table with a field that has no id: it could not be read by id. */
export function assertMapped(schema: StructType, mode: ColumnMappingMode, tableUri: string): void {
  if (mode !== "id") return;
  mapFields(schema, (member) => {
    if (columnIdOf(member) === undefined) {
      throw new DeltaError("CORRUPT_LOG", `${tableUri}: the column "${member.name}" has no ${columnIdKey}`);
    }
    return member;
  });
}

function highestId(schema: StructType): number {
  let max = 0;
  mapFields(schema, (member) => {
    max = Math.max(max, columnIdOf(member) ?? 0);
    return member;
  });
  return max;
}

/** A schema with each of its fields changed, outer ones before inner ones. */
export function mapFields(schema: StructType, change: (member: StructField) => StructField): StructType {
  return {
    type: "struct",
    fields: schema.fields.map((member) => {
      const changed = change(member);
      return { ...changed, type: mapType(changed.type, change) };
    }),
  };
}

function mapType(type: DataType, change: (member: StructField) => StructField): DataType {
  if (typeof type === "string") return type;
  switch (type.type) {
    case "struct":
      return mapFields(type, change);
    case "array":
      return { ...type, elementType: mapType(type.elementType, change) };
    case "map":
      return {
        ...type,
        keyType: mapType(type.keyType, change),
        valueType: mapType(type.valueType, change),
      };
  }
}
