import { AssetPair } from "../../market/asset-pair.ts";
import { fiatCurrencies, separatedQuotes } from "../../market/currencies.ts";
import { usualSpelling } from "../../market/exchange-spellings.ts";
import { barDurations } from "./bar-durations.ts";
import type { Spellings } from "./spellings.ts";

/** Cryptocurrencies whose names in a file's name are no accident. */
const coins: ReadonlySet<string> = new Set(
  (
    "BTC XBT ETH XRP SOL DOGE XDG ADA TRX AVAX LINK DOT LTC BCH XLM XMR ETC ATOM UNI AAVE FIL APT ARB OP INJ SUI " +
    "NEAR ALGO XTZ EOS ZEC DASH MATIC POL SHIB PEPE BNB TON HBAR VET ICP GRT MKR SNX CRV COMP YFI SUSHI MANA SAND AXS " +
    "CHZ ENJ BAT ZRX KSM FTM RUNE LUNA LUNC WIF BONK JUP SEI TIA STX IMX LDO USDT USDC DAI"
  ).split(" "),
);
/** Kraken's names end in the minutes of a bar. */
const krakenMinutes = new Set("1 5 15 30 60 240 720 1440".split(" "));
const exchanges = new Set("NASDAQ NYSE AMEX ARCA BATS CBOE".split(" "));
/** Words of files that look like a ticker. */
const commonWords = new Set(
  (
    "DATA OHLC OHLCV CSV TXT ALL TEST TESTS BAR BARS HIST EXPORT PRICE QUOTE STOCK DAILY HOUR HOURS MIN DAY DAYS WEEK " +
    "NEW OLD FINAL COPY SHEET TABLE BOOK FILE FILES INPUT OUT CHART TRADE SPOT PERP UTC EST GMT RAW PART A B C X Y Z"
  ).split(" "),
);

/**
 * The asset that the name of a file says, or its folder where the name says none: `XBTUSD_60.csv`, `BTC-USD.csv`,
 * `ETHUSDT-1h-2024-01.csv`. Words that may mean something else name nothing: `export-USD.csv`.
 *
 * @param asked what the file is said to hold; tickers and coins alone are told only beside one of their kind.
 */
export function pairNamed(
  path: string,
  asked: AssetPair | undefined,
  spellings: Spellings = new Map(),
): AssetPair | undefined {
  const parts = path.split(/[\\/]/).slice(-3).toReversed();
  for (const [depth, part] of parts.entries()) {
    const found = namedIn(depth === 0 ? stemOf(part) : part, asked, spellings);
    const same = found.find((pair) => asked !== undefined && isSame(pair, asked));
    if (found.length > 0) return same ?? found[0];
  }
  return undefined;
}

/** Whether a text is a pair of known currencies, whatever column it stands in. */
export function isKnownPair(text: string): boolean {
  const [base = "", quote = "", ...others] = wordsOf(text.toUpperCase());
  if (others.length > 0 || /\s/.test(text)) return false;
  return quote === "" ? isJoinedPair(text) : isBase(base) && separatedQuotes.has(quote) && base !== quote;
}

/** Whether a text is a cryptocurrency without what it is priced in. */
export function isCoin(text: string): boolean {
  return coins.has(text.toUpperCase());
}

/** Whether two are the same to the name of a file, which tells no contract from what it is a contract on. */
export function isSame(one: AssetPair, other: AssetPair): boolean {
  return one.canonical === other.canonical || (one.base === other.base && one.quote === other.quote);
}

/** The length of a bar in milliseconds that the name of a file says; `isNumber` where it is a number alone, as Kraken's. */
export function durationNamed(path: string): { readonly ms: number; readonly isNumber: boolean } | undefined {
  const words = wordsOf(stemOf(path.replace(/^.*[\\/]/, "")));
  for (const word of words) {
    const [ms] = /^\d+$/.test(word) ? [] : barDurations(word);
    if (ms !== undefined && word.length > 1) return { ms, isNumber: false };
  }
  const last = words.at(-1) ?? "";
  return words.length === 2 && krakenMinutes.has(last)
    ? { ms: Number(last) * 60_000, isNumber: true }
    : undefined;
}

function namedIn(name: string, asked: AssetPair | undefined, spellings: Spellings): readonly AssetPair[] {
  const words = wordsOf(name).filter((word) => !exchanges.has(word));
  const found: AssetPair[] = [];
  const add = (text: string): void => {
    const pair = read(spellings.get(text.toUpperCase()) ?? usualSpelling(text) ?? text);
    if (pair !== undefined) found.push(pair);
  };
  for (const [index, word] of words.entries()) {
    const next = words[index + 1]?.toUpperCase() ?? "";
    if (isBase(word.toUpperCase()) && separatedQuotes.has(next) && word.toUpperCase() !== next)
      add(`${word}/${next}`);
    else if (isJoinedPair(word)) add(word);
  }
  const [first = "", ...rest] = words;
  if (found.length > 0 || !rest.every(isPlainWord)) return found;
  if (/^[A-Z0-9]{6,}$/.test(first)) add(first);
  return found.length > 0 ? found : aloneIn(words, asked);
}

/** A ticker or a coin alone, beside an asset of its kind: `AAPL_1h.csv`, `NASDAQ_AAPL, 1D.csv`, `ETH.csv`. */
function aloneIn(words: readonly string[], asked: AssetPair | undefined): readonly AssetPair[] {
  const [first = ""] = words;
  if (asked === undefined || commonWords.has(first) || isPlainWord(first)) return [];
  if (asked.kind === "crypto" && coins.has(first) && first !== asked.quote) {
    const pair = read(usualSpelling(`${first}/${asked.quote}`) ?? `${first}/${asked.quote}`);
    return pair === undefined ? [] : [pair];
  }
  // A ticker of one exchange says nothing of a symbol of another one.
  if (asked.kind !== "stock" || !/^[A-Z]{2,5}$/.test(first) || asked.canonical.includes(first)) return [];
  const stock = read(first);
  return stock?.kind === "stock" && stock.exchange === asked.exchange ? [stock] : [];
}

function read(text: string): AssetPair | undefined {
  try {
    return AssetPair.parse(text);
  } catch {
    return undefined;
  }
}

/** A known currency before one that prices are in, or capitals before a dollar coin. */
function isJoinedPair(word: string): boolean {
  const text = word.toUpperCase();
  if (/^[A-Z0-9]{2,10}(?:USDT|USDC|FDUSD)$/.test(word)) return true;
  const pair = read(usualSpelling(text) ?? text);
  return (
    text.length >= 6 &&
    pair !== undefined &&
    (pair.kind === "crypto" || pair.kind === "fx") &&
    isBase(pair.base)
  );
}

function isBase(text: string): boolean {
  return coins.has(text) || fiatCurrencies.has(text);
}

/** A number, a date, or the length of a bar. */
function isPlainWord(word: string): boolean {
  return /^\d+$/.test(word) || barDurations(word).length > 0 || word === "US" || word === "us";
}

function wordsOf(name: string): readonly string[] {
  return name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
}

/** `bars.csv.gz` is `bars`. */
function stemOf(name: string): string {
  return name.replace(
    /(?:\.(?:csv|txt|tsv|json|ndjson|jsonl|parquet|pq|feather|arrow|ipc|zip|gz|zst|dat))+$/i,
    "",
  );
}
