import { readContract } from "./contract-symbols.ts";
import { currenciesAlone, fiatCurrencies } from "./currencies.ts";
import { exchanges, exchangesOfIndices, usExchange } from "./exchanges.ts";
import { canonicalPair, readJoinedPair, readSeparatedPair } from "./pair-symbols.ts";
import type { CurrencyPair } from "./pair-symbols.ts";
import { readStock } from "./stock-symbols.ts";
import type { SymbolParts } from "./symbol-parts.ts";

/** Reads a symbol in capital letters. A text says which part has no meaning. */
export function readSymbol(name: string): SymbolParts | string {
  if (name === "") return "it is empty";
  const strange = /[^A-Z0-9^=&./:_-]/u.exec(name)?.[0];
  if (strange !== undefined) return `the character ${JSON.stringify(strange)} cannot be in a symbol`;
  const listing = /^([A-Z]{2,}):(.+)$/.exec(name);
  if (listing !== null && isSymbol(listing[2] ?? ""))
    return `"${listing[1]}:" before ${listing[2]} names an exchange, which the symbol itself says`;
  for (const read of notations) {
    const reading = read(name);
    if (reading !== undefined) return reading;
  }
  return reasonAgainst(name);
}

function isSymbol(name: string): boolean {
  return notations.some((read) => typeof read(name) === "object");
}

/** Each returns `undefined` for another notation. The first one that can read a text counts. */
const notations: readonly ((name: string) => SymbolParts | string | undefined)[] = [
  readIndex,
  readWithEqualsSign,
  readContract,
  (name) => pairParts(readSeparatedPair(name)),
  (name) => pairParts(readJoinedPair(name)),
  readStock,
];

function readIndex(name: string): SymbolParts | string | undefined {
  const index = /^\^(.*)$|^(.*)\.IND(?:E)?X$/.exec(name);
  if (index === null) return undefined;
  const base = index[1] ?? index[2] ?? "";
  if (!/^[A-Z0-9]{1,12}(?:[.-][A-Z0-9]{1,4}){0,2}$/.test(base))
    return `"${base}" is not the name of an index`;
  const exchange = exchangesOfIndices.get(base);
  const quote = exchanges.get(exchange ?? usExchange)?.currency ?? "USD";
  return { base, quote, kind: "index", exchange, contract: undefined, canonical: `${base}.INDEX` };
}

/** Yahoo Finance's `=X` for currencies and `=F` for futures; `ES.FUTURE` is our own form of the latter. */
function readWithEqualsSign(name: string): SymbolParts | string | undefined {
  const marked = /^([^=]*)(=.*|\.FUTURE)$/.exec(name);
  if (marked === null) return undefined;
  const [, body = "", mark = ""] = marked;
  if (mark === "=F" || mark === ".FUTURE") return readFuture(body);
  if (mark !== "=X") return `the ending "${mark}" is not known; =X marks a currency and =F a future`;
  // One currency alone is the price of the dollar in it.
  const pair = fiatCurrencies.has(body) ? { base: "USD", quote: body } : readJoinedPair(body);
  if (pair === undefined || typeof pair === "string" || pair.base === pair.quote)
    return `"${body}" before =X is not a pair of currencies`;
  return pairParts(pair);
}

function readFuture(base: string): SymbolParts | string {
  if (!/^[A-Z0-9]{1,6}$/.test(base)) return `"${base}" is not the name of a future`;
  return {
    base,
    quote: "USD",
    kind: "future",
    exchange: undefined,
    contract: undefined,
    canonical: `${base}.FUTURE`,
  };
}

function pairParts(pair: CurrencyPair | string | undefined): SymbolParts | string | undefined {
  if (pair === undefined || typeof pair === "string") return pair;
  const kind = fiatCurrencies.has(pair.base) && fiatCurrencies.has(pair.quote) ? "fx" : "crypto";
  return { ...pair, kind, exchange: undefined, contract: undefined, canonical: canonicalPair(pair) };
}

function reasonAgainst(name: string): string {
  if (currenciesAlone.has(name)) return `${name} is a currency; the currency of its price is missing`;
  if (/^\d+$/.test(name)) return `a number names a stock only with its exchange, such as ${name}.HK`;
  if (/^[A-Z]{1,6}\d{6}[CP]\d{8}$/.test(name)) return "it is an option, and options are not kept";
  if (/^[A-Z0-9]+$/.test(name))
    return "it does not end in a known currency, and tickers of New York have at most five letters";
  const empty = /[-/_:.]{2}|^[-/_:.]|[-/_:.]$/.exec(name)?.[0];
  if (empty !== undefined) return `a part is empty at "${empty}"`;
  const parts = name.split(/[-/_:.]/);
  return `${parts.map((part) => `"${part}"`).join(", ")} do not make a pair, a contract or a listed stock`;
}
