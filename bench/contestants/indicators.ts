// Our kernels over some series of bars, each indicator for itself.
import {
  adx,
  atr,
  bollingerBands,
  cci,
  donchianChannel,
  ema,
  macd,
  mfi,
  natr,
  obv,
  roc,
  rsi,
  sma,
  stochastic,
  williamsR,
} from "../../src/indicators/index.ts";
import { randomBars } from "../../test/indicators/support/random-bars.ts";
import type { DoubleBars } from "../../test/indicators/support/random-bars.ts";
import { measure, option, report } from "./contestant.ts";

const repetitions = 5;
const barCount = Number(option("bars"));
const series = Array.from({ length: Number(option("series")) }, (_, seed) => randomBars(barCount, seed));
const rows = series.length * barCount;

if (option("repeated") === "false") {
  await measure(async () => {
    for (const bars of series) computeAll(bars);
    return { rows };
  });
} else {
  for (const bars of series) computeAll(bars);
  const startMemoryBytes = process.memoryUsage.rss();
  const seconds = Array.from({ length: repetitions }, () => {
    const startedMs = performance.now();
    for (const bars of series) computeAll(bars);
    return (performance.now() - startedMs) / 1000;
  }).toSorted((left, right) => left - right);
  report({ rows, seconds: seconds[Math.floor(repetitions / 2)] ?? 0, startMemoryBytes });
}

function computeAll(bars: DoubleBars): void {
  for (const period of [20, 50, 200]) sma(bars.close, { period });
  for (const period of [12, 26, 50, 200]) ema(bars.close, { period });
  macd(bars.close);
  adx(bars);
  rsi(bars.close);
  stochastic(bars);
  cci(bars);
  williamsR(bars);
  roc(bars.close);
  mfi(bars);
  atr(bars);
  natr(bars);
  bollingerBands(bars.close);
  donchianChannel(bars);
  obv(bars);
}
