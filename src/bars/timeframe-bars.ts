import type { RecordBatch, Snapshot, StructType, TableResolver } from "finance-feedback-delta";

import { indicatorRuns } from "../transform/indicators/indicator-columns.ts";
import type { IndicatorRun } from "../transform/indicators/indicator-columns.ts";
import { usualIndicatorOptions } from "../transform/indicators/indicator-options.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { timeframeMs } from "../market/timeframe.ts";
import { marketDataTable } from "../tables/market-data.ts";
import { barBatch } from "./bar-batch.ts";
import type { BarIndicator, BarTimeframe } from "./bar-columns.ts";
import { readWindows } from "./bar-windows.ts";
import type { ReadWindow } from "./bar-windows.ts";
import { numberReadings, textReadings } from "./readings.ts";
import { roomFor, RunningSeries } from "./running-series.ts";
import { candidatesQuery, rowCondition, winnersOf } from "./winning-bars.ts";
import type { RowFilter, WonBars } from "./winning-bars.ts";

/** A table of bars at one version. */
export interface BarTable {
  readonly timeframe: BarTimeframe;
  readonly snapshot: Snapshot;
}

/** What is read of a table of bars. */
export interface BarReading {
  readonly assetPairs: readonly AssetPair[];
  readonly knownAtMs: number | undefined;
  readonly indicators: readonly BarIndicator[];
  readonly schema: StructType;
  /** Bars that close behind its start, and not behind its end. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Some bars of one timeframe that follow on each other in time. */
export interface BarPart {
  /** Sorted by asset and time. */
  readonly rows: RecordBatch;
  /** The rows' places sorted by time and asset. */
  readonly order: Uint32Array;
  /** In that order: when the bars close, in microseconds since 1970. */
  readonly closedAt: Float64Array;
}

/**
 * The bars of one timeframe in the order of time, then of asset. The indicators run over each series from its first bar on,
 * whatever is wanted, so that they have the bits of a full run. Memory holds some windows, however long the range is.
 */
export async function* timeframeBars(
  lake: DeltaLakeManager,
  { timeframe, snapshot }: BarTable,
  reading: BarReading,
): AsyncGenerator<BarPart> {
  const filter = {
    assetPairs: reading.assetPairs.map(({ canonical }) => canonical),
    knownAtMs: reading.knownAtMs,
  };
  const resolve = resolverOf(lake, timeframe, snapshot);
  const extent = await extentOf(lake, timeframe, filter, resolve);
  if (extent === undefined) return;
  const runs = neededRuns(reading.indicators);
  const series = new Map(
    reading.assetPairs.map((pair) => [pair.canonical, new RunningSeries(pair, timeframe, runs)]),
  );
  const windows = readWindows({
    timeframe,
    assetPairCount: reading.assetPairs.length,
    ...extent,
    startMs: reading.startMs,
    endMs: reading.endMs,
  });
  const read = async (window: ReadWindow): Promise<WonBars> => {
    const answer = await lake.engine.query(candidatesQuery(timeframe, filter, window), resolve);
    return winnersOf(await answer.toBatch());
  };
  for await (const { window, bars } of readAhead(windows, read)) {
    const computed = roomFor(bars.length, runs, reading.indicators.includes("obv"));
    for (let start = 0, end = 0; start < bars.length; start = end) {
      const assetPair = bars.assetPair[start] ?? "";
      while (end < bars.length && bars.assetPair[end] === assetPair) end += 1;
      series.get(assetPair)?.goOn(bars, start, end, computed);
    }
    if (!window.isWanted || bars.length === 0) continue;
    const order = timeOrder(bars.timestamp);
    const lengthMicros = timeframeMs(timeframe) * 1000;
    yield {
      rows: barBatch(reading.schema, timeframe, bars, computed),
      order,
      closedAt: Float64Array.from(order, (row) => Number(bars.timestamp[row]) + lengthMicros),
    };
  }
}

/** Each window's bars, with those of the next on their way while one is worked on. */
async function* readAhead(
  windows: Iterable<ReadWindow>,
  read: (window: ReadWindow) => Promise<WonBars>,
): AsyncGenerator<{ readonly window: ReadWindow; readonly bars: WonBars }> {
  let before: { readonly window: ReadWindow; readonly bars: Promise<WonBars> } | undefined;
  for (const window of windows) {
    const bars = read(window);
    // A failure is told where the bars are awaited, also when it comes earlier or nobody goes on.
    bars.catch(() => undefined);
    if (before !== undefined) yield { window: before.window, bars: await before.bars };
    before = { window, bars };
  }
  if (before !== undefined) yield { window: before.window, bars: await before.bars };
}

/** Every read of one stream sees the same version. */
function resolverOf(lake: DeltaLakeManager, timeframe: BarTimeframe, snapshot: Snapshot): TableResolver {
  const table = lake.tableIn({ layer: "bronze", name: marketDataTable(timeframe) });
  return async ({ predicate }) => table.relationAt(snapshot, predicate);
}

/** When the first and the last of the rows open; `undefined` when there are none. */
async function extentOf(
  lake: DeltaLakeManager,
  timeframe: BarTimeframe,
  filter: RowFilter,
  resolve: TableResolver,
): Promise<{ readonly firstMs: number; readonly lastMs: number } | undefined> {
  const answer = await lake.engine.query<{ readonly first: Date | null; readonly last: Date | null }>(
    `SELECT min(timestamp) AS first, max(timestamp) AS last FROM bronze.${marketDataTable(timeframe)} WHERE ${rowCondition(filter)}`,
    resolve,
  );
  const [extent] = await answer.rows();
  if (extent === undefined || extent.first === null || extent.last === null) return undefined;
  // Dates are cut to the millisecond: the last bar may open within it.
  return { firstMs: extent.first.getTime(), lastMs: extent.last.getTime() + 1 };
}

/** The indicators that wanted columns are made of. */
function neededRuns(wanted: readonly BarIndicator[]): readonly IndicatorRun[] {
  const names = new Set<string>(
    wanted.flatMap((name) => [
      name,
      ...(textReadings.get(name)?.needs ?? []),
      ...(numberReadings.get(name)?.needs ?? []),
    ]),
  );
  return indicatorRuns(usualIndicatorOptions).filter(({ columns }) =>
    Object.keys(columns).some((column) => names.has(column)),
  );
}

function timeOrder(timestamp: BigInt64Array): Uint32Array {
  const opens = Float64Array.from(timestamp, Number);
  // Sorting is stable, and rows come sorted by asset.
  return Uint32Array.from(opens.keys()).toSorted((one, other) => (opens[one] ?? 0) - (opens[other] ?? 0));
}
