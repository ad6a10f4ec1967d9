import { DeltaError, quoteName } from "finance-feedback-delta";

import { catalogName } from "../../storage/table-names.ts";
import type { TableName } from "../../storage/table-names.ts";

/** Where a relation lies: the lake is the database, a layer or another schema the schema, a table or view the identifier. */
export type RelationPlace = TableName;

/**
 * A relation's place. Names of folders are in small letters, and so is the place of `Orders`.
 *
 * @throws DeltaError `INVALID_ARGUMENT` for a name that no folder may have.
 */
export function relationPlace(schema: string, identifier: string): RelationPlace {
  const [layer, name] = [schema.toLowerCase(), identifier.toLowerCase()];
  for (const part of [layer, name]) {
    if (!/^[a-z_][a-z0-9_]*$/.test(part))
      throw new DeltaError(
        "INVALID_ARGUMENT",
        `${JSON.stringify(part)} cannot be the name of a schema or a table: letters, digits and "_" can, with no digit in front. Give the model an alias, or another schema.`,
      );
  }
  return { layer, name };
}

/** As SQL names it: `"lake"."silver"."orders"`. */
export function relationSqlName({ layer, name }: RelationPlace): string {
  return [catalogName, layer, name].map(quoteName).join(".");
}

/** As people name it: `silver.orders`. */
export function placeText({ layer, name }: RelationPlace): string {
  return `${layer}.${name}`;
}
