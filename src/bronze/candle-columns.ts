import type { ColumnInput, ColumnSet } from "finance-feedback-delta";

import type { AssetPair } from "../market/asset-pair.ts";
import type { Candle } from "../market/candle.ts";
import { formatDecimal8 } from "../market/decimal.ts";
import { partitionDate } from "../tables/market-data.ts";
import type { PartitionGranularity } from "../tables/market-data.ts";
import { dayMs } from "../market/durations.ts";

/** A candle and where it came from. */
export interface SourcedCandle {
  readonly candle: Candle;
  readonly sourceFile: string;
}

/** What all rows of the columns share. */
export interface SharedValues {
  readonly assetPair: AssetPair;
  readonly provider: string;
  readonly isMock: boolean;
  readonly extractedAtMs: number;
  readonly ingestionId: string;
  readonly granularity: PartitionGranularity;
}

const int64Max = 2n ** 63n - 1n;

/** Candles of one series as the columns of `raw_market_data_*`. */
export function candleColumns(rows: readonly SourcedCandle[], origin: SharedValues): ColumnSet {
  const timestamps = new BigInt64Array(rows.length);
  const open = new BigInt64Array(rows.length);
  const high = new BigInt64Array(rows.length);
  const low = new BigInt64Array(rows.length);
  const close = new BigInt64Array(rows.length);
  const partitionDays = new Int32Array(rows.length);
  const dayOf = partitionDayReader(origin.granularity);
  rows.forEach(({ candle }, index) => {
    timestamps[index] = BigInt(candle.openTimeMs) * 1000n;
    open[index] = candle.open;
    high[index] = candle.high;
    low[index] = candle.low;
    close[index] = candle.close;
    partitionDays[index] = dayOf(candle.openTimeMs);
  });
  return {
    rowCount: rows.length,
    columns: {
      asset_pair: { constant: origin.assetPair.canonical },
      timestamp: timestamps,
      open,
      high,
      low,
      close,
      volume: volumeColumn(rows),
      source_provider: { constant: origin.provider },
      is_mock: { constant: origin.isMock },
      _extracted_at: { constant: new Date(origin.extractedAtMs) },
      _ingestion_id: { constant: origin.ingestionId },
      _source_file: constantIfOne(rows.map((row) => row.sourceFile)),
      partition_date: partitionDays,
      partition_asset_pair: { constant: origin.assetPair.canonical },
    },
  };
}

/** The partition's first day as days since the epoch, worked out once for each day that the rows run through. */
function partitionDayReader(granularity: PartitionGranularity): (openTimeMs: number) => number {
  let dayStartMs = Number.NaN;
  let partitionDay = 0;
  return (openTimeMs) => {
    if (!(openTimeMs >= dayStartMs && openTimeMs < dayStartMs + dayMs)) {
      dayStartMs = Math.floor(openTimeMs / dayMs) * dayMs;
      partitionDay = Date.parse(partitionDate(openTimeMs, granularity)) / dayMs;
    }
    return partitionDay;
  };
}

/** Volumes fit 64 bits up to 92 billion; beyond that their text is exact as well. */
function volumeColumn(rows: readonly SourcedCandle[]): ColumnInput {
  if (rows.some(({ candle }) => candle.volume !== null && candle.volume > int64Max)) {
    return rows.map(({ candle }) => (candle.volume === null ? null : formatDecimal8(candle.volume)));
  }
  const values = new BigInt64Array(rows.length);
  const validity = new Uint8Array(rows.length).fill(1);
  rows.forEach(({ candle }, index) => {
    if (candle.volume === null) validity[index] = 0;
    else values[index] = candle.volume;
  });
  return validity.includes(0) ? { values, validity } : values;
}

function constantIfOne(values: readonly string[]): ColumnInput {
  const [first] = values;
  return values.every((value) => value === first) ? { constant: first } : values;
}
