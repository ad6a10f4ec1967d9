/**
 * What one bar's indicators say, as the macros of `dbt/macros/readings` have it, with the thresholds that the project has when
 * nobody sets its variables. NaN is no value, and no comparison with it is true.
 */
import type { BarIndicator } from "./bar-columns.ts";

/** The value of a column at the bar. */
type At = (column: string) => number;

interface Reading<Value> {
  /** The columns of indicators that it reads. */
  readonly needs: readonly string[];
  readonly of: (at: At, close: number) => Value;
}

const trendAdx = 25;
const volatileRatio = 1.5;
const engineVolatileNatr = 2;
const engineRangingShare = 2 / 100;

export const textReadings: ReadonlyMap<string, Reading<string | null>> = readings<string | null>({
  regime: { needs: ["volatility_ratio", "adx_14"], of: regime },
  regime_direction: {
    needs: ["volatility_ratio", "adx_14", "plus_di_14", "minus_di_14"],
    of: (at) => {
      if (regime(at) !== "trend") return null;
      return at("plus_di_14") > at("minus_di_14")
        ? "up"
        : at("plus_di_14") < at("minus_di_14")
          ? "down"
          : null;
    },
  },
  engine_regime: {
    needs: ["adx_14", "sma_5", "sma_20", "natr_14"],
    of: (at) => {
      if (Number.isNaN(at("adx_14"))) return null;
      if (at("adx_14") > trendAdx) return at("sma_5") > at("sma_20") ? "TRENDING_BULL" : "TRENDING_BEAR";
      return at("natr_14") > engineVolatileNatr ? "HIGH_VOLATILITY_CHOP" : "LOW_VOLATILITY_RANGING";
    },
  },
  trend_direction: {
    needs: ["sma_20", "sma_50"],
    of: (at, close) => {
      const [fast, slow] = [at("sma_20"), at("sma_50")];
      if (Number.isNaN(slow)) return null;
      if (fast > slow && !(close < fast * (1 - engineRangingShare))) return "uptrend";
      return fast < slow && !(close > fast * (1 + engineRangingShare)) ? "downtrend" : "ranging";
    },
  },
});

export const numberReadings: ReadonlyMap<string, Reading<number>> = readings<number>({
  trend_strength: {
    needs: ["sma_20", "sma_50", "adx_14", "plus_di_14", "minus_di_14", "macd", "macd_signal"],
    of: trendStrength,
  },
  signal_strength: {
    needs: ["sma_50", "rsi_14", "macd_histogram", "adx_14", "bb_percent_b"],
    of: signalStrength,
  },
});

function readings<Value>(
  byColumn: Partial<Record<BarIndicator, Reading<Value>>>,
): ReadonlyMap<string, Reading<Value>> {
  return new Map(Object.entries(byColumn));
}

function regime(at: At): string | null {
  if (Number.isNaN(at("volatility_ratio")) || Number.isNaN(at("adx_14"))) return null;
  if (at("adx_14") >= trendAdx) return "trend";
  return at("volatility_ratio") >= volatileRatio ? "volatile" : "range";
}

function trendStrength(at: At): number {
  const [fast, slow] = [at("sma_20"), at("sma_50")];
  if (Number.isNaN(slow)) return Number.NaN;
  const rises = fast > slow;
  const falls = fast < slow;
  const withAdx = strengthWithAdx(at, rises, falls);
  const agrees = (rises && at("macd") > at("macd_signal")) || (falls && at("macd") < at("macd_signal"));
  return agrees ? Math.min(100, withAdx + 5) : withAdx;
}

function strengthWithAdx(at: At, rises: boolean, falls: boolean): number {
  const [fast, slow] = [at("sma_20"), at("sma_50")];
  const separation = Math.min(100, 50 + 200 * ((Math.abs(fast - slow) / slow) * 100));
  if (fast === slow) return 50;
  if (!(at("adx_14") > trendAdx)) return Math.max(30, separation - 15);
  const [plus, minus] = [at("plus_di_14"), at("minus_di_14")];
  const agrees = (rises && plus > minus) || (falls && minus > plus);
  return agrees ? Math.min(100, separation + 10) : separation;
}

function signalStrength(at: At): number {
  if (Number.isNaN(at("sma_50"))) return Number.NaN;
  const [rsi, adx, band] = [at("rsi_14"), at("adx_14"), at("bb_percent_b")];
  const histogram = Math.abs(at("macd_histogram"));
  return (
    ((rsi < 30 || rsi > 70 ? 80 : rsi < 40 || rsi > 60 ? 60 : 40) +
      (histogram > 1 ? 80 : histogram > 0.5 ? 65 : 50) +
      (adx > trendAdx ? Math.min(100, 50 + adx) : 30) +
      (band < 0.1 || band > 0.9 ? 85 : band < 0.3 || band > 0.7 ? 65 : 45)) /
    4
  );
}
