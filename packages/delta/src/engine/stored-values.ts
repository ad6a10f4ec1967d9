import type { StructField } from "../protocol/schema.ts";
import { quoteName } from "./sql-text.ts";

/**
 * The SQL of a column's value as it will be stored. In a partition column the empty text is stored as null: the protocol's
 * partition values have no other form for it. What is demanded of rows, and what they are compared by, has to see that.
 *
 * Source: PROTOCOL.md, "Partition Value Serialization".
 */
export function storedValue(value: string, member: StructField, partitionColumns: readonly string[]): string {
  const name = member.name.toLowerCase();
  const isText = member.type === "string";
  return isText && partitionColumns.some((column) => column.toLowerCase() === name)
    ? `nullif(${value}, '')`
    : value;
}

/** A FROM item with all its columns of these names as they will be stored. */
export function storedRows(
  from: string,
  fields: readonly StructField[],
  partitionColumns: readonly string[],
): string {
  const replaced = fields.flatMap((member) => {
    const name = quoteName(member.name);
    const value = storedValue(name, member, partitionColumns);
    return value === name ? [] : [`${value} AS ${name}`];
  });
  return replaced.length === 0 ? from : `(SELECT * REPLACE (${replaced.join(", ")}) FROM ${from})`;
}
