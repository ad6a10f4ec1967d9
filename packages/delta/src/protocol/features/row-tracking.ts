import { isTrue } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const rowTracking: TableFeature = {
  name: "rowTracking",
  summary: "rows that keep an id through updates (`delta.enableRowTracking`)",
  appliesTo: "writers",
  dependsOn: ["domainMetadata"],
  read: "yes",
  write: { refusedBecause: "a later version will write it" },
  inUse: (metadata) => isTrue(metadata, "delta.enableRowTracking"),
  bindsOnceListed: true,
};
