import { canonicalPair, isQuote, readJoinedPair, readSeparatedPair } from "./pair-symbols.ts";
import type { CurrencyPair } from "./pair-symbols.ts";
import type { SymbolParts } from "./symbol-parts.ts";

/**
 * Perpetuals and dated futures on cryptocurrencies, as exchanges and ccxt write them: `BTC/USDT:USDT`, `BTC/USD:BTC-261225`,
 * `BTC_USDT_USDT`, `BTC-PERP`, `BTC-USDT-SWAP`, `BTCUSDT.P`, `BTCUSDT_261225`, `BTC-25DEC26`.
 *
 * The canonical form is that of the spot pair with `-PERP` or the day behind it, and with the currency of settlement when it
 * is given and is not the quote: `BTCUSDT-PERP`, `BTCUSD-261225-BTC`. `BTC-PERP` has no quote, and keeps its name.
 */
export function readContract(name: string): SymbolParts | string | undefined {
  return readSettled(name) ?? readMarked(name) ?? readDated(name);
}

/** ccxt's `BTC/USDT:USDT-261225`, and the same in freqtrade's file names: `BTC_USDT_USDT`. */
function readSettled(name: string): SymbolParts | string | undefined {
  const match =
    /^([A-Z0-9]{1,15})\/([A-Z0-9]+):([A-Z0-9]+)(?:-(.*))?$/.exec(name) ??
    /^([A-Z0-9]{1,15})_([A-Z0-9]+)_([A-Z0-9]+)(?:-(.*))?$/.exec(name);
  if (match === null) return undefined;
  const [, base = "", quote = "", settle = "", expiry] = match;
  if (/^(?:PERP|PERPETUAL|SWAP|\d+)$/.test(settle)) return undefined;
  if (!isQuote(quote)) return `"${quote}" is not a currency that prices are quoted in`;
  if (!isQuote(settle) && settle !== base) return `"${settle}" is not a currency that contracts settle in`;
  return contractOn({ base, quote }, expiry, settle);
}

/** `-PERP`, `-PERPETUAL` and `-SWAP`; TradingView's `.P`. Our own form adds the currency of settlement. */
function readMarked(name: string): SymbolParts | string | undefined {
  const marked = /^(.+)[-_./](?:PERP|PERPETUAL|SWAP)(?:-([A-Z0-9]+))?$/.exec(name);
  if (marked !== null) {
    const [, body = "", settle] = marked;
    // Coinbase International adds its own name.
    return contractNamed(body, undefined, settle === "INTX" ? undefined : settle);
  }
  const joined = readJoinedPair(/^(.+)(?:PERP|\.P)$/.exec(name)?.[1] ?? "");
  return joined === undefined ? undefined : contractOn(joined, undefined, undefined);
}

function readDated(name: string): SymbolParts | string | undefined {
  const match = /^(.+?)[-_](\d{6}|\d{8}|\d{1,2}[A-Z]{3}\d{2})(?:-([A-Z0-9]+))?(-[CP])?$/.exec(name);
  if (match === null) return undefined;
  const [, body = "", day = "", rest, right] = match;
  if (right !== undefined) return `"${rest ?? ""}${right}" makes it an option, which is not supported`;
  return contractNamed(body, day, rest);
}

function contractNamed(
  body: string,
  day: string | undefined,
  settle: string | undefined,
): SymbolParts | string {
  if (settle !== undefined && !isQuote(settle) && !/^[A-Z0-9]{1,15}$/.test(settle))
    return `"${settle}" is not a currency that contracts settle in`;
  const pair = readSeparatedPair(body) ?? readJoinedPair(body);
  if (typeof pair === "string") return pair;
  if (pair !== undefined) return contractOn(pair, day, settle);
  if (!/^[A-Z0-9]{1,15}$/.test(body)) return `"${body}" is not an asset that a contract can be on`;
  return contractOn({ base: body, quote: "USD" }, day, settle, body);
}

function contractOn(
  pair: CurrencyPair,
  expiryText: string | undefined,
  settle: string | undefined,
  spot: string = canonicalPair(pair),
): SymbolParts | string {
  if (pair.base === pair.quote) return `it prices ${pair.base} in itself`;
  const [dayText, ...option] = expiryText?.split("-") ?? [];
  if (option.length > 0) return `"${option.join("-")}" makes it an option, which is not supported`;
  const expiry = dayText === undefined ? "perpetual" : dayOf(dayText);
  if (expiry === undefined) return `"${dayText}" is not the day of a contract's delivery, such as 261225`;
  const settled = settle === undefined || settle === pair.quote ? "" : `-${settle}`;
  return {
    ...pair,
    kind: "crypto_contract",
    exchange: undefined,
    contract: { settle: settle ?? pair.quote, expiry },
    canonical: `${spot}-${dayText === undefined ? "PERP" : expiry}${settled}`,
  };
}

/** `YYMMDD` of `261225`, `20261225` or `25DEC26`; `undefined` for a day that does not exist. */
function dayOf(text: string): string | undefined {
  const named = /^(\d{1,2})([A-Z]{3})(\d{2})$/.exec(text);
  const month = months.indexOf(named?.[2] ?? "") + 1;
  const plain = /^(?:20)?(\d{6})$/.exec(text)?.[1];
  const day =
    named === null ? plain : `${named[3]}${String(month).padStart(2, "0")}${named[1]?.padStart(2, "0")}`;
  if (day === undefined) return undefined;
  const date = `20${day.slice(0, 2)}-${day.slice(2, 4)}-${day.slice(4)}`;
  const instantMs = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(instantMs) && new Date(instantMs).toISOString().startsWith(date) ? day : undefined;
}

const months: readonly string[] = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
