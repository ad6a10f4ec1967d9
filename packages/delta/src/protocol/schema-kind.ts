import { kind, listOf } from "../contract/option-kinds.ts";
import type { OptionKind } from "../contract/option-table.ts";
import { isObject } from "../contract/shown.ts";
import type { StructField, StructType } from "./schema.ts";

/** Looks at the outer shape alone; `structType` checks the columns. */
export const schemaKind: OptionKind<StructType> = kind(
  "a schema, as structType makes it",
  (value) => isObject(value) && Array.isArray(Reflect.get(value, "fields")),
);

export const fieldsKind: OptionKind<readonly StructField[]> = listOf(
  kind("a column, as field makes it", (value) => isObject(value) && "name" in value && "type" in value),
);
