import type { TableFeature } from "./table-feature.ts";

export const checkConstraints: TableFeature = {
  name: "checkConstraints",
  summary: "named CHECK constraints (`delta.constraints.*`)",
  appliesTo: "writers",
  legacyWriterVersion: 3,
  read: "yes",
  write: "yes",
  inUse: (metadata) =>
    Object.keys(metadata.configuration).some((key) => key.toLowerCase().startsWith("delta.constraints.")),
};
