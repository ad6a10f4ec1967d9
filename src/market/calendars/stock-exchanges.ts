import type { Exchange, ExchangeName } from "./exchange.ts";
import { frankfurt } from "./frankfurt.ts";
import { hongKong } from "./hong-kong.ts";
import { london } from "./london.ts";
import { newYork } from "./new-york.ts";
import { paris } from "./paris.ts";
import { sydney } from "./sydney.ts";
import { tokyo } from "./tokyo.ts";
import { toronto } from "./toronto.ts";

/** The exchanges whose calendars are known, by the names that a configuration gives them. */
export const stockExchanges: Readonly<Record<ExchangeName, Exchange>> = {
  new_york: newYork,
  london,
  frankfurt,
  paris,
  tokyo,
  hong_kong: hongKong,
  toronto,
  sydney,
};

export const exchangeNames: readonly ExchangeName[] = Object.values(stockExchanges).map(({ name }) => name);

/** By the suffix of a symbol, see `market/exchanges.ts`. */
export const exchangesBySuffix: ReadonlyMap<string, ExchangeName> = new Map([
  ["US", "new_york"],
  ["L", "london"],
  ["DE", "frankfurt"],
  ["F", "frankfurt"],
  ["PA", "paris"],
  ["T", "tokyo"],
  ["HK", "hong_kong"],
  ["TO", "toronto"],
  ["V", "toronto"],
  ["AX", "sydney"],
]);
