/**
 * What `ffe metrics serve` answers. What is guaranteed:
 * - Counters are added up from the beginning of `ops.pipeline_metrics`: they do not go back with a restart, and two exporters
 *   show the same.
 * - A source that cannot be read keeps its last values, and `pipeline_metrics_refresh_timestamp_seconds` stands still.
 *   Nothing is ever 0 because it is not known.
 * - An answer comes from memory.
 */
import { setImmediate } from "node:timers/promises";

import type { MarketCalendars } from "../../market/market-calendars.ts";
import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { metricDefinitions, metrics } from "../metrics/definitions.ts";
import type { LabelValues } from "../metrics/labels.ts";
import { Debuts } from "./debuts.ts";
import type { Hidden } from "./debuts.ts";
import { expositionParts } from "./exposition.ts";
import type { GaugeValue } from "./exposition.ts";
import { deadLetterGauges, providerGauges, runGauges } from "./exporter-sources.ts";
import type { ExporterSources } from "./exporter-sources.ts";
import { tableGauges } from "./lake-gauges.ts";
import { MetricFold } from "./metric-fold.ts";
import { allAssets, SeriesGauges } from "./series-gauges.ts";

export interface ExporterOptions {
  readonly lake: DeltaLakeManager;
  readonly calendars: MarketCalendars;
  readonly sources: ExporterSources;
  readonly clock: Pick<Clock, "now">;
  readonly version: string;
  /** Whether each asset has series of its own. */
  readonly hasAssetLabel: boolean;
}

/** Why a source could not be read. */
export interface SourceFailure {
  readonly source: string;
  readonly error: unknown;
}

/** What a stream's own process shows. */
const shown = metricDefinitions.filter(({ source }) => source !== "stream");

export class MetricsExporter {
  readonly #options: ExporterOptions;
  readonly #fold: MetricFold;
  readonly #series: SeriesGauges;
  readonly #debuts = new Debuts();
  /** The last values of each source. */
  readonly #gauges = new Map<string, readonly GaugeValue[]>();
  readonly #texts = new Map<string, Promise<Buffer>>();
  #refreshedAtMs: number | undefined;

  constructor(options: ExporterOptions) {
    const { lake, calendars, hasAssetLabel } = options;
    this.#options = options;
    this.#fold = new MetricFold(lake, hasAssetLabel ? (labels) => labels : withoutAsset);
    this.#series = new SeriesGauges(lake, calendars);
  }

  /** Whether all sources have been read once. */
  get isReady(): boolean {
    return this.#refreshedAtMs !== undefined;
  }

  /** Whether some source has been read, so that its values can be shown. */
  get hasValues(): boolean {
    return this.#gauges.size > 0 || !this.#fold.totals.isEmpty;
  }

  /** Reads all sources. @returns those that could not be read. */
  async refresh(): Promise<readonly SourceFailure[]> {
    const { lake, sources, clock, hasAssetLabel } = this.#options;
    const failures: SourceFailure[] = [];
    const attempt = async (source: string, read: () => Promise<void>): Promise<void> => {
      try {
        await read();
      } catch (error) {
        failures.push({ source, error });
      }
    };
    const gaugesOf = async (
      source: string,
      read: () => Promise<readonly GaugeValue[]> | readonly GaugeValue[],
    ): Promise<void> => attempt(source, async () => void this.#gauges.set(source, await read()));
    await attempt("ops.pipeline_metrics", async () => {
      const hasCounts = await this.#fold.refresh();
      if (hasCounts || !this.#debuts.hasNoted) this.#debuts.note(this.#fold.totals);
    });
    await gaugesOf("the tables", async () => tableGauges(lake));
    await gaugesOf("the newest bars", async () => {
      await this.#series.refresh();
      return this.#series.gauges(clock.now(), hasAssetLabel);
    });
    await gaugesOf("the dead letter queue", async () => deadLetterGauges(await sources.deadLetters()));
    await gaugesOf("the provider ledger", () => providerGauges(sources.providers()));
    await gaugesOf("the run store", () => runGauges(sources.runs?.() ?? []));
    if (failures.length === 0) this.#refreshedAtMs = clock.now();
    await this.#prepare();
    return failures;
  }

  /**
   * The metrics as text in UTF-8.
   *
   * @param scraper tells those who read them apart.
   * @param holdMs how long a new series stays 0 for this one; see `Debuts`.
   */
  async scrape(scraper: string, holdMs?: number): Promise<Buffer> {
    return this.#textFor(this.#debuts.shownTo(scraper, this.#options.clock.now(), holdMs));
  }

  /** Prepares the next answers: for a new scraper, and for one that has seen all series. */
  async #prepare(): Promise<void> {
    const next = new Map<string, Promise<Buffer>>();
    for (const hidden of [this.#debuts.all, nothingHidden])
      if (!next.has(hidden.key)) {
        const text = await this.#render(hidden);
        next.set(hidden.key, Promise.resolve(text));
      }
    // Until now those that were there are answered: nobody waits for a text.
    this.#texts.clear();
    for (const [key, text] of next) this.#texts.set(key, text);
  }

  /** Who asks while a text is being made waits for the same one. */
  #textFor(hidden: Hidden): Promise<Buffer> {
    const known = this.#texts.get(hidden.key);
    if (known !== undefined) return known;
    const made = this.#render(hidden);
    this.#texts.set(hidden.key, made);
    return made;
  }

  async #render(hidden: Hidden): Promise<Buffer> {
    const { version } = this.#options;
    const own: GaugeValue[] = [{ definition: metrics.buildInfo, labels: { version }, value: 1 }];
    if (this.#refreshedAtMs !== undefined)
      own.push({ definition: metrics.metricsRefresh, labels: {}, value: this.#refreshedAtMs / 1000 });
    const gauges = [...[...this.#gauges.values()].flat(), ...own];
    const parts: Buffer[] = [];
    for (const part of expositionParts(shown, this.#fold.totals, gauges, (value) => hidden.has(value))) {
      parts.push(Buffer.from(part));
      // Answers go out between two parts.
      await setImmediate();
    }
    return Buffer.concat(parts);
  }
}

const nothingHidden: Hidden = { key: "", has: () => false };

function withoutAsset(labels: LabelValues): LabelValues {
  return "asset_pair" in labels ? { ...labels, asset_pair: allAssets } : labels;
}
