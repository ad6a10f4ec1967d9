import { someFieldHas } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const allowColumnDefaults: TableFeature = {
  name: "allowColumnDefaults",
  summary: "default values of columns",
  appliesTo: "writers",
  read: "yes",
  write: { refusedBecause: "a later version will write it" },
  inUse: (_, schema) => someFieldHas(schema, "CURRENT_DEFAULT"),
};
