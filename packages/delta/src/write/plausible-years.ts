import type { EngineSession, WrittenFile } from "../engine/engine.ts";
import { quoteName } from "../engine/sql-text.ts";
import { DeltaError } from "../errors.ts";
import { ownMember } from "../contract/own-members.ts";
import { physicalNameOf } from "../protocol/column-mapping.ts";
import type { ColumnMappingMode } from "../protocol/column-mapping.ts";
import type { StructField, StructType } from "../protocol/schema.ts";
import { leafKey } from "../statistics/file-statistics.ts";
import { yearRulesOf } from "./type-constraints.ts";

/**
 * Refuses dates and times outside the years 1 to 9999, in which the log's text and other engines can hold them. Those of
 * objects were looked at one by one; this sees, for nothing, what typed arrays and queries bring.
 *
 * @throws DeltaError `INVALID_VALUE`
 */
export function assertYears(
  layout: { readonly schema: StructType; readonly columnMapping: ColumnMappingMode },
  files: readonly WrittenFile[],
): void {
  for (const { path, names } of timesWithin(layout.schema.fields, layout.columnMapping)) {
    for (const file of files) {
      const bounds = file.columns.get(leafKey(names));
      const partition = names.length === 1 ? ownMember(file.partitionValues, names[0] ?? "") : undefined;
      for (const text of [bounds?.min, bounds?.max, partition])
        if (typeof text === "string" && !/^(?!0000)\d{4}-(?!.*\(BC\))/.test(text))
          throw new DeltaError(
            "INVALID_VALUE",
            `"${path}": ${text} is not in the years 1 to 9999, and a table can hold no other. Nothing was committed.`,
          );
    }
  }
}

/**
 * The same for the rows of a session's table, one by one.
 *
 * @throws DeltaError `INVALID_VALUE`
 */
export async function assertYearsOfRows(
  session: EngineSession,
  table: string,
  schema: StructType,
): Promise<void> {
  const rules = schema.fields.flatMap(({ name, type }) => yearRulesOf(name, quoteName(name), type));
  if (rules.length === 0) return;
  const counts = rules.map(({ sql }, index) => `count(*) FILTER (NOT coalesce(${sql}, true)) AS c${index}`);
  for await (const batch of session.query(`SELECT ${counts.join(", ")} FROM ${table}`))
    for (const row of batch.toRows())
      for (const [index, { name }] of rules.entries())
        if (Number(row[`c${index}`]) > 0)
          throw new DeltaError("INVALID_VALUE", `${name}. Nothing was changed.`);
}

interface TimeColumn {
  readonly path: string;
  /** Physical ones, from the outside in. */
  readonly names: readonly string[];
}

/** The columns of times, and those in structs; the engine keeps no bounds of what is in lists. */
function timesWithin(
  fields: readonly StructField[],
  mode: ColumnMappingMode,
  parent: TimeColumn = { path: "", names: [] },
): TimeColumn[] {
  return fields.flatMap((member) => {
    const path = parent.path === "" ? member.name : `${parent.path}.${member.name}`;
    const names = [...parent.names, physicalNameOf(member, mode)];
    const { type } = member;
    if (typeof type === "object")
      return type.type === "struct" ? timesWithin(type.fields, mode, { path, names }) : [];
    return type === "date" || type === "timestamp" || type === "timestamp_ntz" ? [{ path, names }] : [];
  });
}
