import { mappingModeOf } from "../protocol/column-mapping.ts";
import type { PrunedTable } from "../statistics/pruning.ts";
import type { Snapshot } from "./snapshot.ts";

/** A snapshot as the statistics of its files have to be read. */
export function prunedTable(snapshot: Snapshot): PrunedTable {
  return {
    schema: snapshot.schema,
    partitionColumns: snapshot.partitionColumns,
    columnMapping: mappingModeOf(snapshot.metadata),
  };
}
