import { field, structType } from "finance-feedback-delta";
import type { StructField, StructType } from "finance-feedback-delta";

import type { Timeframe } from "../market/timeframe.ts";

/** The timeframes that have a table of bars. */
export type BarTimeframe = Exclude<Timeframe, "5s">;

/** The columns of `market_data_enriched` that are computed from a series, in its order. */
export const barIndicators = [
  "sma_20",
  "sma_50",
  "sma_200",
  "ema_12",
  "ema_26",
  "ema_50",
  "ema_200",
  "macd",
  "macd_signal",
  "macd_histogram",
  "adx_14",
  "plus_di_14",
  "minus_di_14",
  "rsi_14",
  "stoch_k",
  "stoch_d",
  "cci_20",
  "willr_14",
  "roc_10",
  "mfi_14",
  "atr_14",
  "natr_14",
  "bb_upper",
  "bb_middle",
  "bb_lower",
  "bb_percent_b",
  "bb_bandwidth",
  "log_return",
  "realized_vol_30",
  "volatility_ratio",
  "donchian_upper_20",
  "donchian_lower_20",
  "obv",
  "cmf_20",
  "vwap_day",
  "regime",
  "regime_direction",
  "engine_regime",
  "trend_direction",
  "trend_strength",
  "signal_strength",
] as const;

/** Such as `rsi_14` and `regime`; docs/indicators.md and the table's own columns say what they are. */
export type BarIndicator = (typeof barIndicators)[number];

/** A bar without its indicators. Prices and volumes are exact texts, or numbers where these were asked for. */
export interface Bar<Decimal = string> {
  readonly asset_pair: string;
  readonly timeframe: BarTimeframe;
  /** When the bar opens. */
  readonly timestamp: Date;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal | null;
  /** When the bar is over. From then on it may be known. */
  readonly closed_at: Date;
  readonly source_provider: string;
  /** How many providers have a possible bar of this time. */
  readonly provider_count: bigint;
  readonly is_mock: boolean;
  readonly _extracted_at: Date;
  /** The bar's place in its series, from 0. */
  readonly bar_seq: bigint;
  /** How many bars are missing just before, by the market's regular hours; null where the calendar is unknown. */
  readonly gap_bars_before: bigint | null;
  /** Whether every indicator has a value: from bar 199 on. */
  readonly is_warm: boolean;
  /** When all was known that this bar depends on: the newest `_extracted_at` of the series up to it. */
  readonly _known_at: Date;
}

export interface BarReadings {
  readonly regime: "trend" | "volatile" | "range" | null;
  readonly regime_direction: "up" | "down" | null;
  readonly engine_regime:
    "TRENDING_BULL" | "TRENDING_BEAR" | "HIGH_VOLATILITY_CHOP" | "LOW_VOLATILITY_RANGING" | null;
  readonly trend_direction: "uptrend" | "downtrend" | "ranging" | null;
}

/** The values of all indicators; null before an indicator is warm. */
export type BarIndicatorValues<Decimal = string> = {
  readonly [Name in BarIndicator]: Name extends keyof BarReadings
    ? BarReadings[Name]
    : Name extends "obv"
      ? Decimal | null
      : number | null;
};

/** Indicators that are texts. */
const textIndicators: ReadonlySet<string> = new Set<keyof BarReadings>([
  "regime",
  "regime_direction",
  "engine_regime",
  "trend_direction",
]);

/** Which columns an answer has. */
export interface ColumnChoice {
  readonly indicators: readonly BarIndicator[];
  readonly decimals: "exact" | "number";
}

/** The columns of a bar, in the order of the table of Silver. */
export function barSchema({ indicators, decimals }: ColumnChoice): StructType {
  const decimal = (name: string, type: "decimal(18,8)" | "decimal(28,8)" | "decimal(38,8)"): StructField =>
    field(name, decimals === "number" ? "double" : type);
  return structType([
    field("asset_pair", "string"),
    field("timeframe", "string"),
    field("timestamp", "timestamp"),
    ...["open", "high", "low", "close"].map((name) => decimal(name, "decimal(18,8)")),
    decimal("volume", "decimal(28,8)"),
    field("closed_at", "timestamp"),
    field("source_provider", "string"),
    field("provider_count", "long"),
    field("is_mock", "boolean"),
    field("_extracted_at", "timestamp"),
    field("bar_seq", "long"),
    field("gap_bars_before", "long"),
    field("is_warm", "boolean"),
    ...indicators.map((name) =>
      name === "obv"
        ? decimal(name, "decimal(38,8)")
        : field(name, textIndicators.has(name) ? "string" : "double"),
    ),
    field("_known_at", "timestamp"),
  ]);
}

/** The column of a higher timeframe's last bar. */
export function higherColumn(timeframe: BarTimeframe): string {
  return `bar_${timeframe}`;
}
