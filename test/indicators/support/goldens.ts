import { randomBars } from "./random-bars.ts";
import type { DoubleBars } from "./random-bars.ts";

/** What TA-Lib says of one output of one case. */
export interface Golden {
  readonly function: string;
  readonly output: string;
  /** The index of the first value. */
  readonly first: number;
  /** At {@link goldenPlaces}. */
  readonly values: readonly number[];
}

export const goldenBars: DoubleBars = randomBars(400, 11);

/** The first values, and every 29th from there on. */
export function goldenPlaces(first: number): readonly number[] {
  const places: number[] = [];
  for (let at = first; at < goldenBars.close.length; at += at < first + 3 ? 1 : 29) places.push(at);
  return places;
}
