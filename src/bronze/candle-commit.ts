import type { Transaction } from "finance-feedback-delta";

import type { AssetPair } from "../market/asset-pair.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { partitionGranularity } from "../tables/market-data.ts";
import type { PartitionPolicy } from "../tables/market-data.ts";
import { candleColumns } from "./candle-columns.ts";
import type { SourcedCandle } from "./candle-columns.ts";
import type { ProposedCommit, StoredProgress } from "./commit-proposal.ts";
import { watermarkId } from "./watermark.ts";

export interface CandleOrigin {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  readonly provider: string;
  readonly isMock: boolean;
  readonly ingestionId: string;
  readonly partitionPolicy: PartitionPolicy;
  /** Revisions go by it. */
  readonly extractedAtMs: number;
}

/**
 * The commit of candles of one series. The series' watermark is part of every such commit, so that two of them conflict:
 * the one that comes second chose its rows without those of the first.
 *
 * @param stored the table that the rows were chosen by; `undefined` when there was none.
 * @param watermarkMs `undefined` leaves a series without a watermark as it is.
 */
export function candleCommit(
  rows: readonly SourcedCandle[],
  origin: CandleOrigin,
  stored: StoredProgress | undefined,
  watermarkMs: number | undefined,
  transactions: readonly Transaction[],
): ProposedCommit {
  const { assetPair, timeframe, isMock } = origin;
  const appId = watermarkId(assetPair, isMock);
  return {
    rows: {
      columns: candleColumns(rows, {
        ...origin,
        granularity: partitionGranularity(timeframe, origin.partitionPolicy),
      }),
    },
    transactions: [...(watermarkMs === undefined ? [] : [{ appId, version: watermarkMs }]), ...transactions],
    guards: [{ appId, seen: stored?.transaction(appId) }],
  };
}
