import { isTrue } from "./table-feature.ts";
import type { TableFeature } from "./table-feature.ts";

export const changeDataFeed: TableFeature = {
  name: "changeDataFeed",
  summary: "rows that each version inserted, updated and deleted (`delta.enableChangeDataFeed`)",
  appliesTo: "writers",
  legacyWriterVersion: 4,
  read: "yes",
  write: "yes",
  inUse: (metadata) => isTrue(metadata, "delta.enableChangeDataFeed"),
};
