import assert from "node:assert/strict";
import { test } from "node:test";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { CoinbaseProvider } from "../../src/providers/coinbase.ts";
import type { BarPage, BarRequest } from "../../src/providers/provider.ts";
import type { StandIn, StandInFault } from "../stand-in/server.ts";
import { JumpingClock } from "./fake-clock.ts";
import { failure } from "./provider-failure.ts";
import { answer, scriptedServer } from "./scripted-server.ts";

const startMs = Date.UTC(2020, 2, 15, 22);
const hourMs = 3_600_000;
const request: BarRequest = {
  assetPair: AssetPair.parse("BTCUSD"),
  timeframe: "1h",
  range: { startMs, endMs: startMs + 3 * hourMs },
};

async function fetchFrom(
  fault: StandInFault,
  check: (page: Promise<BarPage>, server: StandIn) => Promise<void>,
): Promise<void> {
  const server = await scriptedServer(fault);
  const clock = new JumpingClock(startMs + 2 * hourMs + 1);
  const provider = new CoinbaseProvider({ baseUrl: `${server.url}/`, clock, random: () => 0 });
  try {
    await check(provider.fetchBars(request), server);
  } finally {
    await provider.close();
    await server.close();
  }
}

test("rows of numbers become bars in ascending order, with every digit", async () => {
  const rows = `[[1584313200,5346.03,5388.43,5356.47,5346.03,3242.80736452],
    [1584309600,5356.47,5853.05,5853.05,0.0000001,12345678901.12345678]]`;
  await fetchFrom(answer(200, rows), async (page) => {
    const { bars } = await page;
    assert.deepEqual(
      bars.map((bar) => ({ ...bar, raw: undefined })),
      [
        {
          openTimeMs: startMs,
          open: 5853.05,
          high: 5853.05,
          low: 5356.47,
          close: 0.0000001,
          volume: "12345678901.12345678",
          raw: undefined,
        },
        {
          openTimeMs: startMs + hourMs,
          open: 5356.47,
          high: 5388.43,
          low: 5346.03,
          close: 5346.03,
          volume: 3242.80736452,
          raw: undefined,
        },
      ],
    );
  });
});

test("rows before the start, after the end and in progress are left out", async () => {
  const rows = [-1, 0, 1, 2, 3].map((hour) => [(startMs + hour * hourMs) / 1000, 1, 2, 1, 2, 5]);
  await fetchFrom(answer(200, rows), async (page) => {
    const hours = (await page).bars.map((bar) => ((bar.openTimeMs ?? 0) - startMs) / hourMs);
    assert.deepEqual(hours, [0, 1]);
  });
});

test("malformed rows are handed on with what they have", async () => {
  const rows = [[startMs / 1000, null, "5", {}, 7], ["soon", 1, 1, 1, 1, 1], "no row"];
  await fetchFrom(answer(200, rows), async (page) => {
    const { bars } = await page;
    const nothing = {
      openTimeMs: undefined,
      open: undefined,
      high: undefined,
      low: undefined,
      close: undefined,
      volume: undefined,
    };
    assert.deepEqual(bars, [
      { ...nothing, openTimeMs: startMs, high: "5", close: 7, raw: rows[0] },
      { openTimeMs: undefined, low: 1, high: 1, open: 1, close: 1, volume: 1, raw: rows[1] },
      { ...nothing, raw: "no row" },
    ]);
  });
});

test("the end that is asked for excludes the bar that opens at the end", async () => {
  await fetchFrom(answer(200, []), async (page, server) => {
    const { source } = await page;
    const query = new URL(source).searchParams;
    assert.equal(query.get("start"), "2020-03-15T22:00:00Z");
    assert.equal(query.get("end"), "2020-03-16T00:59:59Z");
    assert.equal(query.get("granularity"), "3600");
    assert.equal(server.requests[0]?.url.pathname, "/products/BTC-USD/candles");
  });
});

test("each refusal has its own meaning", async () => {
  const refusals = [
    [answer(404, { message: "NotFound" }), "UNKNOWN_SYMBOL"],
    [answer(400, { message: "Unsupported granularity" }), "UNSUPPORTED_TIMEFRAME"],
    [answer(400, { message: "granularity too small for the requested time range" }), "BAD_REQUEST"],
    [answer(404, "<html>"), "WRONG_ADDRESS"],
    [answer(301, ""), "WRONG_ADDRESS"],
    [answer(200, { candles: [] }), "MALFORMED_RESPONSE"],
    [answer(200, "[[1"), "MALFORMED_RESPONSE"],
    [answer(429, { message: "Public rate limit exceeded" }), "RATE_LIMITED"],
  ] as const;
  for (const [refusal, code] of refusals) {
    await fetchFrom(refusal, async (page) => void (await failure(page, code)));
  }
});

test("only cryptocurrencies are served", async () => {
  const provider = new CoinbaseProvider({ clock: new JumpingClock(0), random: () => 0 });
  assert.equal(provider.unsupportedReason(AssetPair.parse("ETHBTC")), undefined);
  assert.match(provider.unsupportedReason(AssetPair.parse("EURUSD")) ?? "", /cryptocurrencies/);
  await failure(provider.fetchBars({ ...request, assetPair: AssetPair.parse("MSFT") }), "UNKNOWN_SYMBOL");
  await provider.close();
});
