import { someTypeIs } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const timestampNtz: TableFeature = {
  name: "timestampNtz",
  summary: "the type timestamp without time zone",
  appliesTo: "readers and writers",
  read: "yes",
  write: "yes",
  inUse: (_, schema) => someTypeIs(schema, "timestamp_ntz"),
};
