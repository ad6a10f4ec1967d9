import { someFieldHas } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const identityColumns: TableFeature = {
  name: "identityColumns",
  summary: "columns that number the rows",
  appliesTo: "writers",
  legacyWriterVersion: 6,
  read: "yes",
  write: { refusedBecause: "a later version will write it" },
  inUse: (_, schema) => someFieldHas(schema, "delta.identity.start"),
};
