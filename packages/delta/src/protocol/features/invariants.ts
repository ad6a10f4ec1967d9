import { someFieldHas } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const invariants: TableFeature = {
  name: "invariants",
  summary: "NOT NULL columns and expressions that every row must satisfy",
  appliesTo: "writers",
  legacyWriterVersion: 2,
  read: "yes",
  write: "yes",
  inUse: (_, schema) => someFieldHas(schema, "delta.invariants"),
};
