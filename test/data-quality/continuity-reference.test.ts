import assert from "node:assert/strict";
import { after, test } from "node:test";

import * as fc from "fast-check";
import * as z from "zod";
import { field, structType } from "finance-feedback-delta";

import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import { faultsIn } from "../../src/data-quality/expectations/price-faults.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { sharedEngine } from "../batch/workshop.ts";
import { runsOf } from "../sampled.ts";

after(() => sharedEngine.close());

interface Bar {
  readonly assetPair: string;
  readonly timeMs: number;
  readonly version: number;
  readonly prices: readonly [open: number, high: number, low: number, close: number];
}

const limits = { jump: 3, wick: 50, deviations: 2, explained: [] };
const asked = { jump: 1.4, wick: 5 };

/** All bars of a series in order, one after the other: what the query has to find, in plain words. */
function reference(bars: readonly Bar[], window: number): readonly unknown[] {
  const standApart = [...Map.groupBy(bars, ({ assetPair }) => assetPair)]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([assetPair, ofSeries]) => {
      const newest = new Map<number, Bar>();
      for (const bar of ofSeries.toSorted((left, right) => left.version - right.version))
        newest.set(bar.timeMs, bar);
      const sound = [...newest.values()]
        .filter(({ prices }) => Math.min(...prices) > 0)
        .toSorted((left, right) => left.timeMs - right.timeMs);
      const ranges = sound.map(({ prices: [, high, low] }) => Math.log(high / low));
      const moves = sound.map(({ prices }, index) => {
        const before = sound[index - 1]?.prices[3];
        return before === undefined ? undefined : Math.abs(Math.log(prices[3] / before));
      });
      return sound.flatMap(({ timeMs, prices: [open, high, low, close] }, place) => {
        const before = sound[place - 1];
        const previous = before?.prices[3];
        const jump = previous === undefined ? 0 : Math.log(open / previous);
        const wick = Math.log(Math.max(high / Math.max(open, close), Math.min(open, close) / low));
        if (Math.abs(jump) < Math.log(asked.jump) && wick < Math.log(asked.wick)) return [];
        const isNear = (_: unknown, other: number): boolean =>
          other !== place && Math.abs(other - place) <= window;
        const others = moves
          .filter(isNear)
          .filter((move) => move !== undefined)
          .toSorted((left, right) => left - right);
        return [
          {
            asset_pair: assetPair,
            series: assetPair,
            place: place + 1,
            timestamp: new Date(timeMs).toISOString(),
            before: before === undefined ? null : new Date(before.timeMs).toISOString(),
            open,
            high,
            low,
            close,
            previous_close: previous ?? null,
            jump,
            wick,
            own_range: ranges[place],
            range_before: ranges[place - 1] ?? null,
            touches_new: true,
            elapsed: before === undefined ? null : timeMs - before.timeMs,
            others: others.length === 0 ? null : others.length - 1,
            usual_move: median(others.slice(0, -1)),
            usual_range: median(ranges.filter(isNear).toSorted((left, right) => left - right)),
          },
        ];
      });
    });
  return faultsIn(standApart, limits);
}

function median(sorted: readonly number[]): number | null {
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

const price = "decimal(18,8)";
const foundRows = z.object({ unexpected_rows: z.array(z.unknown()) });

async function found(
  bars: readonly Bar[],
  window: number,
  timeframe: string | undefined,
  priceType: "decimal(18,8)" | "double",
): Promise<readonly unknown[]> {
  const lake = new DeltaLakeManager({ storagePath: "none", engine: sharedEngine });
  const kwargs = {
    jump_factor: limits.jump,
    wick_factor: limits.wick,
    deviations: limits.deviations,
    window,
    series_columns: ["asset_pair"],
    ...(timeframe === undefined ? {} : { timeframe }),
  };
  const expectations = [{ type: "expect_prices_to_be_continuous", kwargs }];
  const { results } = await new DataQualityFramework(lake).validateRows({
    rows: bars.map(({ assetPair, timeMs, version, prices: [open, high, low, close] }) => ({
      asset_pair: assetPair,
      timestamp: new Date(timeMs),
      ...Object.fromEntries(
        Object.entries({ open, high, low, close }).map(([name, value]) => [
          name,
          priceType === price ? value.toFixed(8) : value,
        ]),
      ),
      _extracted_at: new Date(Date.UTC(2026, 0, 1, 0, 0, version)),
    })),
    schema: structType([
      field("asset_pair", "string"),
      field("timestamp", "timestamp"),
      ...["open", "high", "low", "close"].map((name) => field(name, priceType)),
      field("_extracted_at", "timestamp"),
    ]),
    suite: readSuite({ name: "prices", expectations }, "prices"),
    resultFormat: "COMPLETE",
  });
  const [result] = results;
  assert.equal(result?.exception_info.exception_message, null);
  return foundRows.parse(result?.result["details"]).unexpected_rows;
}

/** Errors are rare, so that there are chunks without one beside those with one. */
function seldom(...values: readonly number[]): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 80, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(...values) },
  );
}

test("every fault that a plain look at all bars in order finds is found, and no other", async () => {
  const minute = 60_000;
  const factor = seldom(1.5, 2, 4, 10, 100, 0.1, 0.01, 0);
  // Bars off the grid, holes of some bars, and of a month.
  const distance = fc.oneof(
    { weight: 30, arbitrary: fc.constant(minute) },
    { weight: 1, arbitrary: fc.constantFrom(20_000, 90 * minute, 50_000 * minute) },
  );
  const step = fc.record({
    afterMs: distance,
    factor,
    wick: seldom(6, 60),
    move: fc.integer({ min: -20, max: 20 }),
    /** An earlier version of the bar, or none. */
    earlier: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: factor }),
  });
  const series = fc.array(step, { minLength: 1, maxLength: 260, size: "max" });
  await fc.assert(
    fc.asyncProperty(
      fc.array(series, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(1, 3, 10),
      fc.constantFrom("1m", "5m", "1d", undefined),
      fc.constantFrom(price, "double"),
      // Before 1970 as well.
      fc.constantFrom(Date.UTC(2024, 0, 1), Date.UTC(1969, 11, 31, 23)),
      // Many bars in a chunk, some, and one or two.
      fc.constantFrom(1, 8, 40),
      async (all, window, timeframe, priceType, firstMs, sparse) => {
        const bars = all.flatMap((steps, index) => {
          let [timeMs, last] = [firstMs, 100];
          return steps.flatMap((one): Bar[] => {
            timeMs += one.afterMs * sparse;
            const [open, close] = [last, last * (1 + one.move / 2000)];
            last = close;
            const scaled = (by: number): Bar["prices"] => {
              const [high, low] = [Math.max(open, close) * one.wick, Math.min(open, close)];
              return [rounded(open * by), rounded(high * by), rounded(low * by), rounded(close * by)];
            };
            const bar = { assetPair: `A${index}USD`, timeMs };
            return [
              ...(one.earlier === undefined ? [] : [{ ...bar, version: 0, prices: scaled(one.earlier) }]),
              { ...bar, version: 1, prices: scaled(one.factor) },
            ];
          });
        });
        assert.deepEqual(await found(bars, window, timeframe, priceType), reference(bars, window));
      },
    ),
    { numRuns: runsOf(8, 50) },
  );
});

/** As exact numbers have it. */
function rounded(value: number): number {
  return Number(value.toFixed(8));
}
