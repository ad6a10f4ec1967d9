import { someFieldHas } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const generatedColumns: TableFeature = {
  name: "generatedColumns",
  summary: "columns computed from others",
  appliesTo: "writers",
  legacyWriterVersion: 4,
  read: "yes",
  write: "yes",
  inUse: (_, schema) => someFieldHas(schema, "delta.generationExpression"),
};
