import { isTrue } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const icebergCompatV2: TableFeature = {
  name: "icebergCompatV2",
  summary: "data files that Iceberg can read, version 2",
  appliesTo: "writers",
  dependsOn: ["columnMapping"],
  read: "yes",
  write: { refusedBecause: "the rules of Iceberg are not kept here" },
  inUse: (metadata) => isTrue(metadata, "delta.enableIcebergCompatV2"),
};
