import { msOf } from "./product-trades.ts";
import type { TradeHistory } from "./trade-history.ts";

const pageSize = 1000;

/** The id of the last trade before an instant, 0 when there is none: ids grow with time, so it is found by halving. */
export async function idBefore(history: TradeHistory, product: string, instantMs: number): Promise<number> {
  const [head] = await history.upTo(product, undefined, 1);
  if (head === undefined) return 0;
  let before = 0;
  let behind = head.id + 1;
  while (behind - before > 1) {
    const middle = Math.floor((before + behind) / 2);
    const page = await history.upTo(product, middle, Math.min(pageSize, middle - before));
    const last = page.findLast((trade) => (msOf(trade) ?? Infinity) < instantMs);
    const next = page.find((trade) => (msOf(trade) ?? -Infinity) >= instantMs);
    if (last === undefined && next === undefined) before = middle;
    if (last !== undefined) before = Math.max(before, last === page.at(-1) ? middle : last.id);
    if (next !== undefined) behind = Math.min(behind, next.id);
  }
  return before;
}
