import { isTrue } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const inCommitTimestamp: TableFeature = {
  name: "inCommitTimestamp",
  summary: "commits that carry their own time (`delta.enableInCommitTimestamps`)",
  appliesTo: "writers",
  read: "yes",
  write: "yes",
  inUse: (metadata) => isTrue(metadata, "delta.enableInCommitTimestamps"),
};
