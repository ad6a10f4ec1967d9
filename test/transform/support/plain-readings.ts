/** What one bar's indicators say, as the trading engine has it and as ours do; NaN is no value. */
export interface Readings {
  readonly regime: string | null;
  readonly regime_direction: string | null;
  readonly engine_regime: string | null;
  readonly trend_direction: string | null;
  readonly trend_strength: number;
  readonly signal_strength: number;
}

export function plainReadings(close: number, at: (column: string) => number): Readings {
  const [adx, ratio, natr] = [at("adx_14"), at("volatility_ratio"), at("natr_14")];
  const [plus, minus] = [at("plus_di_14"), at("minus_di_14")];
  const regime = Number.isNaN(ratio) ? null : adx >= 25 ? "trend" : ratio >= 1.5 ? "volatile" : "range";
  const [fast, slow] = [at("sma_20"), at("sma_50")];
  const isKnown = !Number.isNaN(slow);
  return {
    regime,
    regime_direction: regime !== "trend" ? null : plus > minus ? "up" : plus < minus ? "down" : null,
    engine_regime: Number.isNaN(adx)
      ? null
      : adx > 25
        ? at("sma_5") > fast
          ? "TRENDING_BULL"
          : "TRENDING_BEAR"
        : natr > 2
          ? "HIGH_VOLATILITY_CHOP"
          : "LOW_VOLATILITY_RANGING",
    trend_direction: isKnown ? direction(close, fast, slow) : null,
    trend_strength: isKnown ? strength(fast, slow, at) : Number.NaN,
    signal_strength: isKnown ? signalStrength(at) : Number.NaN,
  };
}

function direction(close: number, fast: number, slow: number): string {
  if (fast > slow) return close < fast * 0.98 ? "ranging" : "uptrend";
  if (fast < slow) return close > fast * 1.02 ? "ranging" : "downtrend";
  return "ranging";
}

function strength(fast: number, slow: number, at: (column: string) => number): number {
  const way = Math.sign(fast - slow);
  let percent = Math.min(100, 50 + 200 * ((Math.abs(fast - slow) / slow) * 100));
  if (way !== 0 && at("adx_14") > 25) {
    if (way === Math.sign(at("plus_di_14") - at("minus_di_14"))) percent = Math.min(100, percent + 10);
  } else if (way !== 0) percent = Math.max(30, percent - 15);
  if (way !== 0 && way === Math.sign(at("macd") - at("macd_signal"))) percent = Math.min(100, percent + 5);
  return percent;
}

function signalStrength(at: (column: string) => number): number {
  const rsi = Math.abs(at("rsi_14") - 50);
  const histogram = Math.abs(at("macd_histogram"));
  const band = Math.abs(at("bb_percent_b") - 0.5);
  const adx = at("adx_14");
  const votes = [
    rsi > 20 ? 80 : rsi > 10 ? 60 : 40,
    histogram > 1 ? 80 : histogram > 0.5 ? 65 : 50,
    adx > 25 ? Math.min(100, 50 + adx) : 30,
    band > 0.4 ? 85 : band > 0.2 ? 65 : 45,
  ];
  return votes.reduce((sum, vote) => sum + vote, 0) / votes.length;
}
