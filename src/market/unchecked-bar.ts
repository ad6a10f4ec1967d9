import type { DecimalSource } from "./decimal.ts";

/**
 * One bar as it came from a provider, a file or a stream, not checked yet: fields may be missing, malformed or absurd. Numbers
 * keep the source's own notation as text where it has one, or where a float would not hold them exactly.
 */
export interface UncheckedBar {
  /** Bar open, milliseconds since the epoch, UTC; `undefined` when the source's time could not be read. */
  readonly openTimeMs: number | undefined;
  readonly open: DecimalSource | undefined;
  readonly high: DecimalSource | undefined;
  readonly low: DecimalSource | undefined;
  readonly close: DecimalSource | undefined;
  /** `null` when the source has no volume for this market; `undefined` when it should be there and is not. */
  readonly volume: DecimalSource | null | undefined;
  /** Whether it opens on the grid of its market's sessions, which may lie off the grid of UTC. */
  readonly isOnMarketGrid?: boolean | undefined;
  /** Why the record is no bar, where that shows before its values are looked at. */
  readonly flaw?: string | undefined;
  /** The record as it came, for the dead letter queue. */
  readonly raw: unknown;
}

/** Bars that came together. */
export interface UncheckedBars {
  readonly bars: readonly UncheckedBar[];
  /** Where they came from, for `_source_file`: a URL without secrets, or a file. */
  readonly source: string;
}
