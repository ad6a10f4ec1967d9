// `auto`: each provider for what it can serve, and the next one when it fails.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import { demoSource } from "../../stand-in/candle-source.ts";
import { standInKey, startStandIn, type StandIn, type StandInFault } from "../../stand-in/server.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { marketRows, openWorkshop, pairs, range, sharedEngine, testNowMs } from "../workshop.ts";

after(() => sharedEngine.close());

/** Alpha Vantage has hours of cryptocurrencies since 2 May only. */
const acrossItsDepth = range("2026-04-22", "2026-05-12");
const hours: BackfillRequest = {
  assetPairs: pairs("BTCUSD"),
  timeframes: ["1h"],
  range: acrossItsDepth,
  provider: "auto",
};

async function withStandIn(
  work: (standIn: StandIn, folder: TemporaryFolder) => Promise<void>,
): Promise<void> {
  using folder = new TemporaryFolder();
  const standIn = await startStandIn({
    series: demoSource(3, ["BTCUSD", "ETHUSD", "AAPL"]),
    now: () => testNowMs,
  });
  try {
    await work(standIn, folder);
  } finally {
    await standIn.close();
  }
}

const isAlphaVantage = (url: URL): boolean => url.pathname === "/query";
const information = (text: string): StandInFault => ({
  kind: "answer",
  status: 200,
  body: JSON.stringify({ Information: text }),
});
const quotaSpent = information(
  `We have detected your API key as ${standInKey} and our standard API rate limit is 25 requests per day.`,
);
const premium = information("This is a premium endpoint. You may subscribe to any of the premium plans");

async function rowsBy(workshop: ReturnType<typeof openWorkshop>): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const row of await marketRows(workshop.lake, "raw_market_data_1h")) {
    const name = String(row["source_provider"]);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test("each provider is asked for what it can serve, and rows say whom they came from", async () => {
  await withStandIn(async (standIn, folder) => {
    const workshop = openWorkshop({ root: folder.path, baseUrl: standIn.url });
    const { series } = await workshop.ingester.backfill(hours);
    assert.equal(series[0]?.failure, undefined);
    assert.deepEqual(await rowsBy(workshop), { coinbase: 240, alpha_vantage: 240 });
    assert.deepEqual(
      series[0]?.shares.map(({ provider, rowsIngested }) => [provider, rowsIngested]),
      [
        ["coinbase", 240],
        ["alpha_vantage", 240],
      ],
    );
    const again = await workshop.ingester.backfill(hours);
    assert.equal(again.series[0]?.plan.pieces.length, 0);
  });
});

for (const [title, fault] of [
  ["whose quota is spent", quotaSpent],
  ["that wants a better plan", premium],
  ["that is down", { kind: "answer", status: 503, body: "down" }],
  ["that answers rubbish", { kind: "answer", status: 200, body: "<html>" }],
] as const) {
  test(`a provider ${title} is left for the next one, and the result says so`, async () => {
    await withStandIn(async (standIn, folder) => {
      standIn.intercept = ({ url }) => (isAlphaVantage(url) ? fault : undefined);
      const workshop = openWorkshop({ root: folder.path, baseUrl: standIn.url });
      const { series } = await workshop.ingester.backfill({
        ...hours,
        assetPairs: pairs("BTCUSD", "ETHUSD"),
      });
      for (const one of series) {
        assert.equal(one.failure, undefined);
        assert.equal(one.rowsIngested, 480);
        assert.match(one.warnings.join(), /Went on with Coinbase from 2026-05-02T00:00:00Z/);
        assert.doesNotMatch(one.warnings.join(), new RegExp(standInKey));
      }
      assert.deepEqual(await rowsBy(workshop), { coinbase: 960 });
    });
  });
}

test("a provider that fails halfway keeps what it sent, and the next one begins behind that", async () => {
  await withStandIn(async (standIn, folder) => {
    let answered = 0;
    standIn.intercept = ({ url }) => {
      if (!isAlphaVantage(url)) return undefined;
      answered += 1;
      return answered > 1 ? quotaSpent : undefined;
    };
    const workshop = openWorkshop({ root: folder.path, baseUrl: standIn.url });
    const { series } = await workshop.ingester.backfill({
      ...hours,
      assetPairs: pairs("AAPL"),
      range: range("2026-03-01", "2026-05-01"),
    });
    // Nobody else has stocks.
    assert.ok(series[0]?.failure instanceof ProviderError);
    assert.equal(series[0].failure.code, "QUOTA_EXHAUSTED");
  });
});

test("what nobody can serve stays a failure, and the parts behind it are fetched", async () => {
  await withStandIn(async (standIn, folder) => {
    standIn.intercept = ({ url }) =>
      isAlphaVantage(url) ? undefined : { kind: "answer", status: 404, body: '{"message":"NotFound"}' };
    const workshop = openWorkshop({ root: folder.path, baseUrl: standIn.url });
    const { series } = await workshop.ingester.backfill(hours);
    assert.ok(series[0]?.failure instanceof ProviderError);
    assert.equal(series[0].failure.code, "UNKNOWN_SYMBOL", series[0].failure.message);
    assert.deepEqual(await rowsBy(workshop), { alpha_vantage: 240 });
    standIn.intercept = undefined;
    const again = await workshop.ingester.backfill(hours);
    assert.deepEqual(again.series[0]?.plan.range, range("2026-04-22", "2026-05-02"), "the hole is known");
    assert.deepEqual(await rowsBy(workshop), { alpha_vantage: 240, coinbase: 240 });
  });
});

test("a provider that has a part of what another failed to serve is asked for that part", async () => {
  await withStandIn(async (standIn, folder) => {
    standIn.intercept = ({ url }) =>
      isAlphaVantage(url) ? undefined : { kind: "answer", status: 503, body: "down" };
    const workshop = openWorkshop({
      root: folder.path,
      baseUrl: standIn.url,
      fallbackChain: ["coinbase", "alpha_vantage"],
    });
    const { series } = await workshop.ingester.backfill(hours);
    assert.ok(series[0]?.failure instanceof ProviderError, "what lies before it is not to be had");
    assert.match(series[0].warnings.join(), /Went on with Alpha Vantage from 2026-05-02T00:00:00Z/);
    assert.deepEqual(await rowsBy(workshop), { alpha_vantage: 240 });
    standIn.intercept = undefined;
    await workshop.ingester.backfill(hours);
    assert.deepEqual(await rowsBy(workshop), { alpha_vantage: 240, coinbase: 240 });
  });
});

test("without a network all providers are tried, and the error says that there is none", async () => {
  using folder = new TemporaryFolder();
  const gone = await startStandIn({ series: demoSource(1, ["BTCUSD"]), now: () => testNowMs });
  await gone.close();
  const { ingester } = openWorkshop({ root: folder.path, baseUrl: gone.url });
  const { series } = await ingester.backfill(hours);
  assert.ok(series[0]?.failure instanceof ProviderError);
  assert.equal(series[0].failure.code, "NETWORK_UNREACHABLE");
});
