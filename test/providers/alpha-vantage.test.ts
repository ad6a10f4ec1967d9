import assert from "node:assert/strict";
import { test } from "node:test";
import { AssetPair } from "../../src/market/asset-pair.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";
import { AlphaVantageProvider } from "../../src/providers/alpha-vantage/alpha-vantage.ts";
import type { BarRequest } from "../../src/providers/provider.ts";
import type { ProviderErrorCode } from "../../src/providers/provider-error.ts";
import type { StandIn, StandInFault } from "../stand-in/server.ts";
import { JumpingClock } from "./fake-clock.ts";
import { failure } from "./provider-failure.ts";
import { answer, scriptedServer } from "./scripted-server.ts";

const apiKey = "SECRETKEY123";
const nowMs = Date.UTC(2026, 2, 20, 18, 2);

interface Bench {
  readonly provider: AlphaVantageProvider;
  readonly clock: JumpingClock;
  readonly server: StandIn;
}

async function withProvider(
  faults: readonly StandInFault[],
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const server = await scriptedServer(...faults);
  const clock = new JumpingClock(nowMs);
  const provider = new AlphaVantageProvider({
    baseUrl: server.url,
    apiKey,
    clock,
    random: () => 0,
    requestsPerSecond: Number.POSITIVE_INFINITY,
  });
  try {
    await run({ provider, clock, server });
  } finally {
    await provider.close();
    await server.close();
  }
}

function request(pair: string, timeframe: Timeframe, startMs: number, endMs: number): BarRequest {
  const range: TimeRange = { startMs, endMs };
  return { assetPair: AssetPair.parse(pair), timeframe, range };
}

function row(open: string, volume?: string | number): object {
  const prices = { "1. open": open, "2. high": "9.9", "3. low": "1.1", "4. close": "5.5" };
  return volume === undefined ? prices : { ...prices, "5. volume": volume };
}

const fxHour = request("EURUSD", "5m", Date.UTC(2026, 2, 20, 17), Date.UTC(2026, 2, 20, 18, 5));

test("an answer with a byte order mark, without volume and newest first becomes ascending bars", async () => {
  const body = {
    "Meta Data": { "4. Last Refreshed": "2026-03-20 18:00:00", "7. Time Zone": "UTC" },
    "Time Series FX (5min)": {
      "2026-03-20 18:00:00": row("1.4"),
      "2026-03-20 17:55:00": row("1.3"),
      "2026-03-20 17:00:00": row("1.2"),
      "2026-03-20 16:55:00": row("1.1"),
    },
  };
  await withProvider([answer(200, `\uFEFF${JSON.stringify(body)}`)], async ({ provider }) => {
    const { bars, source } = await provider.fetchBars(fxHour);
    assert.deepEqual(
      bars.map((bar) => [bar.openTimeMs, bar.open, bar.volume]),
      [
        [Date.UTC(2026, 2, 20, 17), "1.2", null],
        [Date.UTC(2026, 2, 20, 17, 55), "1.3", null],
      ],
      "neither the bar before the range nor the one in progress",
    );
    assert.deepEqual(bars[0]?.raw, { time: "2026-03-20 17:00:00", ...row("1.2") });
    assert.match(source, /function=FX_INTRADAY&from_symbol=EUR&to_symbol=USD&interval=5min.*apikey=\*\*\*/);
  });
});

test("labels of stocks are New York's clock, on both sides of the change to daylight saving", async () => {
  const body = {
    "Meta Data": { "6. Time Zone": "US/Eastern" },
    "Time Series (60min)": { "2026-03-09 09:00:00": row("2", "10"), "2026-03-06 09:00:00": row("1", "20") },
  };
  await withProvider([answer(200, body)], async ({ provider, server }) => {
    const range = [Date.UTC(2026, 2, 6), Date.UTC(2026, 2, 10)] as const;
    const { bars } = await provider.fetchBars(request("MSFT", "1h", ...range));
    assert.deepEqual(
      bars.map((bar) => [bar.openTimeMs, bar.volume]),
      [
        [Date.UTC(2026, 2, 6, 14), "20"],
        [Date.UTC(2026, 2, 9, 13), "10"],
      ],
    );
    const query = server.requests[0]?.url.searchParams;
    assert.deepEqual([query?.get("month"), query?.get("adjusted")], ["2026-03", "false"]);
  });
});

