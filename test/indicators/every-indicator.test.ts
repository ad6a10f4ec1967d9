import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { array, assert as assertProperty, integer, property } from "fast-check";

import { allIndicators } from "../../src/indicators/all-indicators.ts";
import type { AnyIndicator, AnyStream } from "../../src/indicators/all-indicators.ts";
import { mapBars, randomBars, sliceBars } from "./support/random-bars.ts";
import type { DoubleBars } from "./support/random-bars.ts";

const bars = randomBars(420, 7);
const count = bars.close.length;

for (const [name, indicator] of Object.entries(allIndicators)) {
  const { definition } = indicator;
  describe(name, () => {
    test("has no value before it is warm, and all of them from then on", () => {
      const columns = indicator.ofBars(bars);
      assert.deepEqual(Object.keys(columns), definition.outputs);
      const warmUp = indicator.warmUp();
      const missing = Object.entries(columns).map(([output, series]) => ({
        output,
        first: series.findIndex((value) => !Number.isNaN(value)),
        late: series.slice(warmUp).some(Number.isNaN),
      }));
      assert.equal(Math.max(...missing.map(({ first }) => first)), warmUp);
      assert.ok(missing.every(({ late }) => !late));
    });

    test("gives the same bits in one go, bar by bar, and resumed anywhere from JSON", () => {
      const whole = indicator.ofBars(bars);
      assertProperty(
        property(array(integer({ min: 0, max: count }), { maxLength: 4 }), (cuts) => {
          const ends = [...cuts.toSorted((left, right) => left - right), count];
          let stream: AnyStream = indicator.stream();
          let start = 0;
          for (const end of ends) {
            assertSameBits(stream.updateBars(sliceBars(bars, start, end)), partOf(whole, start, end));
            stream = indicator.resume(JSON.parse(JSON.stringify(stream.save())));
            start = end;
          }
        }),
        { numRuns: 5 },
      );
      const stream = indicator.stream();
      for (let index = 0; index < count; index++) {
        assertSameBits(stream.updateBars(sliceBars(bars, index, index + 1)), partOf(whole, index, index + 1));
      }
    });

    test("does not know the future: bars that come later change nothing", () => {
      const whole = indicator.ofBars(bars);
      const other = mapBars(bars, (price, index) => (index < 250 ? price : price * 3));
      assertSameBits(partOf(indicator.ofBars(other), 0, 250), partOf(whole, 0, 250));
    });

    test("stays finite on bars that never move, and on jumps", () => {
      const flat = mapBars(bars, () => 42.42);
      assertFinite(indicator, flat);
      assertFinite(
        indicator,
        mapBars(bars, (price, index) => (index % 50 < 25 ? price : price * 1e6)),
      );
      assertFinite(
        indicator,
        mapBars(
          bars,
          (price) => price * 1e-6,
          () => 0,
        ),
      );
    });

    test("follows a change of the unit of prices as it says", () => {
      const scaled = indicator.ofBars(mapBars(bars, (price) => price * 1024));
      for (const [output, series] of Object.entries(indicator.ofBars(bars))) {
        const factor = /direction/.test(output) || definition.scale === "none" ? 1 : 1024;
        if (definition.scale === "other" && /percent|bandwidth/.test(output))
          assertClose(scaled[output], series);
        else
          assertClose(
            scaled[output],
            series.map((value) => value * factor),
          );
      }
    });

    test("stays within its bounds", () => {
      const [least, most] = definition.bounds ?? [-Infinity, Infinity];
      for (const series of Object.values(indicator.ofBars(bars)))
        for (const value of series)
          assert.ok(Number.isNaN(value) || (value >= least && value <= most), String(value));
    });

    test("has no value where a volume is missing that it needs, and goes on behind", () => {
      const gap = mapBars(
        bars,
        (price) => price,
        (volume, index) => (index === 200 ? Number.NaN : volume),
      );
      const columns = indicator.ofBars(gap);
      const needsVolume = definition.inputs.includes("volume");
      for (const series of Object.values(columns)) {
        assert.equal(Number.isNaN(series[200]), needsVolume);
        assert.ok(!Number.isNaN(series[count - 1] ?? Number.NaN));
      }
    });

    test("refuses a price that is none, an option that is none and a state that is another's", () => {
      assert.throws(
        () => indicator.ofBars(mapBars(bars, (price, index) => (index === 3 ? Number.NaN : price))),
        { code: "INVALID_ARGUMENT", message: /\[3\] is NaN/ },
      );
      assert.throws(() => indicator.ofBars(bars, { perod: 3 }), { code: "INVALID_ARGUMENT" });
      for (const option of Object.keys(definition.defaults))
        assert.throws(() => indicator.ofBars(bars, { [option]: -1 }), { code: "INVALID_ARGUMENT" });
      assert.throws(() => indicator.ofBars(JSON.parse("null")), { code: "INVALID_ARGUMENT" });
      assert.throws(() => indicator.resume(JSON.parse('"text"')), { code: "INVALID_STATE" });
      if ("period" in definition.defaults)
        assert.throws(() => indicator.stream({ period: Number.MAX_SAFE_INTEGER }), {
          code: "INVALID_ARGUMENT",
        });
      const state = indicator.stream().save();
      assert.throws(() => indicator.resume({ ...state, indicator: "other" }), { code: "INVALID_STATE" });
      assert.throws(() => indicator.resume({ ...state, memory: state.memory.slice(0, -8) }), {
        code: "INVALID_STATE",
      });
      assert.throws(() => indicator.resume({ ...state, layout: 0 }), { code: "INVALID_STATE" });
    });
  });
}

