import type { Candle } from "./candle.ts";
import type { Decimal8 } from "./decimal.ts";
import type { Trade } from "./trade.ts";

/** The part of a trade that a bar is made of. */
export type BarTrade = Pick<Trade, "tradeId" | "timeUs" | "price" | "size">;

/**
 * The trades of one bar, folded together. The order in which they come does not matter: the bar opens with the earliest trade
 * and closes with the latest, of one time with the least and the greatest id. A trade must come once.
 */
export class TradeBucket {
  readonly openTimeMs: number;
  #first: BarTrade;
  #last: BarTrade;
  #high: Decimal8;
  #low: Decimal8;
  #volume: Decimal8;
  #trades = 1;

  constructor(openTimeMs: number, trade: BarTrade) {
    this.openTimeMs = openTimeMs;
    this.#first = trade;
    this.#last = trade;
    this.#high = trade.price;
    this.#low = trade.price;
    this.#volume = trade.size;
  }

  get trades(): number {
    return this.#trades;
  }

  add(trade: BarTrade): void {
    if (compareTrades(trade, this.#first) < 0) this.#first = trade;
    if (compareTrades(trade, this.#last) > 0) this.#last = trade;
    if (trade.price > this.#high) this.#high = trade.price;
    if (trade.price < this.#low) this.#low = trade.price;
    this.#volume += trade.size;
    this.#trades += 1;
  }

  candle(): Candle {
    return {
      openTimeMs: this.openTimeMs,
      open: this.#first.price,
      high: this.#high,
      low: this.#low,
      close: this.#last.price,
      volume: this.#volume,
    };
  }
}

/** By time, then by id. */
function compareTrades(one: BarTrade, other: BarTrade): number {
  return one.timeUs - other.timeUs || compareIds(one.tradeId, other.tradeId);
}

/** Ids that count go by their number, however many digits they have; numbers come before other texts. */
function compareIds(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [isCount(one), isCount(other)];
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  if (isNumber && one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : one > other ? 1 : 0;
}

function isCount(id: string): boolean {
  return /^(0|[1-9]\d*)$/.test(id);
}
