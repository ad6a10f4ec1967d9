import { countBars } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { RangeSet } from "../../market/range-set.ts";

/**
 * How often a series has no bar although its market is open and its provider was asked: silences, each of one bar or of
 * several in a row.
 */
export interface Thinness {
  readonly silences: number;
  /** The chance that a silence begins behind a bar: what a long outage does not raise, since it begins once. */
  readonly begins: number;
  /** The chance that a silence goes on for one more bar. */
  readonly goesOn: number;
}

/** From so many silences on their usual length can be told. */
const silencesToMeasure = 20;
/** The longest ones are left out of that: they may be the outages that are looked for. */
const longestLeftOut = 0.01;

export function thinnessOf(silences: RangeSet, barsThere: number, timeframe: Timeframe): Thinness {
  const begins = Math.min(1, silences.length / Math.max(1, barsThere));
  if (silences.length < silencesToMeasure) return { silences: silences.length, begins, goesOn: begins };
  const lengths = silences
    .map((range) => countBars(range, timeframe))
    .toSorted((one, other) => one - other)
    .slice(0, -Math.ceil(silences.length * longestLeftOut));
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  // Where silences come in stretches, at night say, they are longer than chance alone makes them.
  return { silences: silences.length, begins, goesOn: Math.max(begins, 1 - 1 / meanLength) };
}

/** A series with so rare silences trades all the time: what it lacks is no quiet minute. */
const alwaysTradesBelow = 1 / 1000;
/** The same of a series with a few silences, which are no habit of it. */
const fewSilences = 10;
const alwaysTradesBelowWithFew = 1 / 200;
/** An outage is what a series as thin as this one has by chance less than once in 50 such series. */
const chanceMax = 1 / 50;

/**
 * Whether so many missing bars in a row are more than the thinness of the series explains. Judged is how many such rows the
 * whole series would have by chance, not how likely this one is: with enough bars unlikely rows come up.
 */
export function isOutage(thinness: Thinness, missingBars: number): boolean {
  const isFew = thinness.silences < fewSilences;
  if (thinness.begins < (isFew ? alwaysTradesBelowWithFew : alwaysTradesBelow)) return true;
  // The one that is judged says nothing about the others; without any, half a one is assumed.
  const others = thinness.silences - 1 + 0.5;
  const share = others / thinness.silences;
  const goesOn = thinness.silences < silencesToMeasure ? thinness.goesOn * share : thinness.goesOn;
  return others * goesOn ** (missingBars - 1) < chanceMax;
}
