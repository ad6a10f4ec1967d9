import type { Metadata } from "../protocol/actions.ts";
import { mappingModeOf, physicalNameOf } from "../protocol/column-mapping.ts";
import { describeType, parseSchema } from "../protocol/schema.ts";
import type { DataType, StructField, StructType } from "../protocol/schema.ts";

/**
 * Why data files that were written under one metadata cannot be read under another; `undefined` when they can. New
 * columns are no reason: they read as null.
 */
export function layoutChange(before: Metadata, after: Metadata): string | undefined {
  if (partitionsOf(before) !== partitionsOf(after)) {
    const [was, is] = [before, after].map(({ partitionColumns }) => partitionColumns.join(", "));
    return `the partition columns from (${was}) to (${is})`;
  }
  return typeChange(fieldsOf(before), fieldsOf(after));
}

type NamedFields = ReadonlyMap<string, StructField>;

function partitionsOf(metadata: Metadata): string {
  const fields = [...fieldsOf(metadata).entries()];
  const names = metadata.partitionColumns.map(
    (name) => fields.find(([, member]) => member.name === name)?.[0] ?? name,
  );
  return names.join(", ");
}

/** By the names in the data files, which no rename changes. */
function fieldsOf(metadata: Metadata): NamedFields {
  const mode = mappingModeOf(metadata);
  const { fields } = parseSchema(metadata.schemaString);
  return new Map(fields.map((member) => [physicalNameOf(member, mode), member]));
}

function typeChange(before: NamedFields, after: NamedFields): string | undefined {
  for (const [name, was] of before) {
    const is = after.get(name);
    if (is === undefined || isReadableAs(was.type, is.type) || "delta.typeChanges" in is.metadata) continue;
    return `the column "${is.name}" from ${describeType(was.type)} to ${describeType(is.type)}`;
  }
  return undefined;
}

function isReadableAs(was: DataType, is: DataType): boolean {
  if (was === "void") return true;
  if (typeof was === "string" || typeof is === "string") return was === is;
  if (was.type === "struct" && is.type === "struct") return areReadableAs(was, is);
  if (was.type === "array" && is.type === "array") return isReadableAs(was.elementType, is.elementType);
  return (
    was.type === "map" &&
    is.type === "map" &&
    isReadableAs(was.keyType, is.keyType) &&
    isReadableAs(was.valueType, is.valueType)
  );
}

/** Inside a struct a rename looks like another member, which is no harm: there is nothing of it to misread. */
function areReadableAs(was: StructType, is: StructType): boolean {
  return was.fields.every((member) => {
    const other = is.fields.find((candidate) => candidate.name === member.name);
    return other === undefined || isReadableAs(member.type, other.type);
  });
}
