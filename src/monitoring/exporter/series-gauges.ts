import { AssetPair } from "../../market/asset-pair.ts";
import type { MarketCalendars } from "../../market/market-calendars.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { formatTableName } from "../../storage/table-names.ts";
import { timeframeOfTable } from "../../tables/table-registry.ts";
import { metrics } from "../metrics/definitions.ts";
import { nextDueMsOf } from "../next-due.ts";
import type { GaugeValue } from "./exposition.ts";
import { NewRows } from "./new-rows.ts";

interface Series {
  readonly assetPair: string;
  readonly timeframe: Timeframe;
  readonly provider: string;
  readonly latestMs: number;
  /** When the bar after it is complete; `undefined` where the hours of the market are not known. */
  readonly nextDueMs: number | undefined;
}

/** The newest bar of each series, kept up to date by what comes into the tables of bars. */
export class SeriesGauges {
  readonly #lake: DeltaLakeManager;
  readonly #calendars: MarketCalendars;
  readonly #newRows = new Map<string, NewRows>();
  readonly #series = new Map<string, Series>();

  constructor(lake: DeltaLakeManager, calendars: MarketCalendars) {
    this.#lake = lake;
    this.#calendars = calendars;
  }

  async refresh(): Promise<void> {
    for (const place of await this.#lake.listTables()) {
      const timeframe = timeframeOfTable(place.name);
      if (timeframe !== undefined) await this.#refreshTable(formatTableName(place), timeframe);
    }
  }

  /** @param withAssets false: the oldest of all assets stands for them. */
  gauges(nowMs: number, withAssets: boolean): readonly GaugeValue[] {
    const all = [...this.#series.values()];
    const series = withAssets ? all : oldestOfEach(all);
    const pairs = new Set(all.map(({ assetPair }) => assetPair));
    return [
      ...series.map((one) => seriesGauge(metrics.seriesLatest, one, one.latestMs)),
      ...series.flatMap((one) =>
        one.nextDueMs === undefined ? [] : [seriesGauge(metrics.seriesNextDue, one, one.nextDueMs)],
      ),
      ...(withAssets ? [...pairs].flatMap((pair) => this.#openGauge(pair, nowMs)) : []),
    ];
  }

  async #refreshTable(tableName: string, timeframe: Timeframe): Promise<void> {
    const newRows = this.#newRows.get(tableName) ?? new NewRows(this.#lake, tableName);
    this.#newRows.set(tableName, newRows);
    await newRows.read(async ({ isWhole, query }) => {
      const rows = await query(
        `SELECT asset_pair, source_provider, max(timestamp) AS latest FROM added GROUP BY ALL ORDER BY ALL`,
      );
      // A table that was restored or recreated may have lost series.
      if (isWhole)
        for (const [key, one] of this.#series) if (one.timeframe === timeframe) this.#series.delete(key);
      for (const { asset_pair: assetPair, source_provider: provider, latest } of rows)
        if (latest instanceof Date)
          this.#note(String(assetPair), timeframe, String(provider), latest.getTime());
    });
  }

  #note(assetPair: string, timeframe: Timeframe, provider: string, latestMs: number): void {
    const key = JSON.stringify([assetPair, timeframe, provider]);
    if ((this.#series.get(key)?.latestMs ?? Number.NEGATIVE_INFINITY) >= latestMs) return;
    const nextDueMs = nextDueMsOf(this.#calendars, { assetPair, timeframe, latestMs });
    this.#series.set(key, { assetPair, timeframe, provider, latestMs, nextDueMs });
  }

  #openGauge(assetPair: string, nowMs: number): GaugeValue[] {
    const calendar = this.#calendars.surely(AssetPair.parse(assetPair));
    if (nowMs < calendar.known.startMs || nowMs >= calendar.known.endMs) return [];
    const isOpen = calendar.openRanges({ startMs: nowMs, endMs: nowMs + 1 }).length > 0;
    return [{ definition: metrics.marketOpen, labels: { asset_pair: assetPair }, value: isOpen ? 1 : 0 }];
  }
}

/** What the label of an asset is where all of them are one series. */
export const allAssets = "all";

function oldestOfEach(all: readonly Series[]): readonly Series[] {
  const oldest = new Map<string, Series>();
  for (const one of all) {
    const key = `${one.timeframe} ${one.provider}`;
    const before = oldest.get(key);
    if (before === undefined || one.latestMs < before.latestMs)
      oldest.set(key, { ...one, assetPair: allAssets });
  }
  return [...oldest.values()];
}

function seriesGauge(
  definition: GaugeValue["definition"],
  { assetPair, timeframe, provider }: Series,
  instantMs: number,
): GaugeValue {
  return {
    definition,
    labels: { asset_pair: assetPair, timeframe, provider },
    value: instantMs / 1000,
  };
}
