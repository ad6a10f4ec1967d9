/**
 * One bar for each asset and time: of all rows of Bronze the one that counts, as the macro `ffe.winning_bars` of the dbt project
 * chooses it.
 */
import { quoteText } from "finance-feedback-delta";
import type { Column, RecordBatch } from "finance-feedback-delta";

import { formatInstant } from "../market/time-range.ts";
import { marketDataTable } from "../tables/market-data.ts";
import type { BarTimeframe } from "./bar-columns.ts";

/** Bars of one timeframe that open within a time, sorted by asset and time. */
export interface WonBars {
  readonly length: number;
  readonly assetPair: readonly string[];
  /** Microseconds since 1970. */
  readonly timestamp: BigInt64Array;
  /** Unscaled, with eight digits behind the point, as all prices. */
  readonly open: BigInt64Array;
  readonly high: BigInt64Array;
  readonly low: BigInt64Array;
  readonly close: BigInt64Array;
  readonly volume: readonly (bigint | null)[];
  readonly sourceProvider: readonly string[];
  readonly providerCount: BigInt64Array;
  readonly isMock: readonly boolean[];
  readonly extractedAt: BigInt64Array;
}

/** Which rows of a table are looked at: those of bars that open behind `afterMs` and not behind `untilMs`. */
export interface BarWindow {
  readonly afterMs: number;
  readonly untilMs: number;
}

export interface RowFilter {
  readonly assetPairs: readonly string[];
  /** Rows that were extracted later do not count. */
  readonly knownAtMs: number | undefined;
}

/** The providers whose bar counts before others', the best first. */
const providerPriority = ["alpha_vantage", "coinbase", "oanda"];

/** All rows of a window that can win, those of one bar behind each other, the winner first. */
export function candidatesQuery(timeframe: BarTimeframe, filter: RowFilter, window: BarWindow): string {
  const rank = providerPriority.map((name, index) => `WHEN ${quoteText(name)} THEN ${index + 1}`).join(" ");
  return `SELECT asset_pair, timestamp, open, high, low, close, TRY_CAST(bar.volume AS DECIMAL(18,8)) AS narrow_volume,
  CASE WHEN TRY_CAST(bar.volume AS DECIMAL(18,8)) IS NULL THEN CAST(bar.volume AS VARCHAR) END AS wide_volume,
  source_provider, is_mock, _extracted_at
FROM bronze.${marketDataTable(timeframe)} AS bar
WHERE ${rowCondition(filter)}
  AND timestamp > '${formatInstant(window.afterMs)}' AND timestamp <= '${formatInstant(window.untilMs)}'
  AND low > 0 AND low <= open AND low <= close AND open <= high AND close <= high
ORDER BY asset_pair, timestamp, is_mock NULLS LAST, CASE source_provider ${rank} ELSE 1000 END,
  _extracted_at DESC NULLS LAST, open, high, low, close, bar.volume NULLS LAST, source_provider NULLS LAST`;
}

/** The rows of some assets that were known. */
export function rowCondition({ assetPairs, knownAtMs }: RowFilter): string {
  const assets = `asset_pair IN (${assetPairs.map(quoteText).join(", ")})`;
  return knownAtMs === undefined ? assets : `${assets} AND _extracted_at <= '${formatInstant(knownAtMs)}'`;
}

/** Of the rows of each bar the first one. */
export function winnersOf(rows: RecordBatch): WonBars {
  const assets = texts(rows, "asset_pair");
  const times = bigints(rows, "timestamp");
  const providers = texts(rows, "source_provider");
  const firsts = new Uint32Array(rows.rowCount);
  const counts = new BigInt64Array(rows.rowCount);
  let length = 0;
  let seen = new Set<string | undefined>();
  for (let row = 0; row < rows.rowCount; row += 1) {
    const isSame = row > 0 && times[row] === times[row - 1] && assets[row] === assets[row - 1];
    if (!isSame) {
      firsts[length] = row;
      counts[length] = 1n;
      length += 1;
      if (seen.size > 0) seen = new Set();
    } else {
      seen.add(providers[firsts[length - 1] ?? 0]).add(providers[row]);
      counts[length - 1] = BigInt(seen.size);
    }
  }
  const chosen = length === rows.rowCount ? undefined : firsts.subarray(0, length);
  const pick = (name: string): BigInt64Array => {
    const values = bigints(rows, name);
    return chosen === undefined ? values : BigInt64Array.from(chosen, (row) => values[row] ?? 0n);
  };
  const pickText = (values: readonly string[]): readonly string[] =>
    chosen === undefined ? values : Array.from(chosen, (row) => values[row] ?? "");
  const isMock = columnOf(rows, "is_mock").values;
  const volumes = volumesOf(rows);
  const rowAt = (index: number): number => chosen?.[index] ?? index;
  return {
    length,
    assetPair: pickText(assets),
    timestamp: pick("timestamp"),
    open: pick("open"),
    high: pick("high"),
    low: pick("low"),
    close: pick("close"),
    volume: Array.from({ length }, (_, index) => volumes(rowAt(index))),
    sourceProvider: pickText(providers),
    providerCount: counts.subarray(0, length),
    isMock: Array.from({ length }, (_, index) => isMock[rowAt(index)] === true),
    extractedAt: pick("_extracted_at"),
  };
}

/** Most volumes fit what comes as typed values; wider ones come as text. */
function volumesOf(rows: RecordBatch): (row: number) => bigint | null {
  const { validity } = columnOf(rows, "narrow_volume");
  const narrow = bigints(rows, "narrow_volume");
  const wide = columnOf(rows, "wide_volume").values;
  return (row) => {
    if (validity?.[row] !== 0) return narrow[row] ?? null;
    const text: unknown = wide[row];
    return typeof text === "string" ? BigInt(text.replace(".", "")) : null;
  };
}

function columnOf(rows: RecordBatch, name: string): Column {
  const column = rows.column(name);
  if (column === undefined) throw new TypeError(`There is no column ${name}`);
  return column;
}

function bigints(rows: RecordBatch, name: string): BigInt64Array {
  const { values } = columnOf(rows, name);
  if (values instanceof BigInt64Array) return values;
  throw new TypeError(`The column ${name} has no whole numbers`);
}

function texts(rows: RecordBatch, name: string): readonly string[] {
  return Array.from(columnOf(rows, name).values, String);
}
