import type { AssetPair } from "../../../market/asset-pair.ts";
import type { Trade } from "../../../market/trade.ts";
import type { Decoded } from "../../formats/decoded.ts";
import { StreamingError } from "../../streaming-error.ts";
import type { HeldBack, MessageChunk, Proof, StreamMessage } from "../message-source.ts";
import { msOf, ProductTrades } from "./product-trades.ts";
import type { CoinbaseTrade } from "./coinbase-trade.ts";

export interface MarketLimits {
  /** Trades that are fetched at once to close a hole; more are held back. */
  readonly fillMax: number;
  /** Trades of one market that wait behind a hole. */
  readonly heldMax: number;
}

export type CoinbaseChunk = MessageChunk<Decoded<Trade>>;

/** A heartbeat tells of trades that may still be on their way for so long. */
const heartbeatPatienceMs = 2000;
/** A heartbeat may be so much ahead of trades that happened before it. */
const heartbeatMarginMs = 2000;
/** Proofs without a trade are told this often. */
const quietProofMs = 1000;
const chunkMax = 5000;
/** About what a trade takes as a message. */
const bytesOfTrade = 250;

/** One market of the feed: its trades in order, and what is proven of them. */
export class CoinbaseMarket {
  readonly product: string;
  readonly trades: ProductTrades;
  readonly #assetPair: AssetPair;
  readonly #limits: MarketLimits;
  /** What was handed out. */
  #position: number;
  /** Where the next proof begins; `undefined` before anything is known. */
  #provenToMs: number | undefined;
  /** The oldest heartbeat that told of trades which did not come yet. */
  #promised: { readonly id: number; readonly timeMs: number } | undefined;
  /** By heartbeats: nothing that happened before is missing. */
  #quietToMs: number | undefined;
  /** Of a feed whose heartbeats have no ids: whether all trades of before it are known. */
  isSynced = false;
  #stopped: StreamingError | undefined;
  #isStopTold = false;

  constructor(product: string, assetPair: AssetPair, position: number, limits: MarketLimits) {
    this.product = product;
    this.#assetPair = assetPair;
    this.#position = position;
    this.#limits = limits;
    this.trades = new ProductTrades(position, limits.heldMax);
  }

  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Whether something is missing that is to be fetched now. */
  get wantsFill(): boolean {
    const { hole } = this.trades;
    return !this.isStopped && hole !== undefined && hole.to - hole.from <= this.#limits.fillMax;
  }

  /** Says when the trade happened that the table has last. */
  remember(lastTimeMs: number): void {
    this.trades.remember(lastTimeMs);
    this.#provenToMs ??= lastTimeMs + 1;
  }

  stop(error: StreamingError): void {
    this.#stopped ??= error;
  }

  offer(trade: CoinbaseTrade): void {
    if (this.isStopped || this.trades.offer(trade) !== "reset") return;
    this.stop(idsReset(this.product, this.trades.reached, trade.id));
  }

  /** @param lastTradeId `undefined` where the feed does not say it. */
  heartbeat(timeMs: number, lastTradeId: number | undefined): void {
    const { reached } = this.trades;
    if (lastTradeId === undefined) {
      if (this.isSynced && this.trades.hole === undefined) this.#quietToMs = timeMs - heartbeatMarginMs;
      return;
    }
    if (lastTradeId <= reached) {
      this.#quietToMs = timeMs - heartbeatMarginMs;
      this.#promised = undefined;
      return;
    }
    const promised = this.#promised;
    if (promised === undefined || promised.id <= reached) this.#promised = { id: lastTradeId, timeMs };
    else if (timeMs - promised.timeMs >= heartbeatPatienceMs) this.trades.know(promised.id, promised.timeMs);
  }

  /** What can be handed out now, in order. */
  *chunks(nowMs: number): Generator<CoinbaseChunk> {
    while (this.trades.readyCount > 0) yield this.#tradesChunk(nowMs);
    if (this.#stopped !== undefined) {
      if (!this.#isStopTold) yield { ...this.#chunk([]), stopped: this.#stopped };
      this.#isStopTold = true;
      return;
    }
    if (this.trades.reached > this.#position) yield this.#chunk([]);
    const passed = this.#passOver();
    if (passed !== undefined) {
      yield passed;
      yield* this.chunks(nowMs);
      return;
    }
    const quietToMs = this.#quietToMs;
    if (quietToMs !== undefined && quietToMs - (this.#provenToMs ?? quietToMs) >= quietProofMs)
      yield { ...this.#chunk([]), proof: this.#prove(quietToMs) };
  }

  #tradesChunk(nowMs: number): CoinbaseChunk {
    const trades = this.trades.take(chunkMax);
    const lastMs = trades.findLast(({ timeUs }) => timeUs !== undefined);
    const firstMs = trades.find(({ timeUs }) => timeUs !== undefined);
    if (firstMs !== undefined) this.#provenToMs ??= (msOf(firstMs) ?? 0) + 1;
    const endMs = lastMs === undefined ? undefined : msOf(lastMs);
    const chunk = this.#chunk(trades.map((trade) => messageOf(trade, nowMs)));
    return endMs === undefined ? chunk : { ...chunk, proof: this.#prove(endMs) };
  }

  #chunk(messages: readonly StreamMessage<Decoded<Trade>>[]): CoinbaseChunk {
    const last = messages.at(-1);
    this.#position = last !== undefined && this.trades.readyCount > 0 ? last.after : this.#reached(last);
    return { partition: this.product, messages, after: this.#position };
  }

  #reached(last: StreamMessage<Decoded<Trade>> | undefined): number {
    return Math.max(this.trades.reached, last?.after ?? 0);
  }

  #prove(endMs: number): Proof | undefined {
    const startMs = this.#provenToMs;
    if (startMs === undefined || endMs <= startMs) return undefined;
    this.#provenToMs = endMs;
    return { provider: "coinbase", assetPair: this.#assetPair, range: { startMs, endMs } };
  }

  /** Goes on behind a hole that would take long to fill. */
  #passOver(): CoinbaseChunk | undefined {
    const { hole } = this.trades;
    if (hole === undefined || hole.to - hole.from <= this.#limits.fillMax) return undefined;
    const endMs = (hole.endMs ?? this.#provenToMs ?? 0) + 1;
    const startMs = Math.min(this.#provenToMs ?? endMs, endMs);
    const heldBack: HeldBack = { from: hole.from, to: hole.to, range: { startMs, endMs } };
    this.trades.passTo(hole.to, endMs);
    // A trade behind it may be of the same millisecond as the last one in it.
    this.#provenToMs = endMs;
    this.#position = hole.to;
    return { partition: this.product, messages: [], after: hole.to, heldBack };
  }
}

/** A trade as a message: its position is its id. */
export function messageOf({ id, decoded }: CoinbaseTrade, receivedMs: number): StreamMessage<Decoded<Trade>> {
  return { value: decoded, after: id, label: String(id), size: bytesOfTrade, receivedMs };
}

export function idsReset(product: string, reached: number, id: number): StreamingError {
  return new StreamingError(
    "IDS_RESET",
    `${product}: Coinbase counts its trades anew: after ${reached} came ${id}, which is newer. Its ids mean other trades now, so this market stops.`,
    { nextStep: "A stream of another name begins anew: --name, with --start." },
  );
}
