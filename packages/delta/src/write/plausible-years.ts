import type { WrittenFile } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import { ownMember } from "../contract/own-members.ts";
import { physicalNameOf } from "../protocol/column-mapping.ts";
import type { ColumnMappingMode } from "../protocol/column-mapping.ts";
import type { StructField, StructType } from "../protocol/schema.ts";
import { leafKey } from "../statistics/file-statistics.ts";

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
