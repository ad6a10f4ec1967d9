import { DeadLetterQueue } from "../src/dead-letters/dead-letter-queue.ts";
import { demoRecords } from "../src/records/demo/demo-records.ts";
import { LakeRecords } from "../src/records/lake-records.ts";
import type { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import { testClock } from "../test/batch/workshop.ts";
import type { BronzeBar } from "../test/transform/support/bronze-bar.ts";

/** The records of a trader who sees these bars. Those that are there already are not added again. */
export async function addRecords(lake: DeltaLakeManager, bars: readonly BronzeBar[]): Promise<void> {
  const records = new LakeRecords({
    lake,
    deadLetters: new DeadLetterQueue(`${lake.storagePath}/dlq`),
    clock: testClock,
  });
  const hours = new Map(
    bars
      .filter(({ timeframe }) => timeframe === "1h")
      .map((bar) => [`${bar.assetPair} ${bar.openTimeMs}`, bar]),
  );
  const series = [...Map.groupBy(hours.values(), ({ assetPair }) => assetPair)].map(([assetPair, own]) => ({
    assetPair,
    bars: own.toSorted((one, other) => one.openTimeMs - other.openTimeMs),
  }));
  const { decisions, trades, portfolioSnapshots } = demoRecords(series);
  await records.decisions.append(decisions, { validate: false });
  await records.trades.append(trades, { validate: false });
  await records.portfolioSnapshots.append(portfolioSnapshots, { validate: false });
  const news = decisions.slice(0, 20).map(({ decisionId, timestamp }, index) => ({
    articleId: decisionId,
    publishedAt: new Date(Number(timestamp) - 3_600_000),
    ticker: index % 2 === 0 ? "CRYPTO:BTC" : "FOREX:EUR",
    sentimentScore: (index - 10) / 16,
    relevance: 0.75,
  }));
  await records.news.append(news, { validate: false });
}
