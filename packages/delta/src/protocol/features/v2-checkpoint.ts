import type { TableFeature } from "./table-feature.ts";

export const v2Checkpoint: TableFeature = {
  name: "v2Checkpoint",
  summary: "checkpoints of many files (`delta.checkpointPolicy`)",
  appliesTo: "readers and writers",
  read: "yes",
  write: "yes",
  inUse: (metadata) => metadata.configuration["delta.checkpointPolicy"]?.toLowerCase() === "v2",
};
