import { instantMs, kind, optionsOf, required } from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import type { Candle } from "./candle.ts";
import type { Decimal8 } from "./decimal.ts";
import { MarketError } from "./errors.ts";
import { formatInstant, timeRangeKind, type TimeRange } from "./time-range.ts";
import { floorToTimeframe, timeframeKind, timeframeMs, type Timeframe } from "./timeframe.ts";

/**
 * Builds coarser bars from finer ones. Each is labelled by its open and holds the source bars that open in `[open, open + to)`.
 * Only buckets wholly inside `coverage`, the time that the source was asked for, come out: a bar with an unknown part is not
 * complete. A bucket without a source bar gives no bar.
 *
 * Volumes are summed exactly. A source bar without volume adds nothing; the sum is null only when no source bar
 * in the bucket has a volume.
 *
 * @throws MarketError UNSORTED_CANDLES when open times do not strictly ascend.
 */
export function resample(candles: Iterable<Candle>, to: Timeframe, coverage: TimeRange): Candle[] {
  assertArguments("resample", { candles, to, coverage }, resampleArguments);
  const durationMs = timeframeMs(to);
  const result: Candle[] = [];
  let bucket: Bucket | undefined;
  let previousMs = Number.NEGATIVE_INFINITY;
  let place = 0;
  for (const candle of candles) {
    if (!isCandle(candle)) assertCandle(candle, place);
    place += 1;
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

/** It runs for every bar, so it does not say what is wrong. */
function isCandle(candle: Candle): boolean {
  return (
    Number.isSafeInteger(candle?.openTimeMs) &&
    typeof candle.open === "bigint" &&
    typeof candle.high === "bigint" &&
    typeof candle.low === "bigint" &&
    typeof candle.close === "bigint" &&
    (candle.volume === null || typeof candle.volume === "bigint")
  );
}

/** @throws MarketError INVALID_ARGUMENT */
function assertCandle(candle: Candle, place: number): void {
  const name = `candles[${place}]`;
  assertArguments("resample", { [name]: candle }, { [name]: required(optionsOf(candleMembers)) });
}

const decimal8: OptionKind<Decimal8> = kind(
  "a bigint in units of 0.00000001, such as 4250050000000n for 42500.5",
  (value) => typeof value === "bigint",
);

const candleMembers: OptionTable<Candle> = {
  openTimeMs: required(instantMs),
  open: required(decimal8),
  high: required(decimal8),
  low: required(decimal8),
  close: required(decimal8),
  volume: required(
    kind(`${decimal8.expects}, or null`, (value) => value === null || typeof value === "bigint"),
  ),
};

const resampleArguments = {
  candles: required(
    kind(
      "a list of candles, or an iterable of them",
      (value) => typeof value === "object" && value !== null && Symbol.iterator in value,
    ),
  ),
  to: required(timeframeKind),
  coverage: required(timeRangeKind),
};

function unsorted(previousMs: number, openTimeMs: number): MarketError {
  return new MarketError(
    "UNSORTED_CANDLES",
    `Candles must ascend by open time: ${formatInstant(openTimeMs)} follows ${formatInstant(previousMs)}.`,
  );
}
