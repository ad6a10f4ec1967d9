import assert from "node:assert/strict";
import { test } from "node:test";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { OandaProvider } from "../../src/providers/oanda.ts";
import type { BarPage, BarRequest } from "../../src/providers/provider.ts";
import type { StandIn, StandInFault } from "../stand-in/server.ts";
import { JumpingClock } from "./fake-clock.ts";
import { failure } from "./provider-failure.ts";
import { answer, scriptedServer } from "./scripted-server.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 5);
const token = "very-secret-token";
const request: BarRequest = {
  assetPair: AssetPair.parse("EURUSD"),
  timeframe: "1d",
  range: { startMs, endMs: startMs + 4 * dayMs },
};

async function fetchFrom(
  fault: StandInFault,
  check: (page: Promise<BarPage>, server: StandIn) => Promise<void>,
  nowMs: number = startMs + 2.5 * dayMs,
): Promise<void> {
  const server = await scriptedServer(fault);
  const clock = new JumpingClock(nowMs);
  const provider = new OandaProvider({ baseUrl: server.url, token, clock, random: () => 0 });
  try {
    await check(provider.fetchBars(request), server);
  } finally {
    await provider.close();
    await server.close();
  }
}

function candle(day: number, complete: boolean): object {
  const time = new Date(startMs + day * dayMs).toISOString().replace(".000Z", ".000000000Z");
  return { complete, volume: 81734, time, mid: { o: "1.32059", h: "1.32571", l: "1.31831", c: "1.32346" } };
}

test("complete mid candles become bars, tick counts their volume", async () => {
  const body = {
    instrument: "EUR_USD",
    granularity: "D",
    candles: [candle(0, true), candle(1, true), candle(2, false)],
  };
  await fetchFrom(answer(200, body), async (page) => {
    const { bars } = await page;
    assert.equal(bars.length, 2);
    const { raw, ...bar } = bars[0] ?? { raw: undefined };
    assert.deepEqual(bar, {
      openTimeMs: startMs,
      open: "1.32059",
      high: "1.32571",
      low: "1.31831",
      close: "1.32346",
      volume: "81734",
    });
    assert.deepEqual(raw, candle(0, true));
  });
});

test("days are asked for on the UTC grid, and never past the present", async () => {
  await fetchFrom(answer(200, { candles: [] }), async (page, server) => {
    const query = new URL((await page).source).searchParams;
    assert.deepEqual(Object.fromEntries(query), {
      price: "M",
      granularity: "D",
      from: "2026-01-05T00:00:00Z",
      to: "2026-01-07T12:00:00Z",
      smooth: "false",
      dailyAlignment: "0",
      alignmentTimezone: "UTC",
    });
    assert.equal(server.requests[0]?.headers.authorization, `Bearer ${token}`);
  });
});

test("a range in the future is empty without asking", async () => {
  await fetchFrom(answer(500, ""), assertNothingAsked, startMs - 1);
});

async function assertNothingAsked(page: Promise<BarPage>, server: StandIn): Promise<void> {
  assert.deepEqual((await page).bars, []);
  assert.equal(server.requestCount, 0);
}

test("a candle without mid prices is handed on without them", async () => {
  const body = { candles: [{ complete: true, time: "2026-01-05T00:00:00.000000000Z", ask: { o: "1" } }] };
  await fetchFrom(answer(200, body), async (page) => {
    const [bar] = (await page).bars;
    assert.deepEqual([bar?.openTimeMs, bar?.open, bar?.volume], [startMs, undefined, undefined]);
  });
});

test("each refusal has its own meaning, and none shows the token", async () => {
  const refusals = [
    [
      answer(401, { errorMessage: `Insufficient authorization to perform request. ${token}` }),
      "BAD_CREDENTIALS",
    ],
    [answer(400, { errorMessage: "Invalid value specified for 'instrument'" }), "UNKNOWN_SYMBOL"],
    [answer(400, { errorMessage: "Maximum value for 'count' exceeded" }), "BAD_REQUEST"],
    [
      answer(400, { errorMessage: `Invalid value specified for 'to'. Time is in the future ${token}` }),
      "BAD_REQUEST",
    ],
    [answer(429, { errorMessage: token }), "RATE_LIMITED"],
    [answer(200, { instrument: token }), "MALFORMED_RESPONSE"],
    [answer(200, `${token} is no JSON`), "MALFORMED_RESPONSE"],
  ] as const;
  for (const [refusal, code] of refusals) {
    await fetchFrom(refusal, async (page) => {
      const error = await failure(page, code);
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
        assert.doesNotMatch(`${cause.message} ${cause.stack}`, new RegExp(token));
      }
    });
  }
});

test("foreign exchange and dollar quotes of cryptocurrencies are served", () => {
  const provider = new OandaProvider({ token, clock: new JumpingClock(0), random: () => 0 });
  assert.equal(provider.unsupportedReason(AssetPair.parse("XAUUSD")), undefined);
  assert.match(provider.unsupportedReason(AssetPair.parse("BTCUSD")) ?? "", /no spot/);
  assert.match(provider.unsupportedReason(AssetPair.parse("MSFT")) ?? "", /no stocks/);
});

test("a day that there is not, and a time without its zone, are no times of bars", async () => {
  const candles = ["2026-02-30T00:00:00.000000000Z", "2026-01-05T00:00:00", "Jan 5 2026"].map((time) => ({
    ...candle(0, true),
    time,
  }));
  await fetchFrom(answer(200, { candles }), async (page) => {
    const { bars } = await page;
    assert.deepEqual(
      bars.map((bar) => bar.openTimeMs),
      [undefined, undefined, undefined],
    );
  });
});
