import type { Row } from "finance-feedback-delta";

import { Bars } from "../../../src/bars/bars.ts";
import { readBarsRequest } from "../../../src/bars/bars-request.ts";
import type { BarTimeframe } from "../../../src/bars/bar-columns.ts";
import type { BarsOptions } from "../../../src/bars/bars-request.ts";
import type { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";
import type { BronzeBar } from "../../transform/support/bronze-bar.ts";

/** A row without the hidden method that makes it JSON. */
export type PlainBar = Row;

/** Plans bars of any lake, whatever their columns are. */
export function planned(lake: DeltaLakeManager, options: BarsOptions): Bars<Row> {
  return new Bars<Row>(lake, readBarsRequest(options));
}

/** All rows, one by one as a backtest takes them. */
export async function barsOf(lake: DeltaLakeManager, options: BarsOptions): Promise<readonly PlainBar[]> {
  const bars: PlainBar[] = [];
  for await (const bar of planned(lake, options)) bars.push(plain(bar));
  return bars;
}

/** With its members that are rows made plain, too. */
function plain(row: Row): PlainBar {
  const members = Object.entries(row).map(([name, value]) => [name, isRow(value) ? { ...value } : value]);
  return Object.fromEntries(members);
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !(value instanceof Date);
}

export function assetPairsOf(bronze: readonly BronzeBar[]): readonly string[] {
  return [...new Set(bronze.map(({ assetPair }) => assetPair))];
}

const timeframes: readonly BarTimeframe[] = ["1m", "5m", "15m", "1h", "4h", "1d"];

/** The finest first. */
export function timeframesOf(bronze: readonly BronzeBar[]): readonly BarTimeframe[] {
  return timeframes.filter((name) => bronze.some(({ timeframe }) => timeframe === name));
}

/** A bar of ETHUSD that stands still. */
export function stillBar(timeframe: BarTimeframe, openTimeMs: number): BronzeBar {
  const price = 100_00000000n;
  return {
    assetPair: "ETHUSD",
    timeframe,
    openTimeMs,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: price,
    provider: "coinbase",
    isMock: false,
    extractedAtMs: Date.UTC(2026, 6, 1),
  };
}

/** SQL of a long series of ETHUSD, minute by minute. */
export function manyBars(count: number): string {
  return `SELECT 'ETHUSD' AS asset_pair, TIMESTAMPTZ '2025-01-01 00:00:00+00' + i * INTERVAL 1 MINUTE AS timestamp,
    CAST(100 AS DECIMAL(18,8)) AS open, CAST(200 AS DECIMAL(18,8)) AS high, CAST(50 AS DECIMAL(18,8)) AS low,
    CAST(100 + (i * 7919 % 97) AS DECIMAL(18,8)) AS close, CAST(10 AS DECIMAL(28,8)) AS volume,
    'coinbase' AS source_provider, false AS is_mock, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS _extracted_at,
    'made up' AS _ingestion_id, 'made up' AS _source_file, DATE '2025-01-01' AS partition_date,
    'ETHUSD' AS partition_asset_pair FROM range(${count}) AS minutes(i)`;
}
