import type { Clock } from "../../../seams/clock.ts";
import { ProviderError } from "../../../providers/provider-error.ts";
import { StreamingError } from "../../streaming-error.ts";
import { tradesPerPage } from "./trade-history.ts";
import type { TradeHistory } from "./trade-history.ts";
import type { CoinbaseMarket } from "./coinbase-market.ts";
import type { CoinbaseTrade } from "./coinbase-trade.ts";

export interface Filling {
  readonly history: TradeHistory;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly tell: (message: string) => void;
}

const againMs = 1000;
const patienceMsMax = 60_000;
/** So often an answer has to lack an id before there is no such trade: an answer may be older than the feed. */
const asksOfLacking = 3;

/** Fetches what is missing of a market, the oldest first, until nothing is. `onPage` waits where enough lies ready. */
export async function fillHoles(
  market: CoinbaseMarket,
  filling: Filling,
  onPage: () => Promise<void>,
): Promise<void> {
  const { trades, product } = market;
  for (let lacking = 0; market.wantsFill && !filling.signal.aborted;) {
    const { hole } = trades;
    if (hole === undefined) return;
    const upTo = Math.min(hole.from + tradesPerPage, hole.to);
    const page = await fetchPage(market, upTo, filling);
    if (page === undefined) return;
    for (const trade of page) if (trade.id > trades.reached) market.offer(trade);
    await onPage();
    if (trades.reached > hole.from) {
      lacking = 0;
      continue;
    }
    lacking += 1;
    const next = page.find(({ id }) => id > hole.from);
    if (lacking >= asksOfLacking && (next !== undefined || (await isOlderThanHead(market, upTo, filling)))) {
      const to = next === undefined ? upTo : next.id - 1;
      filling.tell(
        `Coinbase has no trades ${hole.from + 1} to ${to} of ${product}: there are none with these ids.`,
      );
      trades.passTo(to);
      for (const trade of page) if (trade.id > trades.reached) market.offer(trade);
      lacking = 0;
    } else await pause(Math.min(againMs * lacking, patienceMsMax), filling);
  }
}

/** A page; asked for until it comes. `undefined` when the market or the stream has stopped. */
export async function fetchPage(
  market: Pick<CoinbaseMarket, "product" | "stop" | "isStopped">,
  upTo: number | undefined,
  { history, clock, signal, tell }: Filling,
  limit: number = tradesPerPage,
): Promise<readonly CoinbaseTrade[] | undefined> {
  for (
    let pauseMs = againMs;
    !signal.aborted && !market.isStopped;
    pauseMs = Math.min(2 * pauseMs, patienceMsMax)
  ) {
    try {
      return await history.upTo(market.product, upTo, limit);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof ProviderError)) throw error;
      if (error.code === "UNKNOWN_SYMBOL") {
        market.stop(new StreamingError("SUBSCRIPTION_REFUSED", error.message, { cause: error }));
        return undefined;
      }
      tell(
        `Trades of ${market.product} that are missing cannot be fetched, and are asked for again in ${pauseMs / 1000} s: ${error.message}`,
      );
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }
  return undefined;
}

/** Whether the exchange tells of later trades over REST, so the earlier ones are not just on their way there. */
async function isOlderThanHead(market: CoinbaseMarket, id: number, filling: Filling): Promise<boolean> {
  const head = await fetchPage(market, undefined, filling, 1);
  return (head?.at(-1)?.id ?? 0) > id;
}

async function pause(durationMs: number, { clock, signal }: Filling): Promise<void> {
  await clock.sleep(durationMs, signal).catch(() => undefined);
}
