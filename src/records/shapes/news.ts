import { isJsonObject } from "../json/json-value.ts";
import type { JsonObject } from "../json/json-value.ts";
import { pairOf } from "./instrument.ts";
import { Members, RecordProblem, textOf } from "./members.ts";
import type { ShapedRecord } from "./shaped-record.ts";

/** What an article says of one ticker, as a row of `raw_news_sentiment`. */
export function shapeNews(record: JsonObject): ShapedRecord {
  const members = new Members(record);
  const articleId = members.requiredText("article_id", "url");
  const ticker = members.requiredText("ticker");
  if (!/^[A-Za-z0-9][A-Za-z0-9._:^=-]{0,39}$/.test(ticker))
    throw new RecordProblem(`ticker is not a name: ${JSON.stringify(ticker.slice(0, 60))}`);
  const at = members.requiredInstant("published_at");
  const assetPair = pairOfTicker(ticker);
  const score = members.doubleWithin(-1, 1, "sentiment_score");
  if (score === null) throw new RecordProblem("sentiment_score missing");
  return {
    id: `${articleId} ${ticker}`,
    instant: at,
    about: { instrument: ticker, assetPair },
    isFinal: true,
    columns: {
      article_id: articleId,
      published_at: at.text,
      asset_pair: assetPair,
      ticker,
      source: members.text("source"),
      title: members.text("title"),
      url: members.text("url"),
      relevance: members.doubleWithin(0, 1, "relevance"),
      sentiment_score: score,
      label: members.text("label"),
      overall_score: members.doubleWithin(-1, 1, "overall_score"),
      topics:
        members
          .list("topics")
          ?.map((topic) =>
            isJsonObject(topic) ? (new Members(topic).text("topic") ?? "") : textOf(topic),
          ) ?? null,
    },
  };
}

/**
 * Alpha Vantage's `CRYPTO:BTC` and `FOREX:EUR` as the pair whose price they move: in dollars. The dollar itself has no pair.
 */
function pairOfTicker(ticker: string): string | null {
  const [, market, name = ticker] = /^([A-Z]+):(.+)$/.exec(ticker.toUpperCase()) ?? [];
  if (market === undefined) return pairOf(name);
  if (market !== "CRYPTO" && market !== "FOREX") return null;
  return name === "USD" ? null : pairOf(`${name}-USD`);
}
