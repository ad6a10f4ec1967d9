import { DeltaError } from "../errors.ts";
import type { Metadata } from "./actions.ts";
import { field, findField } from "./schema.ts";
import type { StructType } from "./schema.ts";
import { changeDataFeed, readProperty } from "./table-properties.ts";

export const changeTypeColumn = "_change_type";

/** The columns that each row of a change data feed has beside those of the table. PROTOCOL.md, "Change Data Files". */
export const changeColumns: StructType = {
  type: "struct",
  fields: [
    field(changeTypeColumn, "string"),
    field("_commit_version", "long"),
    field("_commit_timestamp", "timestamp"),
  ],
};

/** @throws DeltaError `INVALID_SCHEMA` for a table with a change data feed that has a column with one of the feed's names. */
export function assertChangeColumnsFree(metadata: Metadata, schema: StructType): void {
  if (!readProperty(metadata, changeDataFeed)) return;
  const taken = changeColumns.fields.find((member) => findField(schema, member.name) !== undefined);
  if (taken === undefined) return;
  throw new DeltaError(
    "INVALID_SCHEMA",
    `A table with a change data feed cannot have a column "${taken.name}": the feed's own has that name`,
  );
}
