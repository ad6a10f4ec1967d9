/**
 * The vocabulary of markets: assets, timeframes, bars, calendars. What this folder guarantees:
 * - It does no I/O and asks no clock: the same input gives the same output.
 * - Prices are exact decimals (`Decimal8`), never floats. Times are milliseconds since the epoch, UTC; ranges are half-open.
 * - A text that has no meaning here is a `MarketError`, which shows the text and how to write it.
 */
import { anyText, required, shown } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { MarketError } from "./errors.ts";
import { readSymbol } from "./symbol-reading.ts";
import type { AssetKind, Contract, SymbolParts } from "./symbol-parts.ts";

export { kindNames } from "./symbol-parts.ts";
export type { AssetKind, Contract } from "./symbol-parts.ts";

/**
 * What is traded (`base`) and what it is priced in (`quote`), on which market. Two instances name the same thing exactly
 * when their `canonical` texts are equal.
 */
export class AssetPair {
  readonly base: string;
  readonly quote: string;
  readonly kind: AssetKind;
  /** The suffix of a stock's or an index's exchange: `HK`, `L`, `US`; `undefined` when it has none, or it is unknown. */
  readonly exchange: string | undefined;
  /** What a contract on cryptocurrencies settles in, and when. */
  readonly contract: Contract | undefined;
  /**
   * The name of its series: `BTCUSD`, `EURUSD`, `MSFT`, `BRK.B`, `1398.HK`, `GSPC.INDEX`, `ES.FUTURE`, `BTCUSDT-PERP`. It has
   * letters, digits, `.`, `-` and `&`, so it can name a folder. It reads as the same pair again.
   */
  readonly canonical: string;

  private constructor(parts: SymbolParts) {
    this.base = parts.base;
    this.quote = parts.quote;
    this.kind = parts.kind;
    this.exchange = parts.exchange;
    this.contract = parts.contract;
    this.canonical = parts.canonical;
  }

  /**
   * Reads a symbol in any usual notation:
   * - pairs: `BTCUSD`, `BTC-USD`, `btc/usdt`, `EUR_USD`, `EURUSD=X`, `JPY=X`;
   * - contracts on cryptocurrencies: `BTC/USDT:USDT`, `BTC-PERP`, `BTC-USDT-SWAP`, `BTC/USDT:USDT-261225`;
   * - stocks: `AAPL`, `BRK.B`, `JPM-PC`, and with the suffix of an exchange `1398.HK`, `8TRA.DE`;
   * - indices `^GSPC`, and futures `ES=F`.
   *
   * A ticker of one to five letters is a stock of New York unless it reads as a pair.
   *
   * @throws MarketError INVALID_ASSET_PAIR, with the part that is not understood.
   */
  static parse(text: string): AssetPair {
    if (typeof text !== "string") assertArguments("AssetPair.parse", { text }, { text: required(anyText) });
    const reading = readSymbol(text.trim().toUpperCase());
    if (typeof reading !== "string") return new AssetPair(reading);
    throw new MarketError(
      "INVALID_ASSET_PAIR",
      `"${text}" does not name an asset pair: ${reading}. Write it like BTCUSD, EUR_USD, MSFT, 1398.HK, ^GSPC, ES=F or BTC/USDT:USDT.`,
    );
  }

  toString(): string {
    return this.canonical;
  }

  toJSON(): string {
    return this.canonical;
  }
}

/** The kind of options that are an AssetPair already, not a text. */
export const readPairKind: OptionKind<AssetPair> = {
  expects: "an AssetPair",
  problem: (name, value) => {
    if (value instanceof AssetPair) return undefined;
    const meant = typeof value === "string" ? ` Did you mean AssetPair.parse(${shown(value)})?` : "";
    return `${name} is an AssetPair, not ${shown(value)}.${meant}`;
  },
};
