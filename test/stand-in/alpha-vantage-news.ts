import { json, type ApiAnswer, type ApiWorld } from "./api.ts";

const minuteMs = 60_000;
/** An article comes out every so many minutes. */
const everyMinutes = 17;

/** Each article is about all of these, so that a page has tickers that nobody asked for. */
const tickers: readonly string[] = ["CRYPTO:BTC", "FOREX:EUR", "MSFT", "COIN"];

/** `NEWS_SENTIMENT` of Alpha Vantage: articles of a range of minutes, both ends included, the earliest first or last. */
export function newsSentiment(url: URL, world: ApiWorld): ApiAnswer {
  const parameter = (name: string): string => url.searchParams.get(name) ?? "";
  const ticker = parameter("tickers");
  if (!/^(?:CRYPTO:|FOREX:)?[A-Z]{2,5}$/.test(ticker))
    return json(200, { Information: "Invalid inputs. Please refer to the API documentation and try again." });
  const fromMs = instantOf(parameter("time_from")) ?? 0;
  const toMs = Math.min(instantOf(parameter("time_to")) ?? world.now(), world.now());
  const times: number[] = [];
  const step = everyMinutes * minuteMs;
  if (tickers.includes(ticker))
    for (let ms = Math.ceil(fromMs / step) * step; ms <= toMs; ms += step) times.push(ms);
  if (times.length === 0)
    return json(200, {
      Information:
        "No articles found. Please adjust the time range or refer to the API documentation https://www.alphavantage.co/documentation#newsapi and try again.",
    });
  const ordered = parameter("sort") === "EARLIEST" ? times : times.toReversed();
  const limit = Math.min(1000, Number(parameter("limit") || "50"));
  const feed = ordered.slice(0, limit).map(articleAt);
  return json(200, {
    items: String(feed.length),
    sentiment_score_definition: "x <= -0.35: Bearish",
    relevance_score_definition: "0 < x <= 1, with a higher score indicating higher relevance.",
    feed,
  });
}

function articleAt(ms: number): object {
  const number = ms / (everyMinutes * minuteMs);
  const score = ((number * 37) % 2001) / 1000 - 1;
  const time = new Date(ms).toISOString();
  return {
    title: `Story ${number}`,
    url: `https://news.example.com/${number}`,
    time_published: time.slice(0, 19).replaceAll(/[-:]/g, ""),
    authors: ["A. Writer"],
    summary: "What happened.",
    source: "Example",
    topics: [{ topic: "Blockchain", relevance_score: "0.999735" }],
    overall_sentiment_score: score,
    overall_sentiment_label: score > 0 ? "Bullish" : "Bearish",
    ticker_sentiment: tickers.map((ticker) => ({
      ticker,
      relevance_score: "0.108179",
      ticker_sentiment_score: score.toFixed(6),
      ticker_sentiment_label: score > 0 ? "Bullish" : "Bearish",
    })),
  };
}

function instantOf(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
}
