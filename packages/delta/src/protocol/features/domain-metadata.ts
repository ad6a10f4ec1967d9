import type { TableFeature } from "./table-feature.ts";

export const domainMetadata: TableFeature = {
  name: "domainMetadata",
  summary: "named settings of other systems, kept as they are",
  appliesTo: "writers",
  read: "yes",
  write: "yes",
  inUse: () => false,
};
