import { isTrue } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const icebergCompatV1: TableFeature = {
  name: "icebergCompatV1",
  summary: "data files that Iceberg can read, version 1",
  appliesTo: "writers",
  dependsOn: ["columnMapping"],
  read: "yes",
  write: { refusedBecause: "the rules of Iceberg are not kept here" },
  inUse: (metadata) => isTrue(metadata, "delta.enableIcebergCompatV1"),
};
