import { DeltaError } from "../errors.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Action, Metadata } from "../protocol/actions.ts";
import {
  assignColumnMapping,
  mappingModeOf,
  maxColumnIdKey,
  maxColumnIdOf,
} from "../protocol/column-mapping.ts";
import { describeType, findField, parseSchema, structType } from "../protocol/schema.ts";
import type { DataType, StructField, StructType } from "../protocol/schema.ts";
import { assertChangeColumnsFree } from "../protocol/change-columns.ts";
import { upgradeProtocol } from "../protocol/upgrade.ts";
import type { BoundSource } from "./bound-source.ts";
import { assertStorable } from "./storable-columns.ts";

/** Metadata that a commit sets, with the protocol where that has to grow. */
export interface TableChange {
  readonly metadata: Metadata;
  readonly actions: readonly Action[];
}

/** The change that a write with `mergeSchema` makes; `undefined` when the table has all of the source's columns. */
export async function schemaChange(
  snapshot: Snapshot,
  source: BoundSource,
  options: { readonly mergeSchema?: boolean | undefined; readonly sourceSchema?: StructType | undefined },
): Promise<TableChange | undefined> {
  if (options.mergeSchema !== true) return undefined;
  const sourceSchema = options.sourceSchema ?? (await schemaOfSource(source));
  const merged = mergeSchemas(snapshot.schema, sourceSchema);
  return merged === snapshot.schema ? undefined : withSchema(snapshot, merged);
}

/** The change that gives a table columns at its end. */
export function addedColumns(snapshot: Snapshot, added: StructType): TableChange {
  return withSchema(snapshot, mergeSchemas(snapshot.schema, added));
}

/** The change that gives a table another schema; new columns get their ids and names under column mapping. */
export function withSchema(
  snapshot: Snapshot,
  schema: StructType,
  partitionColumns: readonly string[] = snapshot.partitionColumns,
): TableChange {
  const metadata = { ...snapshot.metadata, partitionColumns };
  if (mappingModeOf(metadata) === "none") {
    assertStorable(metadata, newFields(snapshot, schema));
    return tableChange(snapshot, { ...metadata, schemaString: JSON.stringify(schema) });
  }
  const mapped = assignColumnMapping(schema, maxColumnIdOf(metadata, snapshot.schema), { keepNames: false });
  assertStorable(metadata, newFields(snapshot, mapped.schema));
  return tableChange(snapshot, {
    ...metadata,
    schemaString: JSON.stringify(mapped.schema),
    configuration: { ...metadata.configuration, [maxColumnIdKey]: String(mapped.maxColumnId) },
  });
}

/** Fields that the table has not, or not of this type. */
function newFields(snapshot: Snapshot, schema: StructType): readonly StructField[] {
  const known = new Map(snapshot.schema.fields.map((member) => [member.name, describeType(member.type)]));
  return schema.fields.filter((member) => known.get(member.name) !== describeType(member.type));
}

/** @throws DeltaError `UNSUPPORTED_FEATURE` when the metadata would ask for a feature that this engine does not write. */
export function tableChange(
  snapshot: Snapshot,
  metadata: Metadata,
  requestedFeatures: readonly string[] = [],
): TableChange {
  assertChangeColumnsFree(metadata, parseSchema(metadata.schemaString));
  const protocol = upgradeProtocol(snapshot.protocol, metadata, requestedFeatures);
  const actions: Action[] = [{ metaData: metadata }];
  return { metadata, actions: protocol === snapshot.protocol ? actions : [{ protocol }, ...actions] };
}

/**
 * The table's schema with the source's new columns at its end, nested ones too; the table's own object when there are
 * none. New columns may be null, for the rows that are there have none.
 *
 * @throws DeltaError `SCHEMA_MISMATCH` for a column of a type that the table's cannot hold.
 */
function mergeSchemas(table: StructType, source: StructType): StructType {
  let isChanged = false;
  const fields: StructField[] = table.fields.map((member) => {
    const other = findField(source, member.name);
    if (other === undefined) return member;
    const type = mergeTypes(member.type, other.type);
    isChanged ||= type !== member.type;
    return type === member.type ? member : { ...member, type };
  });
  for (const member of source.fields) {
    if (findField(table, member.name) !== undefined) continue;
    if ("delta.generationExpression" in member.metadata)
      throw new DeltaError(
        "INVALID_SCHEMA",
        `The generated column "${member.name}" can only be made together with its table`,
      );
    isChanged = true;
    fields.push({ name: member.name, type: member.type, nullable: true, metadata: {} });
  }
  return isChanged ? structType(fields) : table;
}

/** Whether the values fit is for the write to say; here only what is nested can grow. */
function mergeTypes(table: DataType, source: DataType): DataType {
  // No data file has a void column: it can still become of any type.
  if (table === "void") return source;
  if (source === "void") return table;
  if (typeof table === "string") {
    if (typeof source === "string") return table;
    throw new DeltaError(
      "SCHEMA_MISMATCH",
      `A column of type ${describeType(table)} cannot take values of type ${describeType(source)}`,
    );
  }
  if (typeof source === "object" && table.type === "struct" && source.type === "struct")
    return mergeSchemas(table, source);
  if (typeof source === "object" && table.type === "array" && source.type === "array") {
    const elementType = mergeTypes(table.elementType, source.elementType);
    return elementType === table.elementType ? table : { ...table, elementType };
  }
  if (typeof source === "object" && table.type === "map" && source.type === "map") {
    const valueType = mergeTypes(table.valueType, source.valueType);
    return valueType === table.valueType ? table : { ...table, valueType };
  }
  throw new DeltaError(
    "SCHEMA_MISMATCH",
    `A column of type ${describeType(table)} cannot take values of type ${describeType(source)}`,
  );
}

export async function schemaOfSource({ rows, session }: BoundSource): Promise<StructType> {
  if (session === undefined || !("sql" in rows)) {
    throw new DeltaError(
      "INVALID_ARGUMENT",
      "mergeSchema and overwriteSchema need sourceSchema, the types of the columns, unless the source is a query or a table",
    );
  }
  return session.schemaOf(rows.sql);
}
