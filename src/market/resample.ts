import type { Candle } from "./candle.ts";
import type { Decimal8 } from "./decimal.ts";
import { MarketError } from "./errors.ts";
import { formatInstant, type TimeRange } from "./time-range.ts";
import { floorToTimeframe, timeframeMs, type Timeframe } from "./timeframe.ts";

/**
 * Builds coarser bars from finer ones: each is named by its open and holds the source bars that open in
 * `[open, open + to)`. Only buckets that lie wholly inside `coverage` (the time that the source was asked for)
 * come out, so that a bar of which only a part is known is never passed off as complete. Buckets without a
 * source bar produce nothing.
 *
 * Volumes are summed exactly. A source bar without volume adds nothing; the sum is null only when no source bar
 * in the bucket has a volume.
 *
 * @throws MarketError UNSORTED_CANDLES when open times do not strictly ascend.
 */
export function resample(candles: Iterable<Candle>, to: Timeframe, coverage: TimeRange): Candle[] {
  const durationMs = timeframeMs(to);
  const result: Candle[] = [];
  let bucket: Bucket | undefined;
  let previousMs = Number.NEGATIVE_INFINITY;
  for (const candle of candles) {
    if (candle.openTimeMs <= previousMs) throw unsorted(previousMs, candle.openTimeMs);
    previousMs = candle.openTimeMs;
    if (bucket !== undefined && candle.openTimeMs < bucket.openTimeMs + durationMs) {
      absorb(bucket, candle);
      continue;
    }
    if (bucket !== undefined) result.push(bucket);
    const openTimeMs = floorToTimeframe(candle.openTimeMs, to);
    const covered = openTimeMs >= coverage.startMs && openTimeMs + durationMs <= coverage.endMs;
    bucket = covered ? { ...candle, openTimeMs } : undefined;
  }
  if (bucket !== undefined) result.push(bucket);
  return result;
}

interface Bucket {
  readonly openTimeMs: number;
  readonly open: Decimal8;
  high: Decimal8;
  low: Decimal8;
  close: Decimal8;
  volume: Decimal8 | null;
}

function absorb(bucket: Bucket, candle: Candle): void {
  if (candle.high > bucket.high) bucket.high = candle.high;
  if (candle.low < bucket.low) bucket.low = candle.low;
  bucket.close = candle.close;
  if (candle.volume !== null) bucket.volume = (bucket.volume ?? 0n) + candle.volume;
}

function unsorted(previousMs: number, openTimeMs: number): MarketError {
  return new MarketError(
    "UNSORTED_CANDLES",
    `Candles must ascend by open time: ${formatInstant(openTimeMs)} follows ${formatInstant(previousMs)}.`,
  );
}
