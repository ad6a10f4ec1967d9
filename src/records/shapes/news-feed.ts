import { readJson } from "../json/read-json.ts";
import { isJsonList, isJsonObject, writeJson } from "../json/json-value.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { readRecordAs } from "../record-reading.ts";
import type { RecordReading } from "../record-reading.ts";
import { Members } from "./members.ts";

/** What a feed says of one ticker. */
export interface NewsFeed {
  /** A record for each article that names the ticker. */
  readonly readings: readonly RecordReading[];
  /** When the last article of all was published. */
  readonly lastPublishedMs: number | undefined;
}

/** Reads the answer of Alpha Vantage's NEWS_SENTIMENT. An article is a row of each ticker; the other tickers' are left out. */
export function readNewsFeed(text: string, ticker: string): NewsFeed {
  const reading = readJson(text.replace(/^\uFEFF/, ""));
  const feed = "value" in reading && isJsonObject(reading.value) ? reading.value.get("feed") : undefined;
  const articles = isJsonList(feed) ? feed.filter(isJsonObject) : [];
  const times = articles.flatMap((article) => publishedMs(article) ?? []);
  return {
    readings: articles.flatMap((article) => readingOf(article, ticker) ?? []),
    lastPublishedMs: times.length === 0 ? undefined : times.reduce((last, ms) => Math.max(last, ms)),
  };
}

/** When an article was published, in milliseconds since the epoch; `undefined` for what is no time. */
function publishedMs(article: JsonObject): number | undefined {
  const ms = Date.parse(instantOf(article.get("time_published")) ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

function readingOf(article: JsonObject, ticker: string): RecordReading | undefined {
  const tickers = article.get("ticker_sentiment");
  const own = isJsonList(tickers)
    ? tickers.filter(isJsonObject).find((one) => new Members(one).text("ticker") === ticker)
    : undefined;
  if (own === undefined) return undefined;
  const rest = [...article].filter(([name]) => !renamed.has(name));
  const record = new Map<string, JsonValue>([
    ["article_id", memberOf(article, "url")],
    ["published_at", instantOf(article.get("time_published")) ?? memberOf(article, "time_published")],
    ["ticker", ticker],
    ["relevance", memberOf(own, "relevance_score")],
    ["sentiment_score", memberOf(own, "ticker_sentiment_score")],
    ["label", memberOf(own, "ticker_sentiment_label")],
    ["overall_score", memberOf(article, "overall_sentiment_score")],
    ...rest,
  ]);
  return readRecordAs("news", writeJson(record));
}

function memberOf(object: JsonObject, name: string): JsonValue {
  return object.get(name) ?? null;
}

const renamed: ReadonlySet<string> = new Set([
  "time_published",
  "ticker_sentiment",
  "overall_sentiment_score",
]);

/** `20260423T161740`, in UTC, as ISO 8601. */
function instantOf(value: JsonValue | undefined): string | undefined {
  const match =
    typeof value === "string" ? /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?$/.exec(value) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "00"] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}
