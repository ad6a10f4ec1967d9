import type { ColumnInput, ColumnSet } from "finance-feedback-delta";

import { dayMs } from "../../market/durations.ts";
import { formatDecimal8 } from "../../market/decimal.ts";
import type { Trade } from "../../market/trade.ts";
import type { PlacedRow } from "./stream-writer.ts";

export interface TradeOrigin {
  readonly extractedAtMs: number;
  readonly ingestionId: string;
  /** Of a row: `stream:topic/partition`. */
  readonly sourceFileOf: (partition: string) => string;
}

const int64Max = 2n ** 63n - 1n;

/** Trades as the columns of `raw_trades`. */
export function tradeColumns(rows: readonly PlacedRow<Trade>[], origin: TradeOrigin): ColumnSet {
  const count = rows.length;
  const timestamps = new BigInt64Array(count);
  const received = new BigInt64Array(count);
  const prices = new BigInt64Array(count);
  const days = new Int32Array(count);
  rows.forEach(({ row, receivedMs }, index) => {
    timestamps[index] = BigInt(row.timeUs);
    received[index] = BigInt(receivedMs) * 1000n;
    prices[index] = row.price;
    days[index] = Math.floor(row.timeUs / 1000 / dayMs);
  });
  return {
    rowCount: count,
    columns: {
      trade_id: rows.map(({ row }) => row.tradeId),
      asset_pair: rows.map(({ row }) => row.assetPair.canonical),
      timestamp: timestamps,
      price: prices,
      size: sizeColumn(rows),
      side: rows.map(({ row }) => row.side),
      source_provider: rows.map(({ row }) => row.provider),
      is_mock: rows.map(({ row }) => row.isMock),
      received_at: received,
      _extracted_at: { constant: new Date(origin.extractedAtMs) },
      _ingestion_id: { constant: origin.ingestionId },
      _source_file: rows.map(({ partition }) => origin.sourceFileOf(partition)),
      partition_date: days,
    },
  };
}

/** Sizes fit 64 bits up to 92 billion; beyond that their text is exact as well. */
function sizeColumn(rows: readonly PlacedRow<Trade>[]): ColumnInput {
  if (rows.some(({ row }) => row.size > int64Max)) return rows.map(({ row }) => formatDecimal8(row.size));
  const values = new BigInt64Array(rows.length);
  rows.forEach(({ row }, index) => {
    values[index] = row.size;
  });
  return values;
}
