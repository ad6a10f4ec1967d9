// `market_data_enriched` by a slow sequential model: all bars of a series at once, nothing incremental.
import { AssetPair } from "../../../src/market/asset-pair.ts";
import { usualCalendars } from "../../../src/market/market-calendars.ts";
import { countAll, openBars } from "../../../src/market/open-bars.ts";
import { timeframeMs } from "../../../src/market/timeframe.ts";
import { indicatorRuns } from "../../../src/transform/indicators/indicator-columns.ts";
import { usualIndicatorOptions } from "../../../src/transform/indicators/indicator-options.ts";
import { keyOf, seriesOf } from "./bronze-bar.ts";
import type { BronzeBar } from "./bronze-bar.ts";
import { plainReadings } from "./plain-readings.ts";
import type { Readings } from "./plain-readings.ts";

/** A row, without the columns that are made of its own time alone. */
export interface EnrichedRow extends Readings {
  readonly bar: BronzeBar;
  readonly provider_count: number;
  readonly bar_seq: number;
  readonly gap_bars_before: number | null;
  readonly obv: bigint | null;
  readonly known_at_ms: number;
  /** The columns that are doubles; NaN is null. */
  readonly doubles: Readonly<Record<string, number>>;
}

const providers = ["alpha_vantage", "coinbase", "oanda"];

/** The rows by key, see `keyOf`. */
export function plainEnriched(bronze: readonly BronzeBar[]): ReadonlyMap<string, EnrichedRow> {
  const rows = new Map<string, EnrichedRow>();
  const possible = Map.groupBy(bronze.filter(isPossible), keyOf);
  const winners = [...possible.values()].map((bars) => ({
    bar: bars.toSorted(byWorth)[0],
    provider_count: new Set(bars.map(({ provider }) => provider)).size,
  }));
  const won = winners.flatMap(({ bar, provider_count }) =>
    bar === undefined ? [] : [{ bar, provider_count }],
  );
  for (const series of Map.groupBy(won, ({ bar }) => seriesOf(bar)).values()) {
    const inTime = series.toSorted((one, other) => one.bar.openTimeMs - other.bar.openTimeMs);
    for (const row of enriched(inTime)) rows.set(keyOf(row.bar), row);
  }
  return rows;
}

function isPossible({ open, high, low, close }: BronzeBar): boolean {
  return low > 0n && low <= open && low <= close && open <= high && close <= high;
}

/** The bar that counts comes first. */
function byWorth(one: BronzeBar, other: BronzeBar): number {
  return (
    Number(one.isMock) - Number(other.isMock) ||
    placeOf(one) - placeOf(other) ||
    other.extractedAtMs - one.extractedAtMs ||
    compare(one.open, other.open) ||
    compare(one.high, other.high) ||
    compare(one.low, other.low) ||
    compare(one.close, other.close) ||
    compare(one.volume ?? 10n ** 30n, other.volume ?? 10n ** 30n) ||
    compare(one.provider, other.provider)
  );
}

function placeOf({ provider }: BronzeBar): number {
  return providers.indexOf(provider) + 1 || 1000;
}

function compare<Value extends bigint | string>(one: Value, other: Value): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function enriched(
  series: readonly { readonly bar: BronzeBar; readonly provider_count: number }[],
): EnrichedRow[] {
  const bars = series.map(({ bar }) => bar);
  const columns = {
    high: bars.map(({ high }) => double(high)),
    low: bars.map(({ low }) => double(low)),
    close: bars.map(({ close }) => double(close)),
    volume: bars.map(({ volume }) => double(volume)),
    timestamp: bars.map(({ openTimeMs }) => openTimeMs),
  };
  const doubles = new Map<string, Float64Array>();
  for (const { indicator, options, columns: names } of indicatorRuns(usualIndicatorOptions)) {
    const values = indicator.ofBars(columns, options);
    for (const [column, output] of Object.entries(names))
      doubles.set(column, values[output] ?? new Float64Array());
  }
  let sum = 0n;
  let knownAtMs = 0;
  return series.map(({ bar, provider_count }, index) => {
    const before = bars[index - 1];
    if (bar.volume !== null) {
      if (before === undefined || bar.close > before.close) sum += bar.volume;
      else if (bar.close < before.close) sum -= bar.volume;
    }
    knownAtMs = Math.max(knownAtMs, bar.extractedAtMs);
    const at = (column: string): number => doubles.get(column)?.[index] ?? Number.NaN;
    return {
      bar,
      provider_count,
      bar_seq: index,
      gap_bars_before: before === undefined ? 0 : gapBetween(before, bar),
      obv: bar.volume === null ? null : sum,
      known_at_ms: knownAtMs,
      doubles: Object.fromEntries([...doubles.keys()].map((column) => [column, at(column)])),
      ...plainReadings(double(bar.close), at),
    };
  });
}

function double(value: bigint | null): number {
  return value === null ? Number.NaN : Number(value) / 1e8;
}

/** The bars that were due in between, of the hours in which the market trades for sure; null when its calendar is unknown. */
function gapBetween(before: BronzeBar, { assetPair, timeframe, openTimeMs }: BronzeBar): number | null {
  const hole = { startMs: before.openTimeMs + timeframeMs(timeframe), endMs: openTimeMs };
  if (hole.startMs >= hole.endMs) return 0;
  const calendar = usualCalendars.surely(AssetPair.parse(assetPair));
  if (calendar.name === "unknown") return null;
  return countAll(openBars({ calendar, timeframe, grid: "utc" }, hole), timeframe);
}
