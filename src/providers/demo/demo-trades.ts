import { hashText, hashUnit } from "./demo-hash.ts";
import type { UnitBar } from "./demo-path.ts";

/** A made-up trade in whole units, as the bars of `DemoPath` have them. */
export interface DemoTrade {
  /** Counts over all minutes, those without a market too. */
  readonly id: number;
  readonly timeMs: number;
  readonly price: number;
  readonly size: number;
  readonly side: "buy" | "sell";
}

const tradesAMinute = 60;
const minuteMs = 60_000;

/** The id of the first trade of a minute. */
export function firstTradeOf(openTimeMs: number): number {
  return (openTimeMs / minuteMs) * tradesAMinute;
}

/** When the minute of a trade opens: milliseconds since the epoch. */
export function minuteOfTrade(id: number): number {
  return Math.floor(id / tradesAMinute) * minuteMs;
}

/**
 * The trades of a minute, of which its bar is made: the first has its open and the last its close, some have its high and its
 * low, and their sizes add up to its volume. One each second; fewer than four cannot show all four prices.
 */
export function tradesOfMinute(bar: UnitBar, seed: number): readonly DemoTrade[] {
  const stream = hashText("trades", seed);
  // A size is one unit at least. Where there are too few units, there are fewer trades.
  const count = Math.min(tradesAMinute, bar.volume);
  const minute = bar.openTimeMs / minuteMs;
  const unitOf = (place: number, kind: number): number =>
    hashUnit(stream, kind, minute * tradesAMinute + place);
  const highAt = 1 + Math.floor(unitOf(0, 0) * Math.max(0, count - 2));
  const wanted = 1 + Math.floor(unitOf(0, 1) * Math.max(0, count - 2));
  const lowAt = wanted === highAt ? (highAt === 1 ? 2 : highAt - 1) : wanted;
  const each = Math.floor(bar.volume / count);
  let left = bar.volume - each * count;
  return Array.from({ length: count }, (_, place): DemoTrade => {
    const more = place === count - 1 ? left : Math.floor(left * unitOf(place, 2) * 0.2);
    left -= more;
    return {
      id: minute * tradesAMinute + place,
      timeMs: bar.openTimeMs + Math.floor((place * minuteMs) / tradesAMinute + unitOf(place, 3) * 900),
      price: priceAt(place, bar, { count, highAt, lowAt, unit: unitOf(place, 4) }),
      size: each + more,
      side: unitOf(place, 5) < 0.5 ? "buy" : "sell",
    };
  });
}

interface Place {
  readonly count: number;
  readonly highAt: number;
  readonly lowAt: number;
  readonly unit: number;
}

function priceAt(place: number, bar: UnitBar, { count, highAt, lowAt, unit }: Place): number {
  if (place === 0) return bar.open;
  if (place === count - 1) return bar.close;
  if (place === highAt) return bar.high;
  if (place === lowAt) return bar.low;
  const middle = bar.open + ((bar.close - bar.open) * place) / count;
  return Math.round(
    Math.min(bar.high, Math.max(bar.low, middle + (bar.high - bar.low) * (unit - 0.5) * 0.5)),
  );
}
