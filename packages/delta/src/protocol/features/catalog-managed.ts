import type { TableFeature } from "./table-feature.ts";

export const catalogManaged: TableFeature = {
  name: "catalogManaged",
  aliases: ["catalogOwned", "catalogOwned-preview"],
  summary: "commits that a catalog orders",
  appliesTo: "readers and writers",
  dependsOn: ["inCommitTimestamp"],
  read: { refusedBecause: "its newest commits are in a catalog, not in the log" },
  write: { refusedBecause: "its newest commits are in a catalog, not in the log" },
  inUse: () => false,
  bindsOnceListed: true,
};
