import type { TableFeature } from "./table-feature.ts";

export const clustering: TableFeature = {
  name: "clustering",
  summary: "data laid out by chosen columns instead of partitions",
  appliesTo: "writers",
  dependsOn: ["domainMetadata"],
  read: "yes",
  write: { refusedBecause: "a later version will write it" },
  inUse: () => false,
  bindsOnceListed: true,
};
