/**
 * Technical indicators over typed arrays, and bar by bar. Both forms of an indicator give the same bits, a stream's state
 * can be saved and resumed, and no value knows of a later bar. Pure: nothing here reads a table or a clock.
 */
export { IndicatorError } from "./indicator-error.ts";
export type { IndicatorErrorCode } from "./indicator-error.ts";
export { barColumns } from "./bars.ts";
export type {
  BarColumns,
  HighLow,
  HighLowClose,
  HighLowCloseVolume,
  IndicatorBar,
  NumberColumn,
} from "./bars.ts";
export type { Indicator, IndicatorDefinition, IndicatorStream, Kernel } from "./indicator.ts";
export type { IndicatorState, StateWalk } from "./state.ts";
export type { FastSlow, FastSlowSignal, NoOptions, Period } from "./periods.ts";
export { adx } from "./trend/adx.ts";
export type { AdxOf } from "./trend/adx.ts";
export { aroon } from "./trend/aroon.ts";
export type { AroonOf } from "./trend/aroon.ts";
export { dema } from "./trend/dema.ts";
export { ema } from "./trend/ema.ts";
export { hma } from "./trend/hma.ts";
export { ichimoku } from "./trend/ichimoku.ts";
export type { IchimokuOptions, IchimokuOf } from "./trend/ichimoku.ts";
export { kama } from "./trend/kama.ts";
export { parabolicSar } from "./trend/parabolic-sar.ts";
export type { ParabolicSarOptions } from "./trend/parabolic-sar.ts";
export { sma } from "./trend/sma.ts";
export { supertrend } from "./trend/supertrend.ts";
export type { SupertrendOptions, SupertrendOf } from "./trend/supertrend.ts";
export { tema } from "./trend/tema.ts";
export { wma } from "./trend/wma.ts";
export { cci } from "./momentum/cci.ts";
export { macd } from "./momentum/macd.ts";
export type { MacdOf } from "./momentum/macd.ts";
export { momentum } from "./momentum/momentum.ts";
export { ppo } from "./momentum/ppo.ts";
export type { PpoOf } from "./momentum/ppo.ts";
export { roc } from "./momentum/roc.ts";
export { rsi } from "./momentum/rsi.ts";
export { stochasticRsi } from "./momentum/stochastic-rsi.ts";
export type { StochasticRsiOptions, StochasticRsiOf } from "./momentum/stochastic-rsi.ts";
export { stochastic } from "./momentum/stochastic.ts";
export type { StochasticOptions, StochasticOf } from "./momentum/stochastic.ts";
export { trix } from "./momentum/trix.ts";
export { ultimateOscillator } from "./momentum/ultimate-oscillator.ts";
export type { UltimateOscillatorOptions } from "./momentum/ultimate-oscillator.ts";
export { williamsR } from "./momentum/williams-r.ts";
export { atr } from "./volatility/atr.ts";
export { bollingerBands } from "./volatility/bollinger-bands.ts";
export type { BollingerBandsOptions, BollingerBandsOf } from "./volatility/bollinger-bands.ts";
export { donchianChannel } from "./volatility/donchian-channel.ts";
export type { DonchianChannelOf } from "./volatility/donchian-channel.ts";
export { keltnerChannel } from "./volatility/keltner-channel.ts";
export type { KeltnerChannelOptions, KeltnerChannelOf } from "./volatility/keltner-channel.ts";
export { logReturn } from "./volatility/log-return.ts";
export { natr } from "./volatility/natr.ts";
export { realizedVolatility } from "./volatility/realized-volatility.ts";
export { trueRange } from "./volatility/true-range.ts";
export { volatilityRatio } from "./volatility/volatility-ratio.ts";
export type { VolatilityRatioOptions } from "./volatility/volatility-ratio.ts";
export { zScore } from "./volatility/z-score.ts";
export { accumulationDistribution } from "./volume/ad.ts";
export { chaikinOscillator } from "./volume/adosc.ts";
export { chaikinMoneyFlow } from "./volume/cmf.ts";
export { mfi } from "./volume/mfi.ts";
export { obv } from "./volume/obv.ts";
export type { CloseVolume } from "./volume/obv.ts";
export { vwap } from "./volume/vwap.ts";
