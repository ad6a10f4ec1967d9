import { ownMember } from "finance-feedback-delta/contract";

import { allIndicators } from "../../indicators/all-indicators.ts";
import type { AnyIndicator } from "../../indicators/all-indicators.ts";
import type { IndicatorOptions } from "./indicator-options.ts";

/** A run of one indicator, and the columns of the enriched table that it fills. */
export interface IndicatorRun {
  /** Of all runs one has this name. */
  readonly name: string;
  readonly indicator: AnyIndicator;
  readonly options: object;
  /** The indicator's output by column: `{ plus_di_14: "plus_di" }`. */
  readonly columns: Readonly<Record<string, string>>;
}

/**
 * The columns that indicators add to bars, in their order: `obv` is a decimal(38,8), `_indicator_state` a text, all others are
 * doubles. `default__indicators` of the dbt project yields the same.
 */
export const indicatorColumns: readonly string[] = (
  "sma_5 sma_20 sma_50 sma_200 ema_12 ema_26 ema_50 ema_200 macd macd_signal macd_histogram " +
  "adx_14 plus_di_14 minus_di_14 rsi_14 stoch_k stoch_d cci_20 willr_14 roc_10 mfi_14 atr_14 natr_14 " +
  "bb_upper bb_middle bb_lower bb_percent_b bb_bandwidth log_return realized_vol_30 volatility_ratio " +
  "donchian_upper_20 donchian_lower_20 obv cmf_20 vwap_day _indicator_state"
).split(" ");

/** Which indicator fills which columns. `obv` is exact, so it is computed apart. */
export function indicatorRuns(options: IndicatorOptions): readonly IndicatorRun[] {
  const { macd, bollinger, stochastic, volatilityBaseline } = options;
  return [
    ...[5, 20, 50, 200].map((period) => of("sma", { period }, { [`sma_${period}`]: "sma" })),
    ...[12, 26, 50, 200].map((period) => of("ema", { period }, { [`ema_${period}`]: "ema" })),
    of("macd", macd, { macd: "macd", macd_signal: "macd_signal", macd_histogram: "macd_histogram" }),
    of("adx", { period: 14 }, { adx_14: "adx", plus_di_14: "plus_di", minus_di_14: "minus_di" }),
    of("rsi", { period: 14 }, { rsi_14: "rsi" }),
    of("stochastic", stochastic, { stoch_k: "stoch_k", stoch_d: "stoch_d" }),
    of("cci", { period: 20 }, { cci_20: "cci" }),
    of("williamsR", { period: 14 }, { willr_14: "willr" }),
    of("roc", { period: 10 }, { roc_10: "roc" }),
    of("mfi", { period: 14 }, { mfi_14: "mfi" }),
    of("atr", { period: 14 }, { atr_14: "atr" }),
    of("natr", { period: 14 }, { natr_14: "natr" }),
    of("bollingerBands", bollinger, {
      bb_upper: "bb_upper",
      bb_middle: "bb_middle",
      bb_lower: "bb_lower",
      bb_percent_b: "bb_percent_b",
      bb_bandwidth: "bb_bandwidth",
    }),
    of("logReturn", {}, { log_return: "log_return" }),
    of("realizedVolatility", { period: 30 }, { realized_vol_30: "realized_vol" }),
    of(
      "volatilityRatio",
      { period: 14, baseline: volatilityBaseline },
      { volatility_ratio: "volatility_ratio" },
    ),
    of(
      "donchianChannel",
      { period: 20 },
      {
        donchian_upper_20: "donchian_upper",
        donchian_lower_20: "donchian_lower",
      },
    ),
    of("chaikinMoneyFlow", { period: 20 }, { cmf_20: "cmf" }),
    of("vwap", {}, { vwap_day: "vwap" }),
  ];
}

function of(call: string, options: object, columns: Readonly<Record<string, string>>): IndicatorRun {
  const indicator = ownMember(allIndicators, call);
  if (indicator === undefined) throw new TypeError(`There is no indicator ${call}`);
  const [name = call] = Object.keys(columns);
  return { name, indicator, options, columns };
}
