import type { RangeSet } from "../market/range-set.ts";

/** Which parts of a series providers answered without a bar. Such an answer holds for the provider that gave it alone. */
export interface EmptyAnswers {
  /** No provider that was asked has a bar of it. */
  readonly open: RangeSet;
  readonly byProvider: ReadonlyMap<string, RangeSet>;
}

export const noEmptyAnswers: EmptyAnswers = { open: [], byProvider: new Map() };
