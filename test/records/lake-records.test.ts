// What a program appends: typed, once, checked, validated.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import { openLakehouse } from "../../src/lakehouse.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { LakeRecords } from "../../src/records/lake-records.ts";
import type { DecisionRecord } from "../../src/records/record-types.ts";
import { demoRecords } from "../../src/records/demo/demo-records.ts";
import type { DemoSeries } from "../../src/records/demo/demo-records.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { parseDecimal8 } from "../../src/market/decimal.ts";
import { timeRange } from "../../src/market/time-range.ts";
import { DemoProvider } from "../../src/providers/demo/demo.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { sharedEngine, testClock } from "../batch/workshop.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

after(() => sharedEngine.close());

const decision: DecisionRecord = {
  decisionId: "d-17",
  timestamp: new Date("2026-01-05T10:00:00.123Z"),
  instrument: "BTC-USD",
  action: "BUY",
  confidence: 72,
  entryPrice: "87305.123456789012345678",
  providerVotes: [{ provider: "local", action: "BUY", confidence: 80, votingPower: 0.6 }],
  ensembleMetadata: { anyCase: 1 },
};

interface Opened {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly records: LakeRecords;
}

function open(folder: TemporaryFolder): Opened {
  const lake = new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine });
  const deadLetters = new DeadLetterQueue(folder.at("dlq"));
  return { lake, deadLetters, records: new LakeRecords({ lake, deadLetters, clock: testClock }) };
}

test("a decision is appended once, with its values by column, and validated", async () => {
  using folder = new TemporaryFolder();
  const { lake, records } = open(folder);
  const first = await records.decisions.append(decision, { source: "my-bot" });
  assert.deepEqual([first.added, first.alreadyThere, first.rejected, first.tableVersion], [1, 0, 0, 0]);
  assert.equal(first.gate?.passed, true);
  const again = await records.decisions.append([decision, decision]);
  assert.deepEqual([again.added, again.alreadyThere, again.gate], [0, 2, undefined]);
  const executed = await records.decisions.append({
    ...decision,
    executed: true,
    executedAt: "2026-01-05T10:00:02Z",
  });
  assert.equal(executed.added, 1);
  const rows = await (await lake.readTable({ tableName: "raw_ai_decisions", orderBy: "executed" })).rows();
  const [row = {}] = rows;
  assert.equal(rows.length, 2);
  assert.deepEqual(
    ["decision_id", "asset_pair", "instrument", "direction", "confidence", "entry_price", "_source_file"].map(
      (name) => row[name],
    ),
    ["d-17", "BTCUSD", "BTC-USD", 1, 72, "87305.123456789012345678", "my-bot"],
  );
  assert.deepEqual(row["timestamp"], decision.timestamp);
  assert.equal(row["ensemble_metadata"], '{"anyCase":1}');
  assert.deepEqual(row["provider_votes"], [
    {
      provider: "local",
      role: null,
      action: "BUY",
      direction: 1,
      confidence: 80,
      weight: null,
      voting_power: 0.6,
    },
  ]);
});

test("trades, snapshots and news have their tables", async () => {
  using folder = new TemporaryFolder();
  const { lake, records } = open(folder);
  const trade = {
    tradeId: "t-1",
    instrument: "EUR_USD",
    side: "SHORT",
    entryTime: "2026-01-05T10:00:00Z",
  } as const;
  await records.trades.append([trade, { ...trade, exitTime: "2026-01-05T12:00:00Z", exitPrice: 1.2 }]);
  await records.portfolioSnapshots.append({
    timestamp: "2026-01-05T10:00:00Z",
    platform: "oanda",
    balance: "10000",
    positions: [{ instrument: "EUR_USD", side: "LONG", size: 2101, unrealizedPnl: -9.5554 }],
  });
  const article = { articleId: "https://example.com/a", publishedAt: "2026-01-05T09:00:00Z" };
  await records.news.append([
    { ...article, ticker: "CRYPTO:BTC", sentimentScore: 0.25, relevance: 0.9, topics: ["Blockchain"] },
    { ...article, ticker: "FOREX:USD", sentimentScore: -0.1 },
  ]);
  const answer = await lake.query(
    `SELECT (SELECT string_agg(status, ' ' ORDER BY status) FROM raw_trade_executions) AS trades,
      (SELECT max(positions[1].unrealized_pnl)::VARCHAR FROM raw_portfolio_snapshots) AS pnl,
      (SELECT string_agg(ticker || '=' || coalesce(asset_pair, 'none'), ' ' ORDER BY ticker) FROM raw_news_sentiment) AS news`,
  );
  assert.deepEqual(await answer.rows(), [
    { trades: "closed open", pnl: "-9.555400000000000000", news: "CRYPTO:BTC=BTCUSD FOREX:USD=none" },
  ]);
});

