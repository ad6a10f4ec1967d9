import type { Candle } from "../market/candle.ts";
import { parseDecimal8, roundDecimal8 } from "../market/decimal.ts";
import type { Decimal8, DecimalSource } from "../market/decimal.ts";
import { isOnGrid } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { RejectedRow } from "../data-quality/dead-letter-queue.ts";
import type { BarPage, ProviderBar } from "../providers/provider.ts";

/** Prices outside this open interval are taken for errors: 0.0001 < price < 1,000,000, at eight decimals. */
const priceMin: Decimal8 = 10_000n;
const priceMax: Decimal8 = 100_000_000_000_000n;
/** What `decimal(28,8)` holds. */
const volumeMax: Decimal8 = 10n ** 28n;

/** Why a bar is not stored whose time is not over: its values still change. */
export const notComplete = "bar not complete yet";

export interface CheckedBars {
  /** Ascending by open time. */
  readonly candles: readonly Candle[];
  readonly rejected: readonly RejectedRow[];
}

/**
 * The checks that every bar passes before it may be committed: required fields, finite and positive numbers,
 * `high >= low`, open and close within `[low, high]`, prices within (0.0001, 1,000,000), a time on the timeframe's grid
 * and inside the asked range, one bar for each time.
 *
 * Prices must have at most eight decimals, since they are stored exactly; volumes are rounded to eight, half to even,
 * because exchanges send sums with the noise of binary fractions.
 */
export function checkBars(page: BarPage, timeframe: Timeframe, range: TimeRange): CheckedBars {
  const candles: Candle[] = [];
  const rejected: RejectedRow[] = [];
  const seen = new Set<number>();
  for (const bar of page.bars) {
    const checked = checkBar(bar, timeframe, range, seen);
    if (typeof checked === "string") rejected.push(rejectedRow(bar, checked, page.source));
    else {
      seen.add(checked.openTimeMs);
      candles.push(checked);
    }
  }
  return { candles: candles.toSorted((left, right) => left.openTimeMs - right.openTimeMs), rejected };
}

/** The candle, or why the bar is none. */
function checkBar(
  bar: ProviderBar,
  timeframe: Timeframe,
  range: TimeRange,
  seen: ReadonlySet<number>,
): Candle | string {
  const { openTimeMs, flaw } = bar;
  if (flaw !== undefined) return flaw;
  if (openTimeMs === undefined) return "timestamp missing or unreadable";
  if (!isOnGrid(openTimeMs, timeframe)) return `timestamp not on the ${timeframe} grid`;
  if (openTimeMs < range.startMs || openTimeMs >= range.endMs) return "timestamp outside the asked range";
  const open = checkPrice("open", bar.open);
  if (typeof open === "string") return open;
  const high = checkPrice("high", bar.high);
  if (typeof high === "string") return high;
  const low = checkPrice("low", bar.low);
  if (typeof low === "string") return low;
  const close = checkPrice("close", bar.close);
  if (typeof close === "string") return close;
  if (high < low) return "high < low";
  if (open < low || open > high) return "open not in range";
  if (close < low || close > high) return "close not in range";
  const volume = checkVolume(bar.volume);
  if (typeof volume === "string") return volume;
  if (seen.has(openTimeMs)) return "duplicate timestamp";
  return { openTimeMs, open, high, low, close, volume };
}

function checkPrice(name: string, source: DecimalSource | undefined): Decimal8 | string {
  if (source === undefined || source === "") return `${name} missing`;
  const price = parseDecimal8(source);
  if (price === "not-a-number") return `${name} is not a finite number`;
  if (price === "too-precise") return `${name} has more than 8 decimals`;
  if (price === "too-large") return "price out of range";
  if (price < 0n) return "negative price";
  if (price <= priceMin || price >= priceMax) return "price out of range";
  return price;
}

function checkVolume(source: DecimalSource | null | undefined): Decimal8 | null | string {
  if (source === null) return null;
  if (source === undefined || source === "") return "volume missing";
  const volume = roundDecimal8(source);
  if (volume === undefined) return "volume is not a finite number";
  if (volume < 0n) return "negative volume";
  return volume < volumeMax ? volume : "volume out of range";
}

function rejectedRow(bar: ProviderBar, reason: string, sourceFile: string): RejectedRow {
  return {
    openTimeMs: bar.openTimeMs,
    reason,
    ...(bar.flaw === undefined ? valuesOf(bar) : noValues),
    sourceFile,
    raw: bar.raw,
  };
}

function valuesOf({ open, high, low, close, volume }: ProviderBar): typeof noValues {
  return {
    open: textOf(open),
    high: textOf(high),
    low: textOf(low),
    close: textOf(close),
    volume: textOf(volume),
  };
}

/** Which of a flawed record's values is what, nobody knows: they are in the record alone, for who mends it. */
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
