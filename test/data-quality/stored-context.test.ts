import assert from "node:assert/strict";
import { after, test } from "node:test";

import * as fc from "fast-check";
import * as z from "zod";
import { field, structType } from "finance-feedback-delta";

import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import type { Kwargs } from "../../src/data-quality/suite.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { sharedEngine } from "../batch/workshop.ts";
import { runsOf } from "../sampled.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { JumpingClock } from "../providers/fake-clock.ts";

after(() => sharedEngine.close());

const price = "decimal(18,8)";
const schema = structType([
  field("asset_pair", "string"),
  field("timestamp", "timestamp"),
  ...["open", "high", "low", "close"].map((name) => field(name, price)),
  field("source_provider", "string"),
  field("_extracted_at", "timestamp"),
  field("is_mock", "boolean"),
]);

interface Bar {
  readonly at: string;
  readonly close?: number;
  readonly assetPair?: string;
  readonly isMock?: boolean;
}

const foundRows = z.object({ unexpected_rows: z.array(z.record(z.string(), z.unknown())) });

/** A table of bars to which commits are added one by one, each validated as the gate validates it: by its own rows. */
class Bars implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly #lake = new DeltaLakeManager({ storagePath: this.#folder.path, engine: sharedEngine });
  #version = -1;

  async add(...bars: readonly Bar[]): Promise<void> {
    const rows = bars.map(({ at, close = 1, assetPair = "BTCUSD", isMock = false }) => ({
      asset_pair: assetPair,
      timestamp: new Date(at),
      ...Object.fromEntries(["open", "high", "low", "close"].map((name) => [name, close.toFixed(8)])),
      source_provider: "coinbase",
      _extracted_at: new Date(Date.UTC(2026, 5, 1, 0, 0, this.#version + 1)),
      is_mock: isMock,
    }));
    await this.#lake.createOrUpdateTable({
      tableName: "silver.bars",
      rows: { rows },
      createWith: { schema },
    });
    this.#version += 1;
  }

  /** What the rows of the last commit break, or those of all commits after a version. */
  async broken(
    type: string,
    kwargs: Kwargs,
    { since = this.#version - 1, now = "2026-06-01T00:00:00Z" }: { since?: number; now?: string } = {},
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const quality = new DataQualityFramework(this.#lake, { clock: new JumpingClock(Date.parse(now)) });
    const { results } = await quality.validateTable({
      tableName: "silver.bars",
      suite: readSuite({ name: "bars", expectations: [{ type, kwargs }] }, "bars"),
      sinceVersion: since < 0 ? undefined : since,
      store: false,
      resultFormat: "COMPLETE",
    });
    const [result] = results;
    assert.equal(result?.exception_info.exception_message, null);
    const { unexpected_rows: rows } = foundRows.parse(result?.result["details"]);
    assert.equal(result?.success, rows.length === 0);
    return rows;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

const dayMs = 86_400_000;
const at = (hour: number): string => new Date(Date.UTC(2026, 0, 5) + hour * 3_600_000).toISOString();
const hours = (from: number, to: number, bar: Omit<Bar, "at"> = {}): Bar[] =>
  Array.from({ length: to - from }, (_, index) => ({ ...bar, at: at(from + index) }));
/** Closes that go up and down. */
const closes = (from: number, to: number): Bar[] =>
  hours(from, to).map((bar, index) => ({ ...bar, close: 100 + ((from + index) % 2) }));
const day = (of: number): string => new Date(Date.UTC(2015, 0, 1) + of * dayMs).toISOString();
const daily = (from: number, count: number, close: number): Bar[] =>
  Array.from({ length: count }, (_, index) => ({
    at: day(from + index),
    close: close * (1 + (index % 3) / 100),
  }));
const gapsOf = async (bars: Bars): Promise<readonly unknown[]> =>
  (await bars.broken("expect_no_unexplained_gaps", { timeframe: "1h" })).map(
    ({ asset_pair: assetPair, start, end }) => [assetPair, start, end],
  );

test("a gap between stored bars and new ones is found on both sides, however far away they are", async () => {
  using bars = new Bars();
  await bars.add(...hours(0, 3), ...hours(5, 7));
  await bars.add(...hours(9, 12));
  assert.deepEqual(await gapsOf(bars), [["BTCUSD", at(7), at(9)]], "not the gap that was there before");
  await bars.add(...hours(12, 15));
  assert.deepEqual(await gapsOf(bars), [], "what goes on where the stored ones end has none");
  const yearLater = 365 * 24;
  await bars.add(...hours(yearLater, yearLater + 2));
  assert.deepEqual(await gapsOf(bars), [["BTCUSD", at(15), at(yearLater)]]);
  await bars.add(...hours(100, 101));
  assert.deepEqual(await gapsOf(bars), [
    ["BTCUSD", at(15), at(100)],
    ["BTCUSD", at(101), at(yearLater)],
  ]);
  await bars.add(...hours(-48, -47));
  assert.deepEqual(await gapsOf(bars), [["BTCUSD", at(-47), at(0)]]);
});

test("the gap of one asset is not that of another, and made-up bars fill none", async () => {
  using bars = new Bars();
  await bars.add(...hours(0, 3), ...hours(0, 9, { assetPair: "ETHUSD" }));
  await bars.add(...hours(3, 6, { isMock: true }));
  await bars.add(...hours(6, 9), ...hours(9, 12, { assetPair: "ETHUSD" }));
  assert.deepEqual(await gapsOf(bars), [["BTCUSD", at(3), at(6)]]);
});

test("new bars have the gaps that all bars have and those before did not judge", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 }), {
        minLength: 2,
        maxLength: 4,
      }),
      async (commits) => {
        using bars = new Bars();
        for (const commit of commits) await bars.add(...commit.map((hour) => ({ at: at(hour) })));
        const added = new Set(commits.at(-1));
        const stored = [...new Set(commits.flat())].toSorted((left, right) => left - right);
        const expected = stored.flatMap((hour, index) => {
          const next = stored[index + 1] ?? hour + 1;
          const isNew = added.has(hour) || added.has(next);
          return next > hour + 1 && isNew ? [["BTCUSD", at(hour + 1), at(next)]] : [];
        });
        assert.deepEqual(await gapsOf(bars), expected);
      },
    ),
    { numRuns: runsOf(3, 20) },
  );
});

