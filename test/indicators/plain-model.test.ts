// What no other library gives in our definition, held against a plain model: each value anew from the bars behind it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { allIndicators } from "../../src/indicators/all-indicators.ts";
import * as entry from "../../src/indicators/index.ts";
import { randomBars } from "./support/random-bars.ts";
import { taLibCases } from "./support/ta-lib-cases.ts";

const bars = randomBars(300, 5);
const { high, low, close, volume, timestamp } = bars;
const strengths = range(0, close.length - 1).map(rsiAt);
const natrs = range(0, close.length - 1).map(natr);

/** The value at a bar; `undefined` before the indicator is warm. */
type Model = (at: number) => number | undefined;

const models: Readonly<Record<string, Readonly<Record<string, Model>>>> = {
  hma: {
    hma: (at) =>
      weighted(
        series((i) => times(2, weightedClose(10)(i), weightedClose(20)(i))),
        4,
      )(at),
  },
  ppo: {
    ppo: after(33, (at) => ppoLine(at) ?? 0),
    ppo_signal: exponential(series(ppoLine), 9),
    ppo_histogram: (at) => minus(ppoLine(at), exponential(series(ppoLine), 9)(at)),
  },
  ichimoku: {
    ichimoku_conversion: middleOf(9),
    ichimoku_base: middleOf(26),
    ichimoku_span_a: (at) => {
      const [conversion, base] = [middleOf(9)(at), middleOf(26)(at)];
      return conversion === undefined || base === undefined ? undefined : (conversion + base) / 2;
    },
    ichimoku_span_b: middleOf(52),
  },
  donchianChannel: {
    donchian_upper: after(19, (at) => Math.max(...high.slice(at - 19, at + 1))),
    donchian_middle: middleOf(20),
    donchian_lower: after(19, (at) => Math.min(...low.slice(at - 19, at + 1))),
  },
  keltnerChannel: {
    keltner_upper: (at) => minus(exponential(close, 20)(at), times(-2, wilderRange(10)(at), 0)),
    keltner_middle: exponential(close, 20),
    keltner_lower: (at) => minus(exponential(close, 20)(at), times(2, wilderRange(10)(at), 0)),
  },
  logReturn: {
    log_return: after(1, (at) => Math.log(priceAt(close, at)) - Math.log(priceAt(close, at - 1))),
  },
  realizedVolatility: {
    realized_vol: after(30, (at) => Math.sqrt(variance(range(at - 29, at).map(returnAt), 1))),
  },
  volatilityRatio: {
    volatility_ratio: after(114, (at) => (natrs[at] ?? Number.NaN) / mean(natrs.slice(at - 100, at))),
  },
  zScore: {
    z_score: after(19, (at) => {
      const window = range(at - 19, at).map((index) => priceAt(close, index));
      return (priceAt(close, at) - mean(window)) / Math.sqrt(variance(window, 0));
    }),
  },
  chaikinMoneyFlow: {
    cmf: after(19, (at) => {
      const window = range(at - 19, at);
      const flows = window.map((i) => {
        const [top, bottom, last] = [priceAt(high, i), priceAt(low, i), priceAt(close, i)];
        return ((2 * last - top - bottom) / (top - bottom)) * priceAt(volume, i);
      });
      return sum(flows) / sum(window.map((i) => priceAt(volume, i)));
    }),
  },
  vwap: {
    vwap: (at) => {
      const day = Math.floor(priceAt(timestamp, at) / 86_400_000);
      const today = range(0, at).filter((i) => Math.floor(priceAt(timestamp, i) / 86_400_000) === day);
      const money = today.map(
        (i) => ((priceAt(high, i) + priceAt(low, i) + priceAt(close, i)) / 3) * priceAt(volume, i),
      );
      return sum(money) / sum(today.map((i) => priceAt(volume, i)));
    },
  },
  stochasticRsi: {
    stoch_rsi_k: after(31, (at) => mean(range(at - 2, at).map(rawStochasticRsi))),
    stoch_rsi_d: after(31, (at) =>
      mean(range(at - 2, at).map((i) => mean(range(i - 2, i).map(rawStochasticRsi)))),
    ),
  },
};

