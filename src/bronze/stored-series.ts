import type { AssetPair } from "../market/asset-pair.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { concernsTable } from "./batch-proposal.ts";
import type { CandleBatch, StoredSeries } from "./batch-proposal.ts";
import { spanOf, storedValues } from "./revisions.ts";
import { mayHaveBars } from "./stored-overlap.ts";

/** Reads what a batch is compared with: the table's newest snapshot, and of it the bars in the time of the batch. */
export async function readStoredSeries(
  lake: DeltaLakeManager,
  tableName: string,
  assetPair: AssetPair,
  batch: CandleBatch,
): Promise<StoredSeries> {
  const table = lake.table(tableName);
  if (!concernsTable(batch) || !(await table.exists())) return { progress: undefined, values: new Map() };
  const progress = await table.snapshot();
  const span = spanOf(batch.rows);
  // Most ranges were never fetched, and the log knows that without a look at any file.
  if (span === undefined || !mayHaveBars(progress, assetPair, span)) return { progress, values: new Map() };
  const values = await storedValues(lake, tableName, assetPair, batch);
  return { progress, values };
}