test("bars that stand still at a price that doubles cannot hold have no deviation", () => {
  // Before, they jump: a running sum would remember that.
  const still = mapBars(bars, (_, index) => (index === 100 ? 4_567_890.1 : 123_456.7));
  const flat = {
    ...allIndicators["cci"]?.ofBars(still),
    ...allIndicators["zScore"]?.ofBars(still),
    ...allIndicators["bollingerBands"]?.ofBars(still),
  };
  for (const output of ["cci", "z_score", "bb_percent_b", "bb_bandwidth"])
    assert.deepEqual(new Set(flat[output]?.slice(121)), new Set([0]), output);
});

function partOf(
  columns: Readonly<Record<string, Float64Array>>,
  start: number,
  end: number,
): Readonly<Record<string, Float64Array>> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, series]) => [name, series.slice(start, end)]),
  );
}

function assertSameBits(
  actual: Readonly<Record<string, Float64Array>>,
  expected: Readonly<Record<string, Float64Array>>,
): void {
  for (const [name, series] of Object.entries(expected)) {
    const other = actual[name] ?? new Float64Array();
    assert.equal(other.length, series.length);
    // Object.is tells 0 from −0, and takes every NaN for the same.
    const wrong = series.findIndex((value, index) => !Object.is(value, other[index]));
    assert.equal(wrong, -1, `${name}[${wrong}] is ${other[wrong]}, not ${series[wrong]}`);
  }
}

function assertClose(actual: Float64Array | undefined, expected: Float64Array): void {
  for (const [index, value] of expected.entries()) {
    const other = actual?.[index] ?? Number.NaN;
    if (Number.isNaN(value)) assert.ok(Number.isNaN(other));
    else
      assert.ok(
        Math.abs(other - value) <= 1e-9 * Math.max(1, Math.abs(value)),
        `${index}: ${other}, not ${value}`,
      );
  }
}

function assertFinite(indicator: AnyIndicator, some: DoubleBars): void {
  for (const [name, series] of Object.entries(indicator.ofBars(some)))
    for (const value of series.slice(indicator.warmUp()))
      assert.ok(Number.isFinite(value) || (name === "vwap" && Number.isNaN(value)), `${name} ${value}`);
}
