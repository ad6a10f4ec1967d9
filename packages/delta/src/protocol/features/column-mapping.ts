import type { TableFeature } from "./table-feature.ts";

export const columnMapping: TableFeature = {
  name: "columnMapping",
  summary: "columns renamed and dropped without rewriting data (`delta.columnMapping.mode`)",
  appliesTo: "readers and writers",
  legacyReaderVersion: 2,
  legacyWriterVersion: 5,
  read: "yes",
  write: "yes",
  inUse: (metadata) => (metadata.configuration["delta.columnMapping.mode"] ?? "none") !== "none",
};
