import { cryptoQuotes, fiatCurrencies } from "./currencies.ts";
import { MarketError } from "./errors.ts";

/** Which market a pair trades on: it decides the calendar and what each provider calls it. */
export type AssetKind = "crypto" | "fx" | "stock";

/**
 * What is traded (`base`) and what it is priced in (`quote`). Two instances name the same pair exactly when
 * their `canonical` texts are equal.
 */
export class AssetPair {
  readonly base: string;
  readonly quote: string;
  readonly kind: AssetKind;
  /** `BTCUSD`, `EURUSD`; for a stock its ticker: `MSFT`, `BRK.B`. */
  readonly canonical: string;

  private constructor(base: string, quote: string, kind: AssetKind) {
    this.base = base;
    this.quote = quote;
    this.kind = kind;
    this.canonical = kind === "stock" ? base : base + quote;
  }

  /**
   * Reads a pair in any usual notation: `BTCUSD`, `BTC-USD`, `btc/usdt`, `EUR_USD`. A ticker of one to five
   * letters, if need be with a share class (`BRK.B`), is a stock quoted in USD unless it reads as a pair.
   *
   * @throws MarketError INVALID_ASSET_PAIR, also when the canonical text could be taken for another pair.
   */
  static parse(text: string): AssetPair {
    const name = text.trim().toUpperCase();
    const pair = parseSeparated(name) ?? parseJoined(name) ?? parseTicker(name);
    if (pair === undefined) throw invalid(text, reason(name));
    const assetPair = new AssetPair(pair.base, pair.quote, pair.kind);
    if (assetPair.kind === "stock" || sameParts(parseJoined(assetPair.canonical), pair)) return assetPair;
    throw invalid(text, `its joined name ${assetPair.canonical} would read as something else`);
  }

  toString(): string {
    return this.canonical;
  }

  toJSON(): string {
    return this.canonical;
  }
}

interface Parts {
  readonly base: string;
  readonly quote: string;
  readonly kind: AssetKind;
}

const separatedPattern = /^([A-Z0-9]{1,15})[-_/:]([A-Z0-9]{2,6})$/;
const basePattern = /^[A-Z0-9]{1,15}$/;
const tickerPattern = /^([A-Z]{1,5})(?:[.-]([A-Z]))?$/;

/** Longest first, so that `BTCUSDT` ends in USDT. */
const quotes: readonly string[] = [...fiatCurrencies, ...cryptoQuotes].toSorted(
  (a, b) => b.length - a.length,
);

function parseSeparated(name: string): Parts | undefined {
  const match = separatedPattern.exec(name);
  if (match === null) return undefined;
  const [, base = "", quote = ""] = match;
  return isQuote(quote) && base !== quote ? parts(base, quote) : undefined;
}

function parseJoined(name: string): Parts | undefined {
  for (const quote of quotes) {
    if (!name.endsWith(quote)) continue;
    const base = name.slice(0, -quote.length);
    if (base.length < shortestBase(quote) || !basePattern.test(base) || base === quote) continue;
    return parts(base, quote);
  }
  return undefined;
}

/**
 * How many letters must stand before a joined quote. Tickers have up to five letters, and some end like a
 * currency (`IEUR` is a fund); none ends like the dollars, and coins of one letter exist (`TUSD` is T in USD).
 */
function shortestBase(quote: string): number {
  if (quote === "USD" || quote === "USDT" || quote === "USDC") return 1;
  return quote === "EUR" || quote === "GBP" ? 2 : 3;
}

function parseTicker(name: string): Parts | undefined {
  const match = tickerPattern.exec(name);
  if (match === null || isQuote(name)) return undefined;
  const [, symbol = "", shareClass] = match;
  return { base: shareClass === undefined ? symbol : `${symbol}.${shareClass}`, quote: "USD", kind: "stock" };
}

function parts(base: string, quote: string): Parts {
  const kind = fiatCurrencies.has(base) && fiatCurrencies.has(quote) ? "fx" : "crypto";
  return { base, quote, kind };
}

function isQuote(currency: string): boolean {
  return fiatCurrencies.has(currency) || cryptoQuotes.has(currency);
}

function sameParts(a: Parts | undefined, b: Parts): boolean {
  return a?.base === b.base && a.quote === b.quote;
}

function reason(name: string): string {
  return isQuote(name) ? `${name} is a currency without the one it is priced in` : "its parts are not known";
}

function invalid(text: string, why: string): MarketError {
  return new MarketError(
    "INVALID_ASSET_PAIR",
    `"${text}" does not name an asset pair: ${why}. Write it like BTCUSD, EUR_USD or MSFT.`,
  );
}
