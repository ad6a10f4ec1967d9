import { currenciesAlone } from "./currencies.ts";
import { exchanges, exchangeSuffix, usExchange } from "./exchanges.ts";
import type { SymbolParts } from "./symbol-parts.ts";

/**
 * Reads a stock: `MSFT`, `BRK.B`, `JPM-PC` of New York, `1398.HK` and `TECK-B.TO` with the suffix of an exchange. A text says
 * which part is unknown; `undefined` means another notation.
 */
export function readStock(name: string): SymbolParts | string | undefined {
  const suffixed = /^(.+)\.([A-Z0-9]+)$/.exec(name);
  if (suffixed !== null) {
    const [, ticker = "", ending = ""] = suffixed;
    const suffix = exchangeSuffix(ending);
    if (suffix === usExchange) return readTicker(ticker) ?? `"${ticker}" is not a ticker of New York`;
    if (suffix !== undefined) return listed(ticker, suffix);
    return readTicker(name) ?? `the exchange suffix ".${ending}" is not known`;
  }
  return currenciesAlone.has(name) ? undefined : readTicker(name);
}

function listed(text: string, suffix: string): SymbolParts | string {
  // A share class follows a hyphen, because a dot marks the exchange.
  const ticker = text.replaceAll(/[./]/g, "-");
  if (!/^[A-Z0-9&]{1,12}(?:-[A-Z0-9]{1,6})?$/.test(ticker))
    return `"${text}" before ".${suffix}" is not a ticker`;
  const base = suffix === "HK" ? fourDigits(ticker) : ticker;
  return stockOf(base, suffix, `${base}.${suffix}`);
}

/** Hong Kong's codes have four digits, or five that do not begin with a zero: `700`, `0700` and `00700` are one. */
function fourDigits(ticker: string): string {
  return /^\d{1,6}$/.test(ticker) ? ticker.replace(/^0+/, "").padStart(4, "0") : ticker;
}

function readTicker(name: string): SymbolParts | undefined {
  if (/^[A-Z]{1,5}$/.test(name)) return stockOf(name, usExchange, name);
  const shareClass = /^([A-Z]{1,5})[-./]([A-Z])$/.exec(name);
  if (shareClass !== null) {
    const [, ticker = "", letter = ""] = shareClass;
    // `X.L` is the stock X of London, so a share class of that letter keeps its hyphen.
    const base = `${ticker}${exchangeSuffix(letter) === undefined ? "." : "-"}${letter}`;
    return stockOf(base, usExchange, base);
  }
  // Preferred shares, warrants, units and rights.
  const special = /^([A-Z]{1,5})(?:-(P[A-Z])|[-.](WT|WS|UN|RT))$/.exec(name);
  if (special === null) return undefined;
  const base = `${special[1]}-${special[2] ?? special[3]}`;
  return stockOf(base, usExchange, base);
}

function stockOf(base: string, exchange: string, canonical: string): SymbolParts {
  const quote = exchanges.get(exchange)?.currency ?? "USD";
  return { base, quote, kind: "stock", exchange, contract: undefined, canonical };
}