test("a record that its checks reject is kept with its reason, and the others come in", async () => {
  using folder = new TemporaryFolder();
  const { records, deadLetters } = open(folder);
  const result = await records.decisions.append([
    decision,
    { ...decision, decisionId: "d-18", confidence: 101 },
  ]);
  assert.deepEqual(
    [result.added, result.rejected, [...result.reasons]],
    [1, 1, [["confidence not from 0 to 100: 101", 1]]],
  );
  for await (const { letter } of deadLetters.read())
    assert.deepEqual(letter.context, { table: "raw_ai_decisions", source: "append" });
});

test("a record with a misspelt, missing or wrong-typed member is refused by its name", async () => {
  using folder = new TemporaryFolder();
  const { lake, records } = open(folder);
  for (const [wrong, message] of [
    [{ ...decision, confidance: 1 }, /confidance.*Did you mean.*confidence/],
    [{ ...decision, confidence: Number.NaN }, /confidence/],
    [{ ...decision, decisionId: undefined }, /decisionId/],
    [{ ...decision, entryPrice: 1n }, /entryPrice/],
    ["a text", /records/],
  ] as const)
    await assert.rejects(
      async () => Reflect.apply(records.decisions.append.bind(records.decisions), undefined, [wrong]),
      { code: "INVALID_ARGUMENT", message },
    );
  assert.equal(await lake.table("raw_ai_decisions").exists(), false);
});

test("the lakehouse of a configuration has its tables and its records", async () => {
  using folder = new TemporaryFolder();
  const { config } = loadConfig(undefined, {});
  const lake = openLakehouse({
    ...config,
    delta_lake: { ...config.delta_lake, storage_path: folder.at("lake") },
    dead_letter_queue: { ...config.dead_letter_queue, path: folder.at("dlq") },
  });
  await lake.records.decisions.append(decision);
  assert.equal((await (await lake.readTable({ tableName: "raw_ai_decisions" })).rows()).length, 1);
  await lake.close();
});

async function demoBars(): Promise<DemoSeries[]> {
  const provider = new DemoProvider({ clock: testClock });
  return Promise.all(
    ["BTCUSD", "EURUSD"].map(async (name) => {
      const range = timeRange(Date.UTC(2026, 0, 5), Date.UTC(2026, 0, 12));
      const page = await provider.fetchBars({ assetPair: AssetPair.parse(name), timeframe: "1h", range });
      const bars = page.bars.map(({ openTimeMs = 0, close = "" }) => {
        const price = parseDecimal8(close);
        assert.ok(typeof price === "bigint");
        return { openTimeMs, close: price };
      });
      return { assetPair: name, bars };
    }),
  );
}

test("demo records fit the demo's bars, pass every gate, and are the same each time", async () => {
  using folder = new TemporaryFolder();
  const { records } = open(folder);
  const series = await demoBars();
  const made = demoRecords(series);
  assert.deepEqual(demoRecords(series), made);
  assert.ok(made.decisions.length > 50 && made.trades.length > 20 && made.portfolioSnapshots.length > 20);
  const paths = new Set(
    made.decisions.map(({ votingStrategy, fallbackTier }) => `${votingStrategy} ${fallbackTier}`),
  );
  assert.ok(paths.size > 1);
  for (const { tradeId, entryPrice, entryTime } of made.trades) {
    const bars = series.find(({ assetPair }) => tradeId.includes(assetPair))?.bars ?? [];
    const closed = bars.findLast(({ openTimeMs }) => openTimeMs + 3_600_000 <= new Date(entryTime).getTime());
    assert.equal(parseDecimal8(entryPrice ?? ""), closed?.close);
  }
  const results = [
    await records.decisions.append(made.decisions),
    await records.trades.append(made.trades),
    await records.portfolioSnapshots.append(made.portfolioSnapshots),
  ];
  assert.deepEqual(
    results.map(({ rejected, gate }) => [rejected, gate?.passed]),
    [
      [0, true],
      [0, true],
      [0, true],
    ],
  );
  // More bars add records and change none, except for trades that they close.
  const fewer = demoRecords(series.map((one) => ({ ...one, bars: one.bars.slice(0, -30) })));
  const known = new Set(made.decisions.map((one) => JSON.stringify(one)));
  for (const one of fewer.decisions) assert.ok(known.has(JSON.stringify(one)));
});
