import type { Candle } from "../market/candle.ts";
import { parseDecimal8, roundDecimal8 } from "../market/decimal.ts";
import type { Decimal8, DecimalSource } from "../market/decimal.ts";
import { isOnGrid } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { describePriceLimits, plain } from "../market/value-limits.ts";
import type { ValueLimits } from "../market/value-limits.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { RejectedRow } from "../dead-letters/rejected-rows.ts";
import type { UncheckedBar, UncheckedBars } from "../market/unchecked-bar.ts";

/** Why a bar is not stored whose time is not over: its values still change. */
export const notComplete = "bar not complete yet";

export interface CheckedBars {
  /** Ascending by open time. */
  readonly candles: readonly Candle[];
  readonly rejected: readonly RejectedRow[];
}

/**
 * The checks that every bar passes before it may be committed: required fields, finite and positive numbers,
 * `high >= low`, open and close within `[low, high]`, prices and volumes within the series' limits, a time on the timeframe's grid
 * and inside the asked range, one bar for each time.
 *
 * Prices must have at most eight decimals, since they are stored exactly; volumes are rounded to eight, half to even,
 * because exchanges send sums with the noise of binary fractions.
 */
export function checkBars(
  page: UncheckedBars,
  timeframe: Timeframe,
  range: TimeRange,
  limits: ValueLimits,
): CheckedBars {
  const candles: Candle[] = [];
  const rejected: RejectedRow[] = [];
  const seen = new Set<number>();
  for (const bar of page.bars) {
    const checked = checkBar(bar, timeframe, range, limits, seen);
    if (typeof checked === "string") rejected.push(rejectedRow(bar, checked, page.source));
    else {
      seen.add(checked.openTimeMs);
      candles.push(checked);
    }
  }
  return { candles: candles.toSorted((left, right) => left.openTimeMs - right.openTimeMs), rejected };
}

/** The candle, or why the bar is refused. */
function checkBar(
  bar: UncheckedBar,
  timeframe: Timeframe,
  range: TimeRange,
  limits: ValueLimits,
  seen: ReadonlySet<number>,
): Candle | string {
  const { openTimeMs, flaw } = bar;
  if (flaw !== undefined) return flaw;
  if (openTimeMs === undefined) return "timestamp missing or unreadable";
  if (!isOnGrid(openTimeMs, timeframe) && bar.isOnMarketGrid !== true)
    return `timestamp not on the ${timeframe} grid`;
  if (openTimeMs < range.startMs || openTimeMs >= range.endMs) return "timestamp outside the asked range";
  const open = checkPrice("open", bar.open, limits);
  if (typeof open === "string") return open;
  const high = checkPrice("high", bar.high, limits);
  if (typeof high === "string") return high;
  const low = checkPrice("low", bar.low, limits);
  if (typeof low === "string") return low;
  const close = checkPrice("close", bar.close, limits);
  if (typeof close === "string") return close;
  if (high < low) return "high < low";
  if (open < low || open > high) return "open not in range";
  if (close < low || close > high) return "close not in range";
  const volume = checkVolume(bar.volume, limits);
  if (typeof volume === "string") return volume;
  if (seen.has(openTimeMs)) return "duplicate timestamp";
  return { openTimeMs, open, high, low, close, volume };
}

function checkPrice(name: string, source: DecimalSource | undefined, limits: ValueLimits): Decimal8 | string {
  if (source === undefined || source === "") return `${name} missing`;
  const price = parseDecimal8(source);
  if (price === "not-a-number") return `${name} is not a finite number`;
  if (price === "too-precise") return `${name} has more than 8 decimals`;
  if (price === "too-large") return priceOutOfRange(limits);
  if (price < 0n) return "negative price";
  return price <= limits.priceMin || price >= limits.priceMax ? priceOutOfRange(limits) : price;
}

function priceOutOfRange(limits: ValueLimits): string {
  return `price out of range ${describePriceLimits(limits)}`;
}

function checkVolume(
  source: DecimalSource | null | undefined,
  { volumeMax }: ValueLimits,
): Decimal8 | null | string {
  if (source === null) return null;
  if (source === undefined || source === "") return "volume missing";
  const volume = roundDecimal8(source);
  if (volume === undefined) return "volume is not a finite number";
  if (volume < 0n) return "negative volume";
  return volume < volumeMax ? volume : `volume out of range, not below ${plain(volumeMax)}`;
}

function rejectedRow(bar: UncheckedBar, reason: string, sourceFile: string): RejectedRow {
  return {
    openTimeMs: bar.openTimeMs,
    reason,
    ...(bar.flaw === undefined ? valuesOf(bar) : noValues),
    sourceFile,
    raw: bar.raw,
  };
}

function valuesOf({ open, high, low, close, volume }: UncheckedBar): typeof noValues {
  return {
    open: textOf(open),
    high: textOf(high),
    low: textOf(low),
    close: textOf(close),
    volume: textOf(volume),
  };
}

/** It is unknown which value of a flawed record is which: the record keeps them, for the user who mends it. */
const noValues: Pick<RejectedRow, "open" | "high" | "low" | "close" | "volume"> = {
  open: null,
  high: null,
  low: null,
  close: null,
  volume: null,
};

function textOf(source: DecimalSource | null | undefined): string | null {
  return source === undefined || source === null ? null : String(source);
}
