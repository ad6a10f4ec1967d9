import type { AssetKind, AssetPair } from "../../market/asset-pair.ts";
import { usExchange } from "../../market/exchanges.ts";
import { newYorkZone, zoneClock } from "../../market/zone-clock.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { dayMs } from "../../market/durations.ts";

export const alphaVantageIdentity: { readonly name: "alpha_vantage"; readonly title: string } = {
  name: "alpha_vantage",
  title: "Alpha Vantage",
};

/** One call of the API, without the key. */
export interface AlphaVantageCall {
  readonly parameters: Readonly<Record<string, string>>;
  /** The time zone of the labels of its rows. */
  readonly labels: "utc" | "new-york" | "date";
  /** Whether rows have a volume. */
  readonly hasVolume: boolean;
}

/**
 * Alpha Vantage's own suffixes of exchanges, by ours; New York has none. Its documentation shows those of London, Toronto,
 * TSX Venture, Xetra, Bombay, Shanghai and Shenzhen; its answers to SYMBOL_SEARCH, as published by others, the rest.
 */
const exchangeSuffixes: ReadonlyMap<string, string> = new Map([
  [usExchange, ""],
  ["AS", ".AMS"],
  ["BO", ".BSE"],
  ["DE", ".DEX"],
  ["F", ".FRK"],
  ["L", ".LON"],
  ["PA", ".PAR"],
  ["SA", ".SAO"],
  ["SS", ".SHH"],
  ["SZ", ".SHZ"],
  ["TO", ".TRT"],
  ["V", ".TRV"],
]);

/** How Alpha Vantage names a stock; `undefined` for an exchange without a known suffix. */
export function stockSymbol({ base, exchange }: AssetPair): string | undefined {
  const suffix = exchangeSuffixes.get(exchange ?? usExchange);
  return suffix === undefined ? undefined : `${base}${suffix}`;
}

/**
 * How Alpha Vantage names what news is about: a coin, a currency, a stock. Of a pair it is the base, or the quote where the
 * base is the dollar. `undefined` for what it has no news of.
 */
export function newsTicker(assetPair: AssetPair): string | undefined {
  const { kind, base, quote } = assetPair;
  if (kind === "crypto") return `CRYPTO:${base}`;
  if (kind === "fx") return `FOREX:${base === "USD" ? quote : base}`;
  return kind === "stock" ? stockSymbol(assetPair) : undefined;
}

/** Intraday answers for foreign exchange and cryptocurrencies reach back about this far, and have no pages. */
const trailingDepthMs: number = 30 * dayMs;

/** DIGITAL_CURRENCY_DAILY answers with about this much. */
const cryptoDailyDepthMs: number = 350 * dayMs;

/** How far back the API reaches: only stocks have the whole intraday history. */
export function historyDepthMs(assetPair: AssetPair, timeframe: Timeframe): number | undefined {
  if (timeframe === "1d") return assetPair.kind === "crypto" ? cryptoDailyDepthMs : undefined;
  return assetPair.kind === "stock" ? undefined : trailingDepthMs;
}

/**
 * The calls that together cover a range: one per month for intraday bars of stocks, one for everything else,
 * since those functions always answer with all they have.
 */
export function callsFor(
  assetPair: AssetPair,
  timeframe: Timeframe,
  range: TimeRange,
  spelling?: string,
): AlphaVantageCall[] {
  const asset = spelled(assetPair, spelling);
  if (timeframe === "1d") return [dailyCall(asset)];
  const interval = intervals[timeframe];
  if (interval === undefined) return [];
  if (assetPair.kind !== "stock") return [trailingCall(asset, interval)];
  return monthsOf(range).map((month) => ({
    parameters: {
      function: "TIME_SERIES_INTRADAY",
      symbol: asset.symbol,
      interval,
      month,
      outputsize: "full",
      extended_hours: "true",
      // Prices as they were traded: adjusted ones change after every split, stored bars must not.
      adjusted: "false",
    },
    labels: "new-york",
    hasVolume: true,
  }));
}

/** What the API calls an asset: one symbol of a stock, two of a pair. */
interface SpelledAsset {
  readonly kind: AssetKind;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
}

function spelled(assetPair: AssetPair, spelling: string | undefined): SpelledAsset {
  const { kind } = assetPair;
  const [base = assetPair.base, quote = assetPair.quote] =
    kind === "stock" ? [] : (spelling?.split("/") ?? []);
  return { kind, base, quote, symbol: spelling ?? stockSymbol(assetPair) ?? assetPair.base };
}

const intervals: Readonly<Partial<Record<Timeframe, string>>> = {
  "1m": "1min",
  "5m": "5min",
  "15m": "15min",
  "1h": "60min",
};

function dailyCall({ kind, symbol, base, quote }: SpelledAsset): AlphaVantageCall {
  if (kind === "stock") {
    const parameters = { function: "TIME_SERIES_DAILY", symbol, outputsize: "full" };
    return { parameters, labels: "date", hasVolume: true };
  }
  if (kind === "fx") {
    const symbols = { from_symbol: base, to_symbol: quote };
    return {
      parameters: { function: "FX_DAILY", ...symbols, outputsize: "full" },
      labels: "date",
      hasVolume: false,
    };
  }
  const parameters = { function: "DIGITAL_CURRENCY_DAILY", symbol: base, market: quote };
  return { parameters, labels: "date", hasVolume: true };
}

function trailingCall({ kind, base, quote }: SpelledAsset, interval: string): AlphaVantageCall {
  if (kind === "fx") {
    const symbols = { from_symbol: base, to_symbol: quote };
    return {
      parameters: { function: "FX_INTRADAY", ...symbols, interval, outputsize: "full" },
      labels: "utc",
      hasVolume: false,
    };
  }
  return {
    parameters: { function: "CRYPTO_INTRADAY", symbol: base, market: quote, interval, outputsize: "full" },
    labels: "utc",
    hasVolume: true,
  };
}

/** Whether a call for a month was answered with bars of other months only. */
export function isOfAnotherMonth({ parameters }: AlphaVantageCall, openTimesMs: readonly number[]): boolean {
  const month = parameters["month"];
  return (
    month !== undefined && openTimesMs.length > 0 && !openTimesMs.some((ms) => newYorkMonth(ms) === month)
  );
}

/** The months, as New York's calendar has them, that a range touches: `2026-01`. */
function monthsOf(range: TimeRange): string[] {
  const months: string[] = [];
  const lastMonth = newYorkMonth(range.endMs - 1);
  for (let month = newYorkMonth(range.startMs); month <= lastMonth; month = nextMonth(month))
    months.push(month);
  return months;
}

function newYorkMonth(instantMs: number): string {
  return new Date(instantMs + zoneClock(newYorkZone).offsetMs(instantMs)).toISOString().slice(0, 7);
}

function nextMonth(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}