test("intraday bars of stocks are asked for month by month, by New York's calendar", async () => {
  await withProvider([answer(200, { "Time Series (60min)": {} })], async ({ provider, server }) => {
    // Until 05:00 UTC it is still December there.
    const { source } = await provider.fetchBars(
      request("MSFT", "1h", Date.UTC(2026, 0, 1, 4), Date.UTC(2026, 2, 1)),
    );
    const months = server.requests.map(({ url }) => url.searchParams.get("month"));
    assert.deepEqual(months, ["2025-12", "2026-01", "2026-02"]);
    assert.equal(source.split(" ").length, 3);
  });
});

test("a volume sent as a number is read like a text", async () => {
  const body = { "Time Series Crypto (5min)": { "2026-03-20 17:00:00": row("1", 636) } };
  await withProvider([answer(200, body)], async ({ provider }) => {
    const { bars } = await provider.fetchBars({ ...fxHour, assetPair: AssetPair.parse("ETHUSD") });
    assert.equal(bars[0]?.volume, "636");
  });
});

test("a day is the UTC day of its date, and today's is left out", async () => {
  const body = {
    "Time Series (Digital Currency Daily)": { "2026-03-20": row("2", "1.5"), "2026-03-19": row("1", "2.5") },
  };
  await withProvider([answer(200, body)], async ({ provider }) => {
    const page = await provider.fetchBars(
      request("BTCEUR", "1d", Date.UTC(2026, 2, 18), Date.UTC(2026, 2, 21)),
    );
    assert.deepEqual(
      page.bars.map((bar) => bar.openTimeMs),
      [Date.UTC(2026, 2, 19)],
    );
  });
});

test("missing and malformed fields are handed on as they are", async () => {
  const body = {
    "Time Series FX (5min)": { "2026-03-20 17:00:00": { "1. open": "x" }, "last week": row("1") },
  };
  await withProvider([answer(200, body)], async ({ provider }) => {
    const { bars } = await provider.fetchBars(fxHour);
    assert.deepEqual(
      bars.map(({ openTimeMs, open, close }) => [openTimeMs, open, close]),
      [
        [Date.UTC(2026, 2, 20, 17), "x", undefined],
        [undefined, "1", "5.5"],
      ],
    );
  });
});

const premium = "Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/";
const sentences: readonly (readonly [key: string, sentence: string, code: ProviderErrorCode])[] = [
  [
    "Error Message",
    "Invalid API call. Please retry or visit the documentation for FX_INTRADAY.",
    "UNKNOWN_SYMBOL",
  ],
  [
    "Error Message",
    "the parameter apikey is invalid or missing. Please claim your free API key.",
    "BAD_CREDENTIALS",
  ],
  [
    "Information",
    `Please consider spreading out your free API requests more sparingly (1 request per second). ${premium} (25 requests per day), and instantly unlock all premium endpoints`,
    "RATE_LIMITED",
  ],
  [
    "Information",
    `We have detected your API key as ${apiKey} and our standard API rate limit is 25 requests per day. ${premium}`,
    "QUOTA_EXHAUSTED",
  ],
  [
    "Information",
    `Thank you for using Alpha Vantage! This is a premium endpoint. ${premium}`,
    "PREMIUM_REQUIRED",
  ],
  ["Information", `The outputsize=full parameter value is a premium feature. ${premium}`, "PREMIUM_REQUIRED"],
  [
    "Information",
    "Please visit https://www.alphavantage.co/premium/ if you would like to have a higher API call volume.",
    "QUOTA_EXHAUSTED",
  ],
  ["Note", "Our standard API call frequency is 5 calls per minute and 500 calls per day.", "RATE_LIMITED"],
  ["Information", "The **demo** API key is for demo purposes only.", "BAD_CREDENTIALS"],
  ["Information", "Something new.", "BAD_REQUEST"],
];

