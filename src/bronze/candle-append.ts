import { DeltaError } from "finance-feedback-delta";
import type { AppendResult, Snapshot } from "finance-feedback-delta";

import type { AssetPair } from "../market/asset-pair.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { marketDataTable, partitionGranularity } from "../tables/market-data.ts";
import type { PartitionPolicy } from "../tables/market-data.ts";
import { candleColumns } from "./candle-columns.ts";
import type { SourcedCandle } from "./candle-columns.ts";
import type { RangeTransaction } from "./coverage.ts";
import { watermarkId } from "./watermark.ts";

export interface CandleAppend {
  readonly lake: DeltaLakeManager;
  readonly clock: Clock;
  readonly ingestionId: string;
  readonly partitionPolicy: PartitionPolicy;
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  readonly provider: string;
  readonly isMock: boolean;
  /** The table that the rows were chosen by; `undefined` when there was none. */
  readonly snapshot: Snapshot | undefined;
  /** `undefined` leaves a series without a watermark as it is. */
  readonly watermarkMs: number | undefined;
  /** What else the commit carries. */
  readonly transactions: readonly RangeTransaction[];
}

/**
 * Appends candles of one series in one commit. The series' watermark is part of every such commit, so that two of them
 * conflict: whoever comes second chose its rows without those of the first.
 *
 * @throws DeltaError `CONCURRENT_TRANSACTION` when another commit to the series came since the snapshot.
 */
export async function appendCandles(
  rows: readonly SourcedCandle[],
  append: CandleAppend,
): Promise<AppendResult> {
  const { lake, assetPair, timeframe, provider, isMock, ingestionId } = append;
  const tableName = marketDataTable(timeframe);
  const appId = watermarkId(assetPair, isMock);
  const before = append.snapshot?.transaction(appId);
  return lake.createOrUpdateTable({
    tableName,
    rows: {
      columns: candleColumns(rows, {
        assetPair,
        provider,
        isMock,
        extractedAtMs: append.clock.now(),
        ingestionId,
        granularity: partitionGranularity(timeframe, append.partitionPolicy),
      }),
    },
    append: {
      transactions: [
        ...(append.watermarkMs === undefined ? [] : [{ appId, version: append.watermarkMs }]),
        ...append.transactions,
      ],
      userMetadata: `ingestion ${ingestionId}`,
      precondition: (snapshot) => {
        const now = snapshot?.transaction(appId);
        const isSame = now?.version === before?.version && now?.lastUpdated === before?.lastUpdated;
        if (isSame) return;
        throw new DeltaError(
          "CONCURRENT_TRANSACTION",
          `${tableName}: another run committed to ${assetPair.canonical}`,
        );
      },
    },
  });
}
