import * as fc from "fast-check";

import { timeframeMs } from "../../../src/market/timeframe.ts";
import type { Timeframe } from "../../../src/market/timeframe.ts";
import { numbersFrom } from "../../indicators/support/random-bars.ts";
import type { BronzeBar } from "./bronze-bar.ts";

/** The rows that come into Bronze before each run. */
export type Arrivals = readonly (readonly BronzeBar[])[];

/** In which order bars come: by time, at random, some of them late, or older history at the end. */
type Order = "by time" | "at random" | "some late" | "history last";

const startMs = Date.UTC(2025, 11, 22);
const dayMs = 86_400_000;
const unit = 1e8;

/**
 * Series of some assets, with bars that are missing, that stand still, that lack a volume, that several providers have, that
 * are mock, that are revised, and now and then one with impossible prices; in any order, in any number of parts.
 */
export function arrivals(mostBars: number): fc.Arbitrary<Arrivals> {
  return fc
    .record({
      seed: fc.integer(),
      series: fc.uniqueArray(
        fc.record({
          assetPair: fc.constantFrom("BTCUSD", "EURUSD", "MSFT", "ES.FUTURE"),
          timeframe: fc.constantFrom<Timeframe>("1m", "5m", "15m", "1h", "4h", "1d"),
          bars: fc.integer({ min: 1, max: mostBars }),
        }),
        { minLength: 1, maxLength: 3, selector: ({ assetPair, timeframe }) => `${assetPair} ${timeframe}` },
      ),
      order: fc.constantFrom<Order>("by time", "at random", "some late", "history last"),
      parts: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ seed, series, order, parts }) => {
      const next = numbersFrom(seed);
      const rows = ordered(
        series.flatMap(({ assetPair, timeframe, bars }) => walk(next, assetPair, timeframe, bars)),
        order,
        next,
      );
      return cut(rows, parts, next).map((part, index) =>
        part.map((row) => ({
          ...row,
          extractedAtMs: startMs + (100 + index * Math.ceil(next() * 5)) * dayMs,
        })),
      );
    });
}

function walk(next: () => number, assetPair: string, timeframe: Timeframe, count: number): BronzeBar[] {
  const rows: BronzeBar[] = [];
  let price = 100;
  for (let index = 0; index < count; index++) {
    if (next() < 0.05) continue;
    const isStill = next() < 0.1;
    const open = price;
    if (!isStill) price = Math.max(0.01, rounded(price * (1 + (next() - 0.5) * 0.02)));
    const reach = isStill ? 0 : next() * 0.004;
    const bar = {
      assetPair,
      timeframe,
      openTimeMs: startMs + index * timeframeMs(timeframe),
      open: decimal(open),
      high: decimal(rounded(Math.max(open, price) * (1 + reach))),
      low: decimal(rounded(Math.min(open, price) * (1 - reach))),
      close: decimal(price),
      volume: next() < 0.03 ? null : decimal(rounded(next() * 100)),
      provider: "coinbase",
      isMock: next() < 0.02,
      extractedAtMs: 0,
    };
    rows.push(bar);
    if (next() < 0.05)
      rows.push({ ...bar, close: bar.low, provider: anyOf(next, ["alpha_vantage", "oanda", "other"]) });
    if (next() < 0.02) rows.push({ ...bar, close: bar.high });
    if (next() < 0.01) rows.push({ ...bar, high: bar.low - 1n, provider: "alpha_vantage" });
  }
  return rows;
}

function ordered(rows: readonly BronzeBar[], order: Order, next: () => number): readonly BronzeBar[] {
  const byTime = rows.toSorted((one, other) => one.openTimeMs - other.openTimeMs);
  switch (order) {
    case "by time":
      return byTime;
    case "at random":
      return shuffled(byTime, next);
    case "some late": {
      const isLate = byTime.map(() => next() < 0.01);
      return [
        ...byTime.filter((_, index) => isLate[index] !== true),
        ...byTime.filter((_, index) => isLate[index]),
      ];
    }
    case "history last": {
      const first = Math.floor(byTime.length / 3);
      return [...byTime.slice(first), ...byTime.slice(0, first)];
    }
  }
}

function cut(rows: readonly BronzeBar[], parts: number, next: () => number): (readonly BronzeBar[])[] {
  const ends = Array.from({ length: parts - 1 }, () => Math.floor(next() * rows.length)).toSorted(
    (a, b) => a - b,
  );
  return [0, ...ends].map((start, index) => rows.slice(start, ends[index] ?? rows.length));
}

function shuffled<Item>(items: readonly Item[], next: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, place: next() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

function anyOf(next: () => number, names: readonly string[]): string {
  return names[Math.floor(next() * names.length)] ?? "";
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function decimal(value: number): bigint {
  return BigInt(Math.round(value * unit));
}
