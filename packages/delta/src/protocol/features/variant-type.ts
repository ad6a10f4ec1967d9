import { someTypeIs } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const variantType: TableFeature = {
  name: "variantType",
  aliases: ["variantType-preview", "variantShredding-preview"],
  summary: "the type variant: JSON-like values",
  appliesTo: "readers and writers",
  read: "yes",
  write: { refusedBecause: "its binary form is only read here" },
  inUse: (_, schema) => someTypeIs(schema, "variant"),
};
