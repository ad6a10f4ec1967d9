import { setImmediate } from "node:timers/promises";
import * as z from "zod";
import { capableOf, flag, wholeNumber } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import type { AssetPair } from "../../market/asset-pair.ts";
import { formatInstant, splitRange } from "../../market/time-range.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { UncheckedBar } from "../../market/unchecked-bar.ts";
import { systemClock } from "../../seams/clock.ts";
import type { Clock } from "../../seams/clock.ts";
import { assertOptions } from "../arguments.ts";
import { assertPair, checkBarRequest, selectBars } from "../bar-request.ts";
import { DemoDirt } from "./demo-dirt.ts";
import { DemoPath } from "./demo-path.ts";
import { demoBar, demoRow } from "./demo-row.ts";
import type {
  BarPage,
  BarRequest,
  MarketDataProvider,
  ProviderCapabilities,
  ServedBars,
} from "../provider.ts";
import type { ProviderDefinition } from "../provider-definition.ts";
import { requestStopped } from "../http/request-failure.ts";

export interface DemoOptions {
  /** The machine's own when left out. */
  readonly clock?: Clock | undefined;
  /** 42 when left out. */
  readonly seed?: number | undefined;
  /** Whether to spoil a small share of the bars, for trying out quality gates; no when left out. */
  readonly dirtyRows?: boolean | undefined;
}

const demoOptions: OptionTable<DemoOptions> = {
  clock: capableOf("a clock, such as systemClock", ["now", "sleep"]),
  seed: wholeNumber,
  dirtyRows: flag,
};

const identity = { name: "demo", title: "The demo provider" } as const;
const serves: ServedBars = {
  nativeTimeframes: ["1m", "5m", "15m", "1h", "4h", "1d"],
  barsPerRequestMax: 10_080,
  historyDepthMs: () => undefined,
};

interface DemoSettings {
  readonly seed: number;
  readonly dirty_rows: boolean;
}

export const demo: ProviderDefinition<DemoSettings> = {
  ...identity,
  isMock: true,
  assetKinds: ["crypto", "crypto_contract", "fx", "stock", "index", "future"],
  serves,
  settings: z.strictObject({
    seed: z.int().min(0).default(42),
    dirty_rows: z.boolean().default(false),
  }),
  limits: () => ({}),
  create: ({ clock, settings: { seed, dirty_rows: dirtyRows } }) =>
    new DemoProvider({ clock, seed, dirtyRows }),
};

/**
 * Made-up bars for any asset pair, without a network. The same seed always gives the same market; closures follow
 * the pair's trading calendar.
 */
export class DemoProvider implements MarketDataProvider {
  readonly name = "demo";
  readonly title = "The demo provider";
  readonly isMock = true;
  readonly capabilities: ProviderCapabilities = {
    ...serves,
    requestsPerSecond: undefined,
    concurrentRequestsMax: 2,
  };
  readonly #options: DemoOptions;

  /** @throws ProviderError `INVALID_ARGUMENT` */
  constructor(options: DemoOptions = {}) {
    assertOptions("new DemoProvider", options, demoOptions);
    this.#options = options;
  }

  unsupportedReason(assetPair: AssetPair): undefined {
    assertPair("unsupportedReason", assetPair);
    return undefined;
  }

  async fetchBars(request: BarRequest, signal?: AbortSignal): Promise<BarPage> {
    checkBarRequest(this, request, signal);
    const { clock = systemClock, seed = 42, dirtyRows = false } = this.#options;
    const { assetPair, timeframe, range } = request;
    const path = new DemoPath(assetPair, seed);
    const dirt = dirtyRows ? new DemoDirt(assetPair.canonical, timeframe, seed) : undefined;
    const bars: UncheckedBar[] = [];
    for (const window of splitRange(range, spanPerTurnMs)) {
      // Years of minutes take a while, so other work runs in between.
      await setImmediate();
      if (signal?.aborted === true) throw requestStopped(identity, signal.reason);
      for (const bar of path.bars(timeframe, window)) {
        const row = demoRow(bar, path.market);
        bars.push(demoBar(dirt === undefined ? row : dirt.apply(row)));
      }
    }
    const ends = `from=${formatInstant(range.startMs)}&to=${formatInstant(range.endMs)}`;
    return {
      bars: selectBars(bars, request, clock.now(), { beforeMs: 0, afterMs: 0 }),
      source: `demo:${assetPair.canonical}/${timeframe}?${ends}&seed=${seed}`,
    };
  }

  async close(): Promise<void> {
    // There is nothing to free.
  }
}

/** About 50,000 minutes, in whole bars of any timeframe. */
const spanPerTurnMs = 35 * timeframeMs("1d");
