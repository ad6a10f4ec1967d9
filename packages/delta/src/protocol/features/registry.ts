import { appendOnly } from "./append-only.ts";
import { catalogManaged } from "./catalog-managed.ts";
import { changeDataFeed } from "./change-data-feed.ts";
import { checkConstraints } from "./check-constraints.ts";
import { checkpointProtection } from "./checkpoint-protection.ts";
import { clustering } from "./clustering.ts";
import { allowColumnDefaults } from "./column-defaults.ts";
import { columnMapping } from "./column-mapping.ts";
import { deletionVectors } from "./deletion-vectors.ts";
import { domainMetadata } from "./domain-metadata.ts";
import { generatedColumns } from "./generated-columns.ts";
import { icebergCompatV1 } from "./iceberg-compat-v1.ts";
import { icebergCompatV2 } from "./iceberg-compat-v2.ts";
import { identityColumns } from "./identity-columns.ts";
import { inCommitTimestamp } from "./in-commit-timestamp.ts";
import { invariants } from "./invariants.ts";
import { rowTracking } from "./row-tracking.ts";
import { timestampNtz } from "./timestamp-ntz.ts";
import { typeWidening } from "./type-widening.ts";
import { v2Checkpoint } from "./v2-checkpoint.ts";
import { vacuumProtocolCheck } from "./vacuum-protocol-check.ts";
import { variantType } from "./variant-type.ts";
import type { TableFeature } from "./table-feature.ts";

/** Every feature that this engine knows. Supporting another is a file here and a line in this list. */
export const tableFeatures: readonly TableFeature[] = [
  appendOnly,
  invariants,
  checkConstraints,
  changeDataFeed,
  generatedColumns,
  columnMapping,
  identityColumns,
  deletionVectors,
  timestampNtz,
  domainMetadata,
  v2Checkpoint,
  inCommitTimestamp,
  vacuumProtocolCheck,
  checkpointProtection,
  typeWidening,
  allowColumnDefaults,
  rowTracking,
  clustering,
  variantType,
  icebergCompatV1,
  icebergCompatV2,
  catalogManaged,
];

/** A feature by the name that a protocol lists, its preview's name too. */
export function findFeature(name: string): TableFeature | undefined {
  return tableFeatures.find((feature) => feature.name === name || feature.aliases?.includes(name) === true);
}
