import type { TableFeature } from "./table-feature.ts";

export const checkpointProtection: TableFeature = {
  name: "checkpointProtection",
  summary: "checkpoints before a version are not cleaned up",
  appliesTo: "writers",
  read: "yes",
  write: "yes",
  inUse: () => false,
};
