import { isTrue, someFieldHas } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const typeWidening: TableFeature = {
  name: "typeWidening",
  aliases: ["typeWidening-preview"],
  summary: "column types changed to wider ones without rewriting data",
  appliesTo: "readers and writers",
  read: "yes",
  write: { refusedBecause: "a later version will write it" },
  inUse: (metadata, schema) =>
    isTrue(metadata, "delta.enableTypeWidening") || someFieldHas(schema, "delta.typeChanges"),
};
