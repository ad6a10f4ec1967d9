import { randomUUID } from "node:crypto";

import { DeltaError } from "../errors.ts";
import type { Metadata, Protocol } from "./actions.ts";
import { hasFeature } from "./features.ts";
import type { DataType, StructField, StructType } from "./schema.ts";
import { columnMappingMode, readProperty } from "./table-properties.ts";

/**
 * Column mapping gives a column one name in the schema and another in the data files. So columns can be renamed and dropped
 * without writing data files.
 *
 * Source: PROTOCOL.md, "Column Mapping".
 */
export type ColumnMappingMode = "none" | "name" | "id";

const physicalNameKey = "delta.columnMapping.physicalName";
const columnIdKey = "delta.columnMapping.id";
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
  return typeof id === "number" && Number.isSafeInteger(id) ? id : undefined;
}

/** A schema whose fields all have an id and a physical name, and the highest id. */
export interface MappedSchema {
  readonly schema: StructType;
  readonly maxColumnId: number;
}

/**
 * Gives each field that lacks them an id and a physical name.
 *
 * @param keepNames for a table that has data files already: its present names become its physical names.
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

/** The highest id that the table has given out; no column ever gets it again. */
export function maxColumnIdOf(metadata: Metadata, schema: StructType): number {
  const configured = Number(metadata.configuration[maxColumnIdKey]);
  return Math.max(Number.isSafeInteger(configured) ? configured : 0, highestId(schema));
}

/**
 * Checks that each field of a table with column mapping, nested ones too, has an id and a physical name of its own. A field
 * without them would read as null, and two fields with the same ones would read each other's values.
 *
 * A table may carry the property although its protocol lacks column mapping. Then the property means nothing.
 *
 * @throws DeltaError `CORRUPT_LOG` that names the field.
 */
export function assertMapped(
  protocol: Protocol,
  metadata: Metadata,
  schema: StructType,
  tableUri: string,
): void {
  const mode = mappingModeOf(metadata);
  if (mode === "none" || !supportsMapping(protocol)) return;
  const fault = mappingFault(schema, "", new Map());
  if (fault === undefined) return;
  throw new DeltaError(
    "CORRUPT_LOG",
    `${tableUri}: ${columnMappingMode.name} is ${mode}, and ${fault}, so its values cannot be found in the data files. ` +
      "Nothing was read; the schema in the table's metadata has to be put right by the engine that wrote it.",
  );
}

function supportsMapping(protocol: Protocol): boolean {
  return protocol.minReaderVersion === 2 || hasFeature(protocol, "columnMapping");
}

/** What is wrong with the first field that has no id or physical name of its own. */
function mappingFault(type: DataType, path: string, ids: Map<number, string>): string | undefined {
  if (typeof type === "string") return undefined;
  switch (type.type) {
    case "struct":
      return fieldsFault(type, path, ids);
    case "array":
      return mappingFault(type.elementType, `${path}.element`, ids);
    case "map":
      return (
        mappingFault(type.keyType, `${path}.key`, ids) ?? mappingFault(type.valueType, `${path}.value`, ids)
      );
  }
}

function fieldsFault(struct: StructType, path: string, ids: Map<number, string>): string | undefined {
  const siblings = new Map<string, string>();
  for (const member of struct.fields) {
    const name = path === "" ? member.name : `${path}.${member.name}`;
    const id = columnIdOf(member);
    if (id === undefined) return `the column "${name}" has no ${columnIdKey}`;
    const sameId = ids.get(id);
    if (sameId !== undefined) return `the columns "${sameId}" and "${name}" share the ${columnIdKey} ${id}`;
    ids.set(id, name);
    const physicalName = member.metadata[physicalNameKey];
    if (typeof physicalName !== "string" || physicalName === "")
      return `the column "${name}" has no ${physicalNameKey}`;
    const sameName = siblings.get(physicalName);
    if (sameName !== undefined)
      return `the columns "${sameName}" and "${name}" share the ${physicalNameKey} "${physicalName}"`;
    siblings.set(physicalName, name);
    const nested = mappingFault(member.type, name, ids);
    if (nested !== undefined) return nested;
  }
  return undefined;
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
