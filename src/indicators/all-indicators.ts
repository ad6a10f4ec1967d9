import type { BarColumns } from "./bars.ts";
import type { IndicatorDefinition } from "./indicator.ts";
import { cci } from "./momentum/cci.ts";
import { macd } from "./momentum/macd.ts";
import { momentum } from "./momentum/momentum.ts";
import { ppo } from "./momentum/ppo.ts";
import { roc } from "./momentum/roc.ts";
import { rsi } from "./momentum/rsi.ts";
import { stochasticRsi } from "./momentum/stochastic-rsi.ts";
import { stochastic } from "./momentum/stochastic.ts";
import { trix } from "./momentum/trix.ts";
import { ultimateOscillator } from "./momentum/ultimate-oscillator.ts";
import { williamsR } from "./momentum/williams-r.ts";
import type { IndicatorState } from "./state.ts";
import { adx } from "./trend/adx.ts";
import { aroon } from "./trend/aroon.ts";
import { dema } from "./trend/dema.ts";
import { ema } from "./trend/ema.ts";
import { hma } from "./trend/hma.ts";
import { ichimoku } from "./trend/ichimoku.ts";
import { kama } from "./trend/kama.ts";
import { parabolicSar } from "./trend/parabolic-sar.ts";
import { sma } from "./trend/sma.ts";
import { supertrend } from "./trend/supertrend.ts";
import { tema } from "./trend/tema.ts";
import { wma } from "./trend/wma.ts";
import { atr } from "./volatility/atr.ts";
import { bollingerBands } from "./volatility/bollinger-bands.ts";
import { donchianChannel } from "./volatility/donchian-channel.ts";
import { keltnerChannel } from "./volatility/keltner-channel.ts";
import { logReturn } from "./volatility/log-return.ts";
import { natr } from "./volatility/natr.ts";
import { realizedVolatility } from "./volatility/realized-volatility.ts";
import { trueRange } from "./volatility/true-range.ts";
import { volatilityRatio } from "./volatility/volatility-ratio.ts";
import { zScore } from "./volatility/z-score.ts";
import { accumulationDistribution } from "./volume/ad.ts";
import { chaikinOscillator } from "./volume/adosc.ts";
import { chaikinMoneyFlow } from "./volume/cmf.ts";
import { mfi } from "./volume/mfi.ts";
import { obv } from "./volume/obv.ts";
import { vwap } from "./volume/vwap.ts";

/** An indicator whatever its own columns and options are: it reads all columns of bars and gives named ones. */
export interface AnyIndicator {
  readonly definition: Pick<
    IndicatorDefinition<object, unknown, unknown, unknown, unknown>,
    "name" | "title" | "formula" | "source" | "outputs" | "inputs" | "bounds" | "scale" | "edges" | "defaults"
  >;
  ofBars(bars: BarColumns, options?: object): Readonly<Record<string, Float64Array>>;
  warmUp(options?: object): number;
  stream(options?: object): AnyStream;
  resume(state: IndicatorState): AnyStream;
}

export interface AnyStream {
  updateBars(bars: BarColumns): Readonly<Record<string, Float64Array>>;
  save(): IndicatorState;
}

/** Every indicator, by the name under which its call is exported. The documents and the tests of all of them read it. */
export const allIndicators: Readonly<Record<string, AnyIndicator>> = {
  sma,
  ema,
  wma,
  dema,
  tema,
  hma,
  kama,
  adx,
  aroon,
  ichimoku,
  parabolicSar,
  supertrend,
  cci,
  macd,
  momentum,
  ppo,
  roc,
  rsi,
  stochastic,
  stochasticRsi,
  trix,
  ultimateOscillator,
  williamsR,
  atr,
  bollingerBands,
  donchianChannel,
  keltnerChannel,
  logReturn,
  natr,
  realizedVolatility,
  trueRange,
  volatilityRatio,
  zScore,
  accumulationDistribution,
  chaikinMoneyFlow,
  chaikinOscillator,
  mfi,
  obv,
  vwap,
};
