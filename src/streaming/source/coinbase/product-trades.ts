import type { CoinbaseTrade } from "./coinbase-trade.ts";

/** Trades that are known to be there and did not come: the ids `from + 1` to `to`. */
export interface IdHole {
  readonly from: number;
  readonly to: number;
  /** No later than the first trade behind it: milliseconds since the epoch. */
  readonly endMs: number | undefined;
}

export type Offer = "taken" | "held" | "repeated" | "left" | "reset";

/** An id that is so much less than the last one, and newer, is of another count. */
const resetDistance = 1_000_000;
/** A trade that came before has its old time: one that is so much newer is no repeat, whatever its id. */
const resetAgeMs = 10_000;

/**
 * The trades of one product on their way into an order without holes: ids are contiguous. What lies behind a hole is held, up
 * to a limit; beyond that it is left, since it is known by its id and can be fetched.
 */
export class ProductTrades {
  #reached: number;
  #lastTimeMs: number | undefined;
  #head: { readonly id: number; readonly endMs: number | undefined };
  #ready: CoinbaseTrade[] = [];
  readonly #held = new Map<number, CoinbaseTrade>();
  readonly #heldMax: number;

  constructor(position: number, heldMax: number) {
    this.#reached = position;
    this.#head = { id: position, endMs: undefined };
    this.#heldMax = heldMax;
  }

  /** The last id without a hole before it, be it handed out or not. */
  get reached(): number {
    return this.#reached;
  }

  /** Of the trade that was reached, milliseconds since the epoch. */
  get reachedMs(): number | undefined {
    return this.#lastTimeMs;
  }

  get readyCount(): number {
    return this.#ready.length;
  }

  /** What is missing before the next trade that is held, or that is known to be there. */
  get hole(): IdHole | undefined {
    if (this.#held.size === 0)
      return this.#head.id > this.#reached
        ? { from: this.#reached, to: this.#head.id, endMs: this.#head.endMs }
        : undefined;
    let next: CoinbaseTrade | undefined;
    for (const trade of this.#held.values()) if (next === undefined || trade.id < next.id) next = trade;
    return next === undefined ? undefined : { from: this.#reached, to: next.id - 1, endMs: msOf(next) };
  }

  /** Says when the trade happened that the table has last, where nothing later is known. */
  remember(lastTimeMs: number | undefined): void {
    this.#lastTimeMs ??= lastTimeMs;
  }

  offer(trade: CoinbaseTrade): Offer {
    const ms = msOf(trade);
    if (trade.id <= this.#reached) return this.#isReset(trade.id, ms) ? "reset" : "repeated";
    this.know(trade.id, ms);
    if (trade.id === this.#reached + 1) {
      this.#take(trade);
      this.#takeHeld();
      return "taken";
    }
    if (this.#held.has(trade.id)) return "repeated";
    if (this.#held.size >= this.#heldMax) return "left";
    this.#held.set(trade.id, trade);
    return "held";
  }

  /** Says that a trade is there, which happened no later than an instant. */
  know(id: number, endMs: number | undefined): void {
    if (id > this.#head.id) this.#head = { id, endMs };
  }

  /**
   * Says that the ids up to one are no trades, or that they come another way.
   *
   * @param endMs no trade up to it is later.
   */
  passTo(id: number, endMs?: number): void {
    if (id <= this.#reached) return;
    this.#reached = id;
    if (endMs !== undefined) this.#lastTimeMs = Math.max(this.#lastTimeMs ?? endMs, endMs);
    for (const held of this.#held.keys()) if (held <= id) this.#held.delete(held);
    this.#takeHeld();
  }

  /** Hands out trades in their order. */
  take(max: number): readonly CoinbaseTrade[] {
    const taken = this.#ready.slice(0, max);
    this.#ready = this.#ready.slice(max);
    return taken;
  }

  #take(trade: CoinbaseTrade): void {
    this.#reached = trade.id;
    this.#lastTimeMs = msOf(trade) ?? this.#lastTimeMs;
    this.#ready.push(trade);
  }

  #takeHeld(): void {
    for (;;) {
      const next = this.#held.get(this.#reached + 1);
      if (next === undefined) return;
      this.#held.delete(next.id);
      this.#take(next);
    }
  }

  #isReset(id: number, ms: number | undefined): boolean {
    const lastMs = this.#lastTimeMs;
    if (ms === undefined || lastMs === undefined) return false;
    return ms > lastMs + resetAgeMs || (id < this.#reached - resetDistance && ms > lastMs);
  }
}

export function msOf({ timeUs }: CoinbaseTrade): number | undefined {
  return timeUs === undefined ? undefined : Math.floor(timeUs / 1000);
}
