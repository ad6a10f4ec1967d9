import { newYorkZone, zoneClock } from "../../market/zone-clock.ts";
import type { UncheckedBar } from "../../market/unchecked-bar.ts";
import { alphaVantageIdentity } from "./alpha-vantage-functions.ts";
import type { AlphaVantageCall } from "./alpha-vantage-functions.ts";
import type { HttpAnswer } from "../http/http-transport.ts";
import { isRecord, parseExactJson, textOf, type JsonRecord } from "../json.ts";
import { exactUtcTime } from "../exact-time.ts";
import { ProviderError, type ProviderErrorCode } from "../provider-error.ts";
import { malformedAnswer, statusError } from "../http/status-error.ts";

/**
 * Reads an answer into bars, newest first as they come. Errors arrive with status 200 as well, as an object with
 * one sentence instead of a series.
 *
 * @throws ProviderError for every answer without a series.
 */
export function readSeries(answer: HttpAnswer, call: AlphaVantageCall): UncheckedBar[] {
  const body = readBody(answer);
  const [, series] = Object.entries(body).find(([name]) => name.startsWith("Time Series")) ?? [];
  if (isRecord(series)) {
    const inNewYork = call.labels !== "date" && /new.york|eastern/i.test(zoneIn(body) ?? call.labels);
    return Object.entries(series).map(([label, row]) => readBar(label, row, call, inNewYork));
  }
  throw spokenError(body) ?? malformedAnswer(alphaVantageIdentity, answer, "has no time series");
}

/**
 * Checks an answer with news.
 *
 * @throws ProviderError for every answer without a feed.
 */
export function readNews(answer: HttpAnswer): { readonly text: string; readonly articles: number } {
  const body = readBody(answer);
  const feed = body["feed"];
  if (Array.isArray(feed)) return { text: answer.text, articles: feed.length };
  // A range without news is answered with a sentence.
  if (/no articles found/i.test(textOf(body["Information"]) ?? "")) return { text: noNews, articles: 0 };
  throw spokenError(body) ?? malformedAnswer(alphaVantageIdentity, answer, "has no feed of news");
}

const noNews = '{"feed":[]}';

/** @throws ProviderError for an answer that is no JSON object. */
function readBody(answer: HttpAnswer): JsonRecord {
  if (answer.status !== 200) throw statusError({ provider: alphaVantageIdentity, answer });
  let body: unknown;
  try {
    body = parseExactJson(answer.text);
  } catch {
    throw malformedAnswer(alphaVantageIdentity, answer, "is not JSON");
  }
  if (!isRecord(body)) throw malformedAnswer(alphaVantageIdentity, answer, "is not a JSON object");
  return body;
}

/**
 * What a sentence instead of data means. The order matters: the notice of a burst mentions the daily quota as
 * well, and both of them advertise premium plans.
 */
function classifySentence(sentence: string): ProviderErrorCode {
  if (/api ?key.{0,40}(invalid|missing)|demo.{0,40}api key/i.test(sentence)) return "BAD_CREDENTIALS";
  if (/invalid api call/i.test(sentence)) return "UNKNOWN_SYMBOL";
  if (/sparingly|burst pattern|per second|calls? per minute|requests? per minute/i.test(sentence))
    return "RATE_LIMITED";
  if (/premium (endpoint|feature)/i.test(sentence)) return "PREMIUM_REQUIRED";
  if (/per day|higher api call volume|rate limit/i.test(sentence)) return "QUOTA_EXHAUSTED";
  return "BAD_REQUEST";
}

function spokenError(body: JsonRecord): ProviderError | undefined {
  const spoken = textOf(body["Error Message"] ?? body["Information"] ?? body["Note"]);
  if (spoken === undefined) return undefined;
  const code = classifySentence(spoken);
  return new ProviderError({
    code,
    provider: alphaVantageIdentity.name,
    message: `Alpha Vantage answered: ${spoken}`,
    nextStep: nextSteps[code] ?? "Check the asset pair and the timeframe.",
    transient: code === "RATE_LIMITED",
    ...(code === "RATE_LIMITED" ? { retryAfterMs: /minute/i.test(spoken) ? 60_000 : 1_500 } : {}),
  });
}

const nextSteps: Readonly<Partial<Record<ProviderErrorCode, string>>> = {
  BAD_CREDENTIALS: "Set ALPHA_VANTAGE_API_KEY to a valid key.",
  UNKNOWN_SYMBOL: "Check the asset pair, or use another provider.",
  RATE_LIMITED: "Lower providers.alpha_vantage.requests_per_second.",
  PREMIUM_REQUIRED: "Use a premium key, or another provider for these bars.",
  QUOTA_EXHAUSTED: "Wait for the daily quota to reset, or use another provider or a premium key.",
};

function readBar(label: string, row: unknown, call: AlphaVantageCall, inNewYork: boolean): UncheckedBar {
  const fields = isRecord(row) ? row : {};
  return {
    openTimeMs: readLabel(label, call.labels === "date", inNewYork),
    open: textOf(fields["1. open"]),
    high: textOf(fields["2. high"]),
    low: textOf(fields["3. low"]),
    close: textOf(fields["4. close"]),
    volume: call.hasVolume ? textOf(fields["5. volume"]) : null,
    raw: { time: label, ...(isRecord(row) ? row : { row }) },
  };
}

const labelPattern = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}(?::\d{2})?))?$/;

/** The instant that a row's label names: bars of a day open at UTC midnight of their date. */
function readLabel(label: string, dateOnly: boolean, inNewYork: boolean): number | undefined {
  const match = labelPattern.exec(label);
  if (match === null) return undefined;
  const [, date = "", time = "00:00"] = match;
  const wallMs = exactUtcTime(`${date}T${dateOnly ? "00:00" : time}Z`);
  if (wallMs === undefined) return undefined;
  return inNewYork ? zoneClock(newYorkZone).toUtc(wallMs) : wallMs;
}

/** The time zone that the answer states. Each function numbers its metadata in its own way. */
function zoneIn(body: JsonRecord): string | undefined {
  const meta = body["Meta Data"];
  if (!isRecord(meta)) return undefined;
  const [, zone] = Object.entries(meta).find(([name]) => name.endsWith("Time Zone")) ?? [];
  return textOf(zone);
}
