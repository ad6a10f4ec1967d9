import type { Candle } from "../../src/market/candle.ts";
import { randomAt } from "./random-at.ts";
import type { CandleSource } from "./candle-source.ts";

/**
 * The same market with broken copies of some of its bars beside them, always the same by seed: a high below the low, a
 * price below zero, a close above the high.
 *
 * @param share of the bars that have such a copy, from 0 to 1.
 */
export function dirtySource(source: CandleSource, seed: number, share: number): CandleSource {
  return {
    has: (canonical) => source.has(canonical),
    candles: (canonical, timeframe, range) =>
      source.candles(canonical, timeframe, range).flatMap((bar) => {
        const chance = randomAt(seed, `${canonical} ${timeframe} ${bar.openTimeMs}`);
        return chance < share ? [bar, broken(bar, chance / share)] : [bar];
      }),
  };
}

function broken(bar: Candle, chance: number): Candle {
  if (chance < 1 / 3) return { ...bar, high: bar.low - 1n, low: bar.high + 1n };
  return chance < 2 / 3 ? { ...bar, low: -bar.low } : { ...bar, close: bar.high + 1_000_000n };
}
