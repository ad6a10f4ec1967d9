import type { EngineSession } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import { findField } from "../protocol/schema.ts";
import type { DataType, StructType } from "../protocol/schema.ts";

/**
 * Holds the values that a command sets to the columns that take them: a cast to a struct leaves out every member that the
 * struct lacks, and says nothing.
 *
 * @param values expressions by the column that they set, as the schema spells it.
 * @param from the FROM item that they are evaluated over.
 * @throws DeltaError `SCHEMA_MISMATCH` that names the member.
 */
export async function assertMembersKept(
  session: EngineSession,
  schema: StructType,
  values: ReadonlyMap<string, string>,
  from: string,
): Promise<void> {
  const nested = schema.fields.flatMap((member) => {
    const value = typeof member.type === "object" ? values.get(member.name) : undefined;
    return value === undefined ? [] : [{ member, value }];
  });
  if (nested.length === 0) return;
  const list = nested.map(({ value }, index) => `(${value}\n) AS __given_${index}`).join(", ");
  const given = await session.schemaOf(`SELECT ${list} FROM ${from}`);
  for (const [index, { member }] of nested.entries()) {
    const type = given.fields[index]?.type;
    const lost = type === undefined ? undefined : lostMember(type, member.type, member.name);
    if (lost === undefined) continue;
    throw new DeltaError(
      "SCHEMA_MISMATCH",
      `The value for "${member.name}" has the member ${lost}, which the table lacks: it would be lost. ` +
        "Nothing was changed; add the member to the table first (addColumns with into), or leave it out of the value.",
    );
  }
}

/** The path of a member that a value has and its column lacks. */
function lostMember(value: DataType, column: DataType, path: string): string | undefined {
  if (typeof value === "string" || typeof column === "string") return undefined;
  if (value.type === "array" && column.type === "array")
    return lostMember(value.elementType, column.elementType, `${path}.element`);
  if (value.type === "map" && column.type === "map")
    return (
      lostMember(value.keyType, column.keyType, `${path}.key`) ??
      lostMember(value.valueType, column.valueType, `${path}.value`)
    );
  if (value.type !== "struct" || column.type !== "struct") return undefined;
  for (const { name, type } of value.fields) {
    const known = findField(column, name);
    const lost = known === undefined ? `${path}.${name}` : lostMember(type, known.type, `${path}.${name}`);
    if (lost !== undefined) return lost;
  }
  return undefined;
}