for (const [key, sentence, code] of sentences) {
  test(`"${sentence.slice(0, 60)}…" means ${code}`, async () => {
    await withProvider([answer(200, { [key]: sentence })], async ({ provider, server }) => {
      const error = await failure(provider.fetchBars(fxHour), code);
      assert.equal(error.transient, code === "RATE_LIMITED");
      assert.equal(
        server.requestCount,
        code === "RATE_LIMITED" ? 5 : 1,
        "only the burst is worth another try",
      );
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
        assert.doesNotMatch(`${cause.message} ${cause.stack}`, /SECRETKEY/);
      }
    });
  });
}

test("an answer without a series is malformed, and does not show the key", async () => {
  for (const body of [{}, [], "null", `{"x": "${apiKey}`, { "Time Series FX (5min)": apiKey }]) {
    await withProvider([answer(200, body)], async ({ provider }) => {
      const error = await failure(provider.fetchBars(fxHour), "MALFORMED_RESPONSE");
      assert.doesNotMatch(String(error.stack), /SECRETKEY/);
    });
  }
});

test("walking a month in pages costs one request", async () => {
  const body = { "Time Series FX (5min)": { "2026-03-19 17:00:00": row("1") } };
  await withProvider([answer(200, body)], async ({ provider, server }) => {
    for (let day = 1; day < 20; day++) {
      const startMs = Date.UTC(2026, 2, day);
      await provider.fetchBars(request("EURUSD", "5m", startMs, startMs + 86_400_000));
    }
    assert.equal(server.requestCount, 1);
  });
});

test("a kept answer does not stand for bars that were completed after it", async () => {
  const body = { "Time Series FX (5min)": {} };
  await withProvider([answer(200, body)], async ({ provider, clock, server }) => {
    await provider.fetchBars(fxHour);
    await clock.sleep(180_000);
    await provider.fetchBars(fxHour);
    assert.equal(server.requestCount, 2, "the range reached past the first answer's time");
    await provider.fetchBars(fxHour);
    assert.equal(server.requestCount, 2);
    await clock.sleep(3_600_000);
    await provider.fetchBars(fxHour);
    assert.equal(server.requestCount, 3, "and after a while it is forgotten");
  });
});

test("what lies before the trailing window is refused instead of passed off as empty", async () => {
  await withProvider([answer(200, {})], async ({ provider, server }) => {
    const startMs = Date.UTC(2026, 0, 5);
    const asked = provider.fetchBars(request("EURUSD", "5m", startMs, startMs + 3_600_000));
    assert.match((await failure(asked, "BAD_REQUEST")).message, /only since 2026-02-18/);
    assert.equal(server.requestCount, 0);
  });
});

test("it knows how far back each kind of bar reaches", () => {
  const provider = new AlphaVantageProvider({ apiKey, clock: new JumpingClock(0), random: () => 0 });
  const depthDays = (pair: string, timeframe: Timeframe): number | undefined => {
    const depthMs = provider.capabilities.historyDepthMs(AssetPair.parse(pair), timeframe);
    return depthMs === undefined ? undefined : depthMs / 86_400_000;
  };
  assert.equal(depthDays("MSFT", "1m"), undefined);
  assert.equal(depthDays("EURUSD", "1m"), 30);
  assert.equal(depthDays("EURUSD", "1d"), undefined);
  assert.equal(depthDays("BTCUSD", "1h"), 30);
  assert.equal(depthDays("BTCUSD", "1d"), 350);
  assert.ok(!provider.capabilities.nativeTimeframes.includes("4h"));
  assert.match(provider.unsupportedReason(AssetPair.parse("BTCUSDT")) ?? "", /stablecoins/);
});
