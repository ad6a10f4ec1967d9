import type { TableFeature } from "./table-feature.ts";

export const vacuumProtocolCheck: TableFeature = {
  name: "vacuumProtocolCheck",
  summary: "vacuum looks at the protocol before it deletes",
  appliesTo: "readers and writers",
  read: "yes",
  write: "yes",
  inUse: () => false,
};
