// News comes in once, page by page, and a run that was stopped goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Row } from "finance-feedback-delta";

import { backfillNews, planNews } from "../../../src/batch/news/backfill-news.ts";
import type { NewsOutcome } from "../../../src/batch/news/backfill-news.ts";
import { DeadLetterQueue } from "../../../src/dead-letters/dead-letter-queue.ts";
import type { TimeRange } from "../../../src/market/time-range.ts";
import { AlphaVantageProvider } from "../../../src/providers/alpha-vantage/alpha-vantage.ts";
import { newsTicker } from "../../../src/providers/alpha-vantage/alpha-vantage-functions.ts";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import { AssetPair } from "../../../src/market/asset-pair.ts";
import { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";
import { demoSource } from "../../stand-in/candle-source.ts";
import { standInKey, startStandIn } from "../../stand-in/server.ts";
import type { Intercept, StandIn } from "../../stand-in/server.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { range, sharedEngine, testClock, testNowMs } from "../workshop.ts";

let standIn: StandIn;
before(async () => {
  standIn = await startStandIn({ series: demoSource(1, ["BTCUSD"]), now: () => testNowMs });
});
after(async () => {
  await standIn.close();
  await sharedEngine.close();
});

interface Place {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
}

function placeIn(folder: TemporaryFolder): Place {
  const lake = new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine });
  return { lake, deadLetters: new DeadLetterQueue(folder.at("dlq")) };
}

async function run(
  place: Place,
  tickers: readonly string[],
  asked: TimeRange,
  { force = false, intercept }: { readonly force?: boolean; readonly intercept?: Intercept } = {},
): Promise<readonly NewsOutcome[]> {
  standIn.intercept = intercept;
  const provider = new AlphaVantageProvider({
    apiKey: standInKey,
    baseUrl: standIn.url,
    clock: testClock,
    requestsPerSecond: Number.POSITIVE_INFINITY,
  });
  try {
    const context = { ...place, clock: testClock, ingestionId: "test" };
    return await backfillNews({ tickers, range: asked, force }, provider, context);
  } finally {
    standIn.intercept = undefined;
    await provider.close();
  }
}

async function rows({ lake }: Place): Promise<readonly Row[]> {
  const scan = await lake.readTable({ tableName: "raw_news_sentiment", orderBy: "published_at, ticker" });
  return scan.rows();
}

/** Articles of the stand-in in a range: one every 17 minutes since 1970. */
function articlesIn({ startMs, endMs }: TimeRange): number {
  const step = 17 * 60_000;
  return Math.ceil(endMs / step) - Math.ceil(startMs / step);
}

const month = range("2026-03-01", "2026-04-01");

test("an article is a row of each ticker that was asked for, with exact values", async () => {
  using folder = new TemporaryFolder();
  const place = placeIn(folder);
  const day = range("2026-03-01", "2026-03-02");
  const outcomes = await run(place, ["CRYPTO:BTC", "FOREX:EUR"], day);
  assert.deepEqual(
    outcomes.map(({ requests, added, rejected, failure }) => [requests, added, rejected, failure]),
    [
      [1, articlesIn(day), 0, undefined],
      [1, articlesIn(day), 0, undefined],
    ],
  );
  const [row = {}] = await rows(place);
  const { record, url, published_at: publishedAt, ...rest } = row;
  assert.equal(rest["article_id"], url);
  assert.deepEqual(
    ["ticker", "asset_pair", "source", "relevance", "topics", "partition_date"].map((name) => rest[name]),
    ["CRYPTO:BTC", "BTCUSD", "Example", 0.108179, ["Blockchain"], "2026-03-01"],
  );
  assert.ok(publishedAt instanceof Date);
  assert.match(String(record), /"summary":"What happened\."/);
  assert.doesNotMatch(String(record), /COIN/);
  assert.doesNotMatch(String(rest["_source_file"]), new RegExp(standInKey));
});

test("more articles than an answer holds come page by page, each once, and a second run asks for nothing", async () => {
  using folder = new TemporaryFolder();
  const place = placeIn(folder);
  const [first] = await run(place, ["CRYPTO:BTC"], month);
  assert.deepEqual([first?.requests, first?.added, first?.alreadyThere], [3, articlesIn(month), 0]);
  const times = (await rows(place)).map((row) => row["article_id"]);
  assert.equal(new Set(times).size, articlesIn(month));
  const [second] = await run(place, ["CRYPTO:BTC"], month);
  assert.deepEqual([second?.requests, second?.added], [0, 0]);
  const [forced] = await run(place, ["CRYPTO:BTC"], month, { force: true });
  assert.deepEqual([forced?.requests, forced?.added, forced?.alreadyThere], [3, 0, articlesIn(month)]);
});