test("history that is fetched late does not make an asset stale, and one without new bars is not judged", async () => {
  using bars = new Bars();
  const fresh = async (now: string): Promise<readonly unknown[]> =>
    (await bars.broken("expect_bars_to_be_fresh", { timeframe: "1h" }, { now })).map(
      ({ asset_pair: assetPair, newest_bar: newest }) => [assetPair, newest],
    );
  await bars.add(...hours(0, 12), ...hours(0, 3, { assetPair: "ETHUSD" }));
  assert.deepEqual(await fresh(at(12)), [["ETHUSD", at(2)]]);
  await bars.add(...hours(-1000, -990));
  assert.deepEqual(await fresh(at(12)), []);
  assert.deepEqual(await fresh(at(14)), [["BTCUSD", at(11)]]);
});

test("a run of closes that goes on over commits is found, before new bars and behind, also over a long hole", async () => {
  for (const timeframe of ["1h", undefined] as const) {
    using bars = new Bars();
    const runs = async (): Promise<readonly unknown[]> =>
      (await bars.broken("expect_no_stale_price_runs", { max_run: 4, ...(timeframe && { timeframe }) })).map(
        ({ first, last }) => [first, last],
      );
    await bars.add(...hours(0, 3, { close: 5 }), ...hours(3, 5, { close: 7 }));
    await bars.add(...hours(5, 7, { close: 7 }));
    assert.deepEqual(await runs(), []);
    await bars.add(...hours(9000, 9001, { close: 7 }));
    assert.deepEqual(await runs(), [[at(3), at(9000)]]);
    await bars.add(...hours(-9000, -8998, { close: 5 }));
    assert.deepEqual(await runs(), [[at(-9000), at(2)]]);
    await bars.add(...hours(20_000, 20_001, { close: 8 }));
    assert.deepEqual(await runs(), [], "what was found before is not found again");
  }
});

test("a return between a stored bar and a new one is judged on both sides, with all bars before that it needs", async () => {
  using bars = new Bars();
  const kwargs = { max_sigma: 6, window: 10, timeframe: "1h" };
  const returns = async (): Promise<readonly unknown[]> =>
    (await bars.broken("expect_returns_to_be_within", kwargs)).map(({ timestamp }) => timestamp);
  await bars.add(...closes(0, 11), ...closes(12, 30));
  await bars.add({ at: at(9000), close: 200 });
  assert.deepEqual(await returns(), [at(9000)], "it has just enough bars before it");
  await bars.add({ at: at(11), close: 200 });
  assert.deepEqual(await returns(), [at(11)], "the bar behind has more than usual before it");
});

test("prices are continuous over a hole of months, on both sides of the new bars", async () => {
  using bars = new Bars();
  const kwargs = { timeframe: "1d", window: 3 };
  const jumps = async (): Promise<readonly unknown[]> =>
    (await bars.broken("expect_prices_to_be_continuous", kwargs)).map(({ timestamp }) => timestamp);
  await bars.add(...daily(0, 20, 100));
  await bars.add(...daily(200, 20, 10_000_000));
  assert.deepEqual(await jumps(), [day(200)]);
  await bars.add(...daily(110, 2, 100));
  assert.deepEqual(await jumps(), [day(200)], "the bar behind the new ones");
});

test("rows of a range go on in their order where those before it ended", async () => {
  using folder = new TemporaryFolder();
  const lake = new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine });
  const quality = new DataQualityFramework(lake);
  const tableName = "silver.numbers";
  const add = async (...values: readonly (number | null)[]): Promise<void> => {
    const rows = { rows: values.map((n) => ({ n })) };
    await lake.createOrUpdateTable({ tableName, rows, createWith: { schema: numbers } });
  };
  const expectations = ["increasing", "decreasing"].map((order) => ({
    type: `expect_column_values_to_be_${order}`,
    kwargs: { column: "n" },
  }));
  const suite = readSuite({ name: "orders", expectations }, "orders");
  /** How many values are out of order when they should increase, and when they should decrease. */
  const brokenSince = async (sinceVersion: number): Promise<readonly unknown[]> => {
    const { results } = await quality.validateTable({ tableName, suite, sinceVersion, store: false });
    return results.map(({ result }) => result["unexpected_count"]);
  };
  await add(1, 4, null);
  await add(null, 4, 5);
  assert.deepEqual(await brokenSince(0), [0, 1]);
  await add(3);
  assert.deepEqual(await brokenSince(1), [1, 0]);
  await add(3);
  assert.deepEqual(await brokenSince(2), [0, 0]);
  assert.deepEqual(await brokenSince(1), [1, 0]);
  assert.deepEqual(await brokenSince(-1), [1, 2], "before the first version there is nothing");
});

const numbers = structType([field("n", "integer")]);
