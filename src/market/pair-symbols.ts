import { joinedQuotes, separatedQuotes } from "./currencies.ts";

/** Two currencies: what is traded, and what it is priced in. */
export interface CurrencyPair {
  readonly base: string;
  readonly quote: string;
}

/** Reads `BTC-USD`, `EUR_USD`, `BTC/USDT`. A text says which part is not a currency; `undefined` means another notation. */
export function readSeparatedPair(name: string): CurrencyPair | string | undefined {
  const match = /^([A-Z0-9]+)[-_/:]([A-Z0-9]+)$/.exec(name);
  if (match === null) return undefined;
  const [, base = "", quote = ""] = match;
  if (isQuote(quote)) {
    if (base === quote) return `it prices ${base} in itself`;
    return base.length <= baseLengthMax ? { base, quote } : `"${base}" is too long for a currency`;
  }
  // One or two letters after a separator are a share class.
  return quote.length <= 2 && /^[A-Z]{1,5}$/.test(base)
    ? undefined
    : `"${quote}" is not a currency that prices are quoted in`;
}

/** `BTCUSD`: the longest currency at its end, so that `BTCUSDT` ends in USDT. */
export function readJoinedPair(name: string): CurrencyPair | undefined {
  for (const quote of quotesByLength) {
    if (!name.endsWith(quote)) continue;
    const base = name.slice(0, -quote.length);
    if (base.length < shortestBase(quote) || base.length > baseLengthMax) continue;
    if (/^[A-Z0-9]+$/.test(base) && base !== quote) return { base, quote };
  }
  return undefined;
}

/** Joined when that reads as the same pair, or else with a hyphen: `T-EUR`, since `TEUR` is a ticker. */
export function canonicalPair({ base, quote }: CurrencyPair): string {
  const joined = readJoinedPair(`${base}${quote}`);
  return joined?.base === base && joined.quote === quote ? `${base}${quote}` : `${base}-${quote}`;
}

export function isQuote(currency: string): boolean {
  return separatedQuotes.has(currency);
}

const baseLengthMax = 15;

const quotesByLength: readonly string[] = [...joinedQuotes].toSorted((a, b) => b.length - a.length);

/**
 * How many letters must stand before a joined quote. Tickers have up to five letters, and some end like a
 * currency (`IEUR` is a fund); none ends like the dollars, and coins of one letter exist (`TUSD` is T in USD).
 */
export function shortestBase(quote: string): number {
  if (quote === "USD" || quote === "USDT" || quote === "USDC") return 1;
  return quote === "EUR" || quote === "GBP" ? 2 : 3;
}
