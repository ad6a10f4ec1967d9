import { isTrue } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const appendOnly: TableFeature = {
  name: "appendOnly",
  summary: "rows may only be added (`delta.appendOnly`)",
  appliesTo: "writers",
  legacyWriterVersion: 2,
  read: "yes",
  write: "yes",
  inUse: (metadata) => isTrue(metadata, "delta.appendOnly"),
};