for (const [name, outputs] of Object.entries(models)) {
  for (const [output, model] of Object.entries(outputs)) {
    test(`${output} is what its formula says`, () => {
      const values = allIndicators[name]?.ofBars(bars)[output] ?? new Float64Array();
      assert.equal(values.length, close.length);
      for (const [at, value] of values.entries()) {
        const expected = model(at);
        if (expected === undefined) assert.ok(Number.isNaN(value), `${at}: ${value}`);
        else
          assert.ok(
            Math.abs(value - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
            `${at}: ${value}, not ${expected}`,
          );
      }
    });
  }
}

test("supertrend follows below a rise, follows above a fall, and turns where the close passes it", () => {
  const { supertrend, supertrend_direction: direction } = allIndicators["supertrend"]?.ofBars(bars) ?? {};
  assert.ok(supertrend !== undefined && direction !== undefined);
  let turns = 0;
  for (let at = 11; at < close.length; at++) {
    const rises = direction[at] === 1;
    const [stop, before, price] = [priceAt(supertrend, at), priceAt(supertrend, at - 1), priceAt(close, at)];
    assert.ok(rises ? price >= stop : price <= stop);
    if (direction[at] === direction[at - 1]) assert.ok(rises ? stop >= before : stop <= before);
    else turns++;
    const middle = (priceAt(high, at) + priceAt(low, at)) / 2;
    const distance = 3 * (wilderRange(10)(at) ?? Number.NaN);
    const band = rises ? middle - distance : middle + distance;
    assert.ok(rises ? stop >= band - 1e-9 : stop <= band + 1e-9);
  }
  assert.ok(turns > 3, `${turns} turns`);
});

test("every indicator is exported, and held against TA-Lib or a model", () => {
  const modelled = new Set([
    ...Object.keys(models),
    "supertrend",
    ...taLibCases.map(({ indicator }) => indicator),
  ]);
  const exported = new Set(Object.keys(entry));
  assert.deepEqual(
    Object.keys(allIndicators).filter((name) => !modelled.has(name) || !exported.has(name)),
    [],
  );
});

function after(first: number, model: (at: number) => number): Model {
  return (at) => (at < first ? undefined : model(at));
}

function series(model: Model): Float64Array {
  return Float64Array.from(close, (_, at) => model(at) ?? Number.NaN);
}

/** The weighted mean of the newest values, of those that are there. */
function weighted(values: Float64Array, period: number): Model {
  return (at) => {
    if (at < period - 1) return undefined;
    const window = values.slice(at - period + 1, at + 1);
    const value = sum([...window].map((one, index) => one * (index + 1))) / ((period * (period + 1)) / 2);
    return Number.isNaN(value) ? undefined : value;
  };
}

function weightedClose(period: number): Model {
  return weighted(close, period);
}

function exponential(values: Float64Array, period: number): Model {
  const begin = values.findIndex((value) => !Number.isNaN(value)) + period - 1;
  return (at) => {
    if (at < begin) return undefined;
    let value = mean(values.slice(begin - period + 1, begin + 1));
    for (let index = begin + 1; index <= at; index++)
      value += (2 / (period + 1)) * (priceAt(values, index) - value);
    return value;
  };
}

/** From the bar on at which the slow mean begins; the fast one begins there, too. */
function ppoLine(at: number): number | undefined {
  if (at < 25) return undefined;
  let [fast, slow] = [mean(close.slice(14, 26)), mean(close.slice(0, 26))];
  for (let index = 26; index <= at; index++) {
    fast += (2 / 13) * (priceAt(close, index) - fast);
    slow += (2 / 27) * (priceAt(close, index) - slow);
  }
  return (100 * (fast - slow)) / slow;
}

function middleOf(period: number): Model {
  return after(
    period - 1,
    (at) =>
      (Math.max(...high.slice(at - period + 1, at + 1)) + Math.min(...low.slice(at - period + 1, at + 1))) /
      2,
  );
}

function wilderRange(period: number): Model {
  return after(period, (at) => {
    let value = mean(range(1, period).map(trueRangeAt));
    for (let index = period + 1; index <= at; index++) value += (trueRangeAt(index) - value) / period;
    return value;
  });
}

function natr(at: number): number {
  return (100 * (wilderRange(14)(at) ?? Number.NaN)) / priceAt(close, at);
}

function rsiAt(at: number): number {
  let [rise, fall] = [0, 0];
  for (let index = 1; index <= at; index++) {
    const change = priceAt(close, index) - priceAt(close, index - 1);
    const share = index <= 14 ? 1 / 14 : 1;
    const [up, down] = [Math.max(change, 0), Math.max(-change, 0)];
    rise = index <= 14 ? rise + up * share : (rise * 13 + up) / 14;
    fall = index <= 14 ? fall + down * share : (fall * 13 + down) / 14;
  }
  return (100 * rise) / (rise + fall);
}

function rawStochasticRsi(at: number): number {
  const window = strengths.slice(at - 13, at + 1);
  const least = Math.min(...window);
  return (100 * ((strengths[at] ?? Number.NaN) - least)) / (Math.max(...window) - least);
}

function returnAt(at: number): number {
  return Math.log(priceAt(close, at) / priceAt(close, at - 1));
}

function trueRangeAt(at: number): number {
  const before = priceAt(close, at - 1);
  return Math.max(priceAt(high, at), before) - Math.min(priceAt(low, at), before);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function mean(values: readonly number[] | Float64Array): number {
  return sum(values) / values.length;
}

function variance(values: readonly number[], lost: number): number {
  const middle = mean(values);
  return sum(values.map((value) => (value - middle) ** 2)) / (values.length - lost);
}

function times(factor: number, left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : factor * left - right;
}

function minus(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left - right;
}

function priceAt(values: Float64Array, at: number): number {
  return values[at] ?? Number.NaN;
}
