import assert from "node:assert/strict";
import { test } from "node:test";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { parseDecimal8, roundDecimal8 } from "../../src/market/decimal.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import {
  ceilToTimeframe,
  floorToTimeframe,
  timeframeMs,
  type Timeframe,
} from "../../src/market/timeframe.ts";
import type { BarRequest, MarketDataProvider } from "../../src/providers/provider.ts";
import type { UncheckedBar } from "../../src/market/unchecked-bar.ts";
import type { CandleSource } from "../stand-in/candle-source.ts";
import { failure } from "./provider-failure.ts";

/** A Wednesday, in the middle of a bar of every timeframe. */
export const conformanceNowMs: number = Date.UTC(2026, 5, 10, 13, 37, 30);

export interface ConformanceSubject {
  /** Built for the present `conformanceNowMs`. */
  readonly open: () => MarketDataProvider;
  readonly assetPair: string;
  /** What the provider's bars must agree with. */
  readonly truth: CandleSource;
  /** A pair that it could serve by its kind but does not know; `undefined` for one that makes up every pair. */
  readonly unknownPair: string | undefined;
}

/** The tests that every provider must pass. */
export function conformance(title: string, subject: ConformanceSubject): void {
  const assetPair = AssetPair.parse(subject.assetPair);

  function request(timeframe: Timeframe, range: TimeRange): BarRequest {
    return { assetPair, timeframe, range };
  }

  function check(behaviour: string, run: (provider: MarketDataProvider) => Promise<void>): void {
    test(`${title}: ${behaviour}`, async () => {
      const provider = subject.open();
      try {
        await run(provider);
      } finally {
        await provider.close();
      }
    });
  }

  check("the bars of every native timeframe are the market's, exactly and in order", async (provider) => {
    for (const timeframe of provider.capabilities.nativeTimeframes) {
      const range = latest(timeframe, 120);
      const { bars } = await provider.fetchBars(request(timeframe, range));
      assertAgrees(bars, subject.truth, request(timeframe, range));
    }
  });

  check("the bar in progress is left out", async (provider) => {
    for (const timeframe of provider.capabilities.nativeTimeframes) {
      const presentMs = ceilToTimeframe(conformanceNowMs, timeframe);
      const range = { startMs: presentMs - 4 * timeframeMs(timeframe), endMs: presentMs };
      const { bars } = await provider.fetchBars(request(timeframe, range));
      const newestMs = bars.at(-1)?.openTimeMs ?? 0;
      assert.ok(newestMs + timeframeMs(timeframe) <= conformanceNowMs, timeframe);
      assert.ok(bars.length > 0, timeframe);
    }
  });

  check("adjacent pages give together what one page gives", async (provider) => {
    const whole = latest("5m", 60);
    const middleMs = whole.startMs + 20 * timeframeMs("5m");
    const left = await provider.fetchBars(request("5m", { startMs: whole.startMs, endMs: middleMs }));
    const right = await provider.fetchBars(request("5m", { startMs: middleMs, endMs: whole.endMs }));
    const both = await provider.fetchBars(request("5m", whole));
    assert.deepEqual([...left.bars, ...right.bars], both.bars);
  });

  check("the largest page is served whole", async (provider) => {
    const range = latest("1m", provider.capabilities.barsPerRequestMax);
    const { bars } = await provider.fetchBars(request("1m", range));
    assertAgrees(bars, subject.truth, request("1m", range));
  });

  check("the same request gives the same page", async (provider) => {
    const range = latest("15m", 40);
    assert.deepEqual(
      await provider.fetchBars(request("15m", range)),
      await provider.fetchBars(request("15m", range)),
    );
  });

  check("a range without bars is an empty page", async (provider) => {
    const { startMs } = latest("1h", 2);
    const empty = await provider.fetchBars(request("1h", { startMs, endMs: startMs }));
    assert.deepEqual(empty.bars, []);
    const futureMs = ceilToTimeframe(conformanceNowMs, "1d");
    const future = { startMs: futureMs, endMs: futureMs + timeframeMs("1d") };
    assert.deepEqual((await provider.fetchBars(request("1h", future))).bars, []);
    if (assetPair.kind === "crypto") return;
    const saturdayMs = Date.UTC(2026, 5, 6);
    const saturday = { startMs: saturdayMs + timeframeMs("4h"), endMs: saturdayMs + timeframeMs("1d") };
    assert.deepEqual((await provider.fetchBars(request("1h", saturday))).bars, []);
  });

  check("requests beyond what it can serve are refused before they are sent", async (provider) => {
    const { barsPerRequestMax } = provider.capabilities;
    const tooWide = latest("1m", barsPerRequestMax + 1);
    await failure(provider.fetchBars(request("1m", tooWide)), "BAD_REQUEST");
    const { startMs, endMs } = latest("1h", 3);
    await failure(provider.fetchBars(request("1h", { startMs: startMs + 1, endMs })), "BAD_REQUEST");
    await failure(provider.fetchBars(request("1h", { startMs: endMs, endMs: startMs })), "BAD_REQUEST");
    await failure(provider.fetchBars(request("5s", latest("1m", 1))), "UNSUPPORTED_TIMEFRAME");
  });

  check("an aborted request fails as such", async (provider) => {
    const aborted = provider.fetchBars(request("1h", latest("1h", 3)), AbortSignal.abort());
    await failure(aborted, "ABORTED");
    const controller = new AbortController();
    const pending = provider.fetchBars(request("1m", latest("1m", 100)), controller.signal);
    controller.abort();
    await failure(pending, "ABORTED");
  });

  check("its name, pace and sources can be stored", async (provider) => {
    assert.match(provider.name, /^[a-z][a-z0-9_]*$/);
    assert.equal(provider.unsupportedReason(assetPair), undefined);
    const { source } = await provider.fetchBars(request("1h", latest("1h", 3)));
    assert.doesNotMatch(source, /stand-in-token|STANDINKEY/);
    assert.notEqual(source, "");
  });

  if (subject.unknownPair === undefined) {
    check("any pair at all has bars", async (provider) => {
      const invented = AssetPair.parse("ZZQQ-USD");
      const page = await provider.fetchBars({ assetPair: invented, timeframe: "1h", range: latest("1h", 3) });
      assert.equal(page.bars.length, 3);
    });
    return;
  }
  const unknown = AssetPair.parse(subject.unknownPair);
  check("an unknown pair is told apart", async (provider) => {
    const asked = provider.fetchBars({ assetPair: unknown, timeframe: "1h", range: latest("1h", 3) });
    const error = await failure(asked, "UNKNOWN_SYMBOL");
    assert.equal(error.transient, false);
    assert.equal(error.provider, provider.name);
  });
}

/** The range of the last completed bars. */
function latest(timeframe: Timeframe, bars: number): TimeRange {
  const endMs = floorToTimeframe(conformanceNowMs, timeframe);
  return { startMs: endMs - bars * timeframeMs(timeframe), endMs };
}

function assertAgrees(bars: readonly UncheckedBar[], truth: CandleSource, request: BarRequest): void {
  const expected = truth.candles(request.assetPair.canonical, request.timeframe, request.range);
  assert.ok(expected.length > 0, "the market has bars in the range");
  const prices = bars.map(({ openTimeMs, open, high, low, close, volume }) => ({
    openTimeMs,
    open: parseDecimal8(open ?? ""),
    high: parseDecimal8(high ?? ""),
    low: parseDecimal8(low ?? ""),
    close: parseDecimal8(close ?? ""),
    // Some markets have no volume at some providers.
    volume: volume === null ? null : roundDecimal8(volume ?? ""),
  }));
  const withoutVolume = bars.every((bar) => bar.volume === null);
  assert.deepEqual(prices, withoutVolume ? expected.map((bar) => ({ ...bar, volume: null })) : expected);
}
