import type { BarColumns } from "../../../src/indicators/bars.ts";

/** An indicator of ours and the function of TA-Lib that gives the same. */
export interface TaLibCase {
  /** Among all indicators. */
  readonly indicator: string;
  readonly options: object;
  readonly function: string;
  readonly inputs: readonly (keyof BarColumns)[];
  readonly parameters: Readonly<Record<string, number>>;
  /** Our output for each of the function's, in its order. */
  readonly outputs: readonly string[];
}

const hlc = ["high", "low", "close"] as const;

export const taLibCases: readonly TaLibCase[] = [
  ...[20, 50, 200].map((period) => overClose("sma", "SMA", { period }, { timeperiod: period })),
  ...[12, 26, 50, 200].map((period) => overClose("ema", "EMA", { period }, { timeperiod: period })),
  overClose("wma", "WMA", { period: 20 }, { timeperiod: 20 }),
  overClose("dema", "DEMA", { period: 20 }, { timeperiod: 20 }),
  overClose("tema", "TEMA", { period: 20 }, { timeperiod: 20 }),
  overClose("kama", "KAMA", { period: 10 }, { timeperiod: 10 }),
  overClose("rsi", "RSI", { period: 14 }, { timeperiod: 14 }),
  overClose("roc", "ROC", { period: 10 }, { timeperiod: 10 }),
  overClose("momentum", "MOM", { period: 10 }, { timeperiod: 10 }),
  overClose("trix", "TRIX", { period: 15 }, { timeperiod: 15 }),
  {
    ...overClose("macd", "MACD", {}, { fastperiod: 12, slowperiod: 26, signalperiod: 9 }),
    outputs: ["macd", "macd_signal", "macd_histogram"],
  },
  {
    ...overClose("bollingerBands", "BBANDS", {}, { timeperiod: 20, nbdevup: 2, nbdevdn: 2 }),
    outputs: ["bb_upper", "bb_middle", "bb_lower"],
  },
  overBars("adx", "ADX", hlc, { timeperiod: 14 }, ["adx"]),
  overBars("adx", "PLUS_DI", hlc, { timeperiod: 14 }, ["plus_di"]),
  overBars("adx", "MINUS_DI", hlc, { timeperiod: 14 }, ["minus_di"]),
  overBars("atr", "ATR", hlc, { timeperiod: 14 }, ["atr"]),
  overBars("natr", "NATR", hlc, { timeperiod: 14 }, ["natr"]),
  overBars("trueRange", "TRANGE", hlc, {}, ["true_range"]),
  overBars("cci", "CCI", hlc, { timeperiod: 20 }, ["cci"]),
  overBars("williamsR", "WILLR", hlc, { timeperiod: 14 }, ["willr"]),
  overBars("ultimateOscillator", "ULTOSC", hlc, {}, ["ultosc"]),
  overBars("stochastic", "STOCH", hlc, { fastk_period: 14, slowk_period: 3, slowd_period: 3 }, [
    "stoch_k",
    "stoch_d",
  ]),
  overBars("aroon", "AROON", ["high", "low"], { timeperiod: 14 }, ["aroon_down", "aroon_up"]),
  overBars("parabolicSar", "SAR", ["high", "low"], { acceleration: 0.02, maximum: 0.2 }, ["sar"]),
  overBars("obv", "OBV", ["close", "volume"], {}, ["obv"]),
  overBars("accumulationDistribution", "AD", [...hlc, "volume"], {}, ["ad"]),
  overBars("chaikinOscillator", "ADOSC", [...hlc, "volume"], { fastperiod: 3, slowperiod: 10 }, ["adosc"]),
  overBars("mfi", "MFI", [...hlc, "volume"], { timeperiod: 14 }, ["mfi"]),
];

function overClose(
  indicator: string,
  name: string,
  options: object,
  parameters: Readonly<Record<string, number>>,
): TaLibCase {
  return { indicator, options, function: name, inputs: ["close"], parameters, outputs: [indicator] };
}

function overBars(
  indicator: string,
  name: string,
  inputs: readonly (keyof BarColumns)[],
  parameters: Readonly<Record<string, number>>,
  outputs: readonly string[],
): TaLibCase {
  return { indicator, options: {}, function: name, inputs, parameters, outputs };
}