test("a run whose quota is used up keeps what came, and the next one goes on there", async () => {
  using folder = new TemporaryFolder();
  const place = placeIn(folder);
  let requests = 0;
  const outcomes = await run(place, ["CRYPTO:BTC", "MSFT"], month, {
    intercept: () => {
      requests += 1;
      if (requests === 1) return undefined;
      const body = JSON.stringify({ Information: "our standard API rate limit is 25 requests per day" });
      return { kind: "answer", status: 200, body };
    },
  });
  const codes = outcomes.map(({ failure }) => (failure instanceof ProviderError ? failure.code : failure));
  assert.deepEqual(codes, ["QUOTA_EXHAUSTED", "QUOTA_EXHAUSTED"]);
  // Nothing was sent for the second ticker.
  assert.equal(requests, 2);
  const kept = outcomes[0]?.added ?? 0;
  assert.ok(kept > 900);
  const [left] = await planNews({ tickers: ["CRYPTO:BTC"], range: month, force: false }, place.lake);
  assert.equal(left?.ranges.length, 1);
  assert.ok((left?.ranges[0]?.startMs ?? 0) > month.startMs);
  const [rest] = await run(place, ["CRYPTO:BTC"], month);
  assert.equal(kept + (rest?.added ?? 0), articlesIn(month));
});

test("a range without news is covered, and the last hour is asked for again", async () => {
  using folder = new TemporaryFolder();
  const place = placeIn(folder);
  const toNow = { startMs: testNowMs - 3 * 3_600_000, endMs: testNowMs };
  const [none] = await run(place, ["CRYPTO:XYZ"], toNow);
  assert.deepEqual([none?.requests, none?.added, none?.failure], [1, 0, undefined]);
  const [plan] = await planNews({ tickers: ["CRYPTO:XYZ"], range: toNow, force: false }, place.lake);
  assert.deepEqual(plan?.ranges, [{ startMs: testNowMs - 3_600_000, endMs: testNowMs }]);
  await run(place, ["MSFT"], toNow);
  const [again] = await run(place, ["MSFT"], toNow);
  assert.deepEqual([again?.requests, again?.added, (again?.alreadyThere ?? 0) > 0], [1, 0, true]);
});

test("a ticker that the provider refuses does not keep the others from coming", async () => {
  using folder = new TemporaryFolder();
  const outcomes = await run(placeIn(folder), ["X", "MSFT"], range("2026-03-01", "2026-03-02"));
  const [refused, other] = outcomes;
  assert.ok(refused?.failure instanceof ProviderError && refused.failure.code === "BAD_REQUEST");
  assert.ok((other?.added ?? 0) > 0);
});

function article(url: string, score: string): object {
  return {
    url,
    time_published: "20260301T101500",
    overall_sentiment_score: 0.1,
    ticker_sentiment: [{ ticker: "MSFT", relevance_score: "0.5", ticker_sentiment_score: score }],
  };
}

test("an article that cannot be read is a dead letter, and the others come in", async () => {
  using folder = new TemporaryFolder();
  const place = placeIn(folder);
  const body = JSON.stringify({ items: "2", feed: [article("a", "0.5"), article("b", "7")] });
  const [outcome] = await run(place, ["MSFT"], range("2026-03-01", "2026-03-02"), {
    intercept: () => ({ kind: "answer", status: 200, body }),
  });
  assert.deepEqual(
    [outcome?.added, outcome?.rejected, [...(outcome?.reasons.keys() ?? [])]],
    [1, 1, ["sentiment_score not from -1 to 1: 7"]],
  );
});

test("an asset's news goes by its base, and by the quote of a dollar", () => {
  for (const [asset, ticker] of [
    ["BTCUSD", "CRYPTO:BTC"],
    ["EUR_USD", "FOREX:EUR"],
    ["USDJPY", "FOREX:JPY"],
    ["MSFT", "MSFT"],
    ["^GSPC", undefined],
  ] as const)
    assert.equal(newsTicker(AssetPair.parse(asset)), ticker);
});
