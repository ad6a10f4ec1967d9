import { isTrue } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const deletionVectors: TableFeature = {
  name: "deletionVectors",
  summary: "rows marked as deleted beside their file (`delta.enableDeletionVectors`)",
  appliesTo: "readers and writers",
  read: "yes",
  write: "yes",
  inUse: (metadata) => isTrue(metadata, "delta.enableDeletionVectors"),
};
