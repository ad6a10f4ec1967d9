import type { AssetPair } from "../../../market/asset-pair.ts";
import type { TimeRange } from "../../../market/time-range.ts";
import { heldBackPartition } from "../message-source.ts";
import { messageOf } from "./coinbase-market.ts";
import type { CoinbaseChunk, CoinbaseMarket } from "./coinbase-market.ts";
import { fetchPage } from "./fill-holes.ts";
import type { Filling } from "./fill-holes.ts";
import { msOf } from "./product-trades.ts";
import { tradesPerPage } from "./trade-history.ts";

/** A part of a market's trades that is fetched while later ones flow. */
export interface HeldBackPart {
  readonly market: CoinbaseMarket;
  readonly assetPair: AssetPair;
  readonly from: number;
  readonly to: number;
  /** How far it is. */
  readonly position: number;
}

const againMs = 2000;

/** Fetches a part from its oldest trade on; `hand` waits until a chunk is taken. */
export async function fillHeldBack(
  { market, assetPair, from, to, position }: HeldBackPart,
  filling: Filling,
  hand: (chunk: CoinbaseChunk) => Promise<void>,
): Promise<void> {
  const partition = heldBackPartition(market.product, { from, to });
  let reached = position;
  let isAgain = false;
  while (reached < to && !filling.signal.aborted) {
    const after = Math.min(reached + tradesPerPage, to);
    const page = await fetchPage(market, after, filling);
    if (page === undefined) return;
    const trades = page.filter(({ id }) => id > reached && id <= after);
    if (trades.length < after - reached && !isAgain) {
      isAgain = true;
      await filling.clock.sleep(againMs, filling.signal).catch(() => undefined);
      continue;
    }
    if (isAgain && trades.length < after - reached)
      filling.tell(
        `Coinbase has ${trades.length} trades with ids of ${reached + 1} to ${after} of ${market.product}: there are no others.`,
      );
    isAgain = false;
    reached = after;
    const nowMs = filling.clock.now();
    const range = reached < to ? undefined : await rangeOf(market, from, to, filling);
    const messages = trades.map((trade) => messageOf(trade, nowMs));
    const proof = range === undefined ? undefined : { provider: "coinbase", assetPair, range };
    await hand({ partition, messages, after, proof });
  }
}

/** From the trade before a part to the one behind it. */
async function rangeOf(
  market: CoinbaseMarket,
  from: number,
  to: number,
  filling: Filling,
): Promise<TimeRange | undefined> {
  const before = from === 0 ? undefined : (await fetchPage(market, from, filling, 1))?.at(-1);
  const behind = (await fetchPage(market, to + 1, filling, 1))?.at(-1);
  const endMs = behind === undefined ? undefined : msOf(behind);
  const startMs = before === undefined ? 0 : msOf(before);
  return startMs === undefined || endMs === undefined ? undefined : { startMs, endMs: endMs + 1 };
}
