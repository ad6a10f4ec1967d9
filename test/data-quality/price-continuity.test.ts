import assert from "node:assert/strict";
import { after, test } from "node:test";

import * as fc from "fast-check";
import * as z from "zod";
import { field, structType } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import type { Kwargs } from "../../src/data-quality/suite.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { sharedEngine } from "../batch/workshop.ts";
import { RandomNumbers } from "../../packages/delta/test/support/random-numbers.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { runsOf } from "../sampled.ts";

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
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}
type Bars = readonly Bar[];

const dayMs = 86_400_000;
const first = Date.UTC(2024, 0, 1);

/** Bars that go on where the one before stopped, each with moves of about a share of the price. */
function walk(count: number, move: number, seed = 1, start = 100): Bar[] {
  const numbers = new RandomNumbers(seed);
  const step = (): number => Math.exp(move * (numbers.next() + numbers.next() + numbers.next() - 1.5));
  let last = start;
  return Array.from({ length: count }, () => {
    const open = last * step() ** 0.1;
    const close = open * step();
    last = close;
    return {
      open,
      close,
      high: Math.max(open, close) * Math.exp((move * numbers.next()) / 2),
      low: Math.min(open, close) / Math.exp((move * numbers.next()) / 2),
    };
  });
}

/** Bars of one trade each. */
function flat(...closes: number[]): Bar[] {
  return closes.map((close) => ({ open: close, high: close, low: close, close }));
}

function times(factor: number, { open, high, low, close }: Bar): Bar {
  return { open: open * factor, high: high * factor, low: low * factor, close: close * factor };
}

/** The bars from one on, up to another, multiplied. */
function scaled(bars: Bars, factor: number, from: number, to = bars.length): Bar[] {
  return bars.map((bar, index) => (index >= from && index < to ? times(factor, bar) : bar));
}

interface Series {
  readonly bars: Bars;
  readonly assetPair?: string;
  readonly provider?: string;
  readonly stepMs?: number;
  readonly from?: number;
  readonly extractedAt?: number;
}

function rowsOf({
  bars,
  assetPair = "BTCUSD",
  provider = "coinbase",
  stepMs = dayMs,
  from = 0,
  extractedAt = 0,
}: Series): Row[] {
  return bars.map((bar, index) => ({
    asset_pair: assetPair,
    timestamp: new Date(first + (from + index) * stepMs),
    ...Object.fromEntries(Object.entries(bar).map(([name, value]) => [name, Number(value).toFixed(8)])),
    source_provider: provider,
    _extracted_at: new Date(first + extractedAt),
    is_mock: false,
  }));
}

const type = "expect_prices_to_be_continuous";
const foundRows = z.object({ unexpected_rows: z.array(z.record(z.string(), z.unknown())) });

async function faultsOf(
  series: readonly Series[],
  kwargs: Kwargs = {},
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const lake = new DeltaLakeManager({ storagePath: "none", engine: sharedEngine });
  const suite = readSuite({ name: "prices", expectations: [{ type, kwargs }] }, "prices");
  const { results } = await new DataQualityFramework(lake).validateRows({
    rows: series.flatMap(rowsOf),
    schema,
    suite,
    resultFormat: "COMPLETE",
  });
  const [result] = results;
  assert.equal(result?.exception_info.exception_message, null);
  const { unexpected_rows: rows } = foundRows.parse(result?.result["details"]);
  assert.equal(result?.success, rows.length === 0);
  return rows;
}

/** What was found, the first bar by its place. */
async function found(bars: Bars, kwargs: Kwargs = {}): Promise<readonly unknown[]> {
  return (await faultsOf([{ bars }], kwargs)).map(summaryOf);
}

function summaryOf({ kind, timestamp, bars, factor }: Readonly<Record<string, unknown>>): unknown {
  const place = (Date.parse(String(timestamp)) - first) / dayMs;
  return [kind, place, ...(bars === undefined ? [] : [bars]), Number(Number(factor).toPrecision(1))];
}

const singles = [3, 10, 15, 400].flatMap((length) =>
  [100, 10, 0.1, 0.01].map((factor) => ({ length, factor, name: `${length} ${factor}` })),
);
const smallMoves = [0.001, 0.02];

/** All of them at once, each an asset of its own: the judgement of one takes as long as that of all. */
let faultsOfSingles: ReturnType<typeof faultsOf> | undefined;
function judgedSingles(): ReturnType<typeof faultsOf> {
  const series = singles.flatMap(({ length, factor, name }) =>
    smallMoves.map((move): Series => {
      const place = Math.floor(length / 2);
      const bars = scaled(walk(length, move), factor, place, place + 1);
      return { assetPair: `${name} ${move}`, bars };
    }),
  );
  return (faultsOfSingles ??= faultsOf(series));
}

for (const { length, factor, name } of singles) {
  test(`one bar of ${length} that is ${factor} times too much is found, and is all that is found`, async () => {
    const faults = await judgedSingles();
    for (const move of smallMoves) {
      const ofAsset = faults.filter((row) => row["asset_pair"] === `${name} ${move}`);
      assert.deepEqual(ofAsset.map(summaryOf), [["stretch", Math.floor(length / 2), 1, factor]], `${move}`);
    }
  });
}

test("a stretch is found at the start, in the middle and at the end", async () => {
  const bars = walk(120, 0.02);
  assert.deepEqual(await found(scaled(bars, 10, 40, 80)), [["stretch", 40, 40, 10]]);
  assert.deepEqual(await found(scaled(bars, 10, 0, 20)), [["jump", 20, 0.1]]);
  assert.deepEqual(await found(scaled(bars, 10, 100)), [["jump", 100, 10]]);
  assert.deepEqual(await found(scaled(bars, 10, 119)), [["jump", 119, 10]], "the newest bar alone");
  assert.deepEqual(await found(scaled(bars, 10, 0, 1)), [["jump", 1, 0.1]], "the first bar alone");
});

test("several errors in one window, also in every other bar, are found", async () => {
  const bars = walk(60, 0.02);
  const some = [5, 9, 20, 41].reduce((all, place) => scaled(all, 100, place, place + 1), bars);
  assert.deepEqual(
    await found(some),
    [5, 9, 20, 41].map((place) => ["stretch", place, 1, 100]),
  );
  const mixed = bars.map((bar, index) => (index % 2 === 1 ? times(25, bar) : bar));
  assert.equal((await found(mixed)).length, 30, "as when the bars of two assets are mixed");
});

test("a split that was not adjusted is found: of four as an error, of two by what warns", async () => {
  const bars = walk(100, 0.02);
  assert.deepEqual(await found(scaled(bars, 0.25, 50)), [["jump", 50, 0.3]]);
  assert.deepEqual(await found(scaled(bars, 20, 50)), [["jump", 50, 20]]);
  const halved = scaled(bars, 0.5, 50);
  assert.deepEqual(await found(halved), []);
  assert.deepEqual(await found(halved, { jump_factor: 1.4 }), [["jump", 50, 0.5]]);
  const range = { asset_pair: "BTCUSD", start: "2024-02-20T00:00:00Z", end: "2024-02-21T00:00:00Z" };
  assert.deepEqual(await found(scaled(bars, 0.25, 50), { explained: [range] }), [], "a jump that is known");
});

test("a single price of a bar that is a hundred times too much is found, and the bar is named", async () => {
  const bars = walk(40, 0.02);
  const with20 = (change: (bar: Bar) => Bar): Bar[] =>
    bars.map((bar, index) => (index === 20 ? change(bar) : bar));
  assert.deepEqual(await found(with20((bar) => ({ ...bar, high: bar.high * 100 }))), [["wick", 20, 100]]);
  assert.deepEqual(await found(with20((bar) => ({ ...bar, low: bar.low / 100 }))), [["wick", 20, 100]]);
  const open = with20((bar) => ({ ...bar, open: bar.open * 100, high: bar.open * 100 }));
  assert.deepEqual(await found(open), [["bar", 20, 100]]);
  const close = with20((bar) => ({ ...bar, close: bar.close * 100, high: bar.close * 100 }));
  assert.deepEqual(await found(close), [["bar", 20, 100]]);
});

test("a few bars of one trade each are judged with care, and an error among them is found", async () => {
  assert.deepEqual(await found(flat(10, 1000, 10)), [["stretch", 1, 1, 100]]);
  assert.deepEqual(await found(flat(10, 10.1, 102, 10.2, 10)), [["stretch", 2, 1, 10]]);
  assert.deepEqual(await found(flat(10, 1000)), [["jump", 1, 100]]);
  assert.deepEqual(await found(flat(10, 35, 12)), [], "who knows what is usual there");
  assert.deepEqual(await found(flat(10)), []);
  assert.deepEqual(await found([]), []);
});

test("a crash that trades its way down is no error", async () => {
  // As hard as March 2020 and harder: a half in a day, then nine tenths in another, each from where it stood.
  const crash: Bar[] = [
    { open: 79, high: 81, low: 38, close: 48 },
    { open: 48, high: 60, low: 4, close: 5 },
    { open: 5, high: 5.2, low: 0.5, close: 0.6 },
  ];
  const before = walk(50, 0.03, 3, 80);
  const afterwards = walk(50, 0.2, 4, 0.6);
  const joined = [
    ...before.slice(0, -1),
    { open: 80, high: 82, low: 78, close: 79 },
    ...crash,
    ...afterwards,
  ];
  assert.deepEqual(await found(joined), []);
});

test("a thin coin that leaps from trade to trade is no error, and a hundred times its price is", async () => {
  const numbers = new RandomNumbers(5);
  const closes = Array.from({ length: 300 }, () => 0.02 * Math.exp(1.2 * (numbers.next() - 0.5)));
  assert.deepEqual(await found(flat(...closes)), []);
  const slipped = closes.map((close, index) => (index === 150 ? close * 100 : close));
  const faults = await faultsOf([{ bars: flat(...slipped) }]);
  assert.deepEqual(
    faults.map(({ kind }) => kind),
    ["stretch"],
  );
});

test("a price may go far while there are no bars", async () => {
  const bars = walk(60, 0.02);
  const [start, end] = [bars.slice(0, 30), bars.slice(30).map((bar) => times(4, bar))];
  const apart = (days: number): Promise<readonly unknown[]> =>
    faultsOf([{ bars: start }, { bars: end, from: 30 + days }]);
  assert.equal((await apart(0)).length, 1);
  assert.equal((await apart(4)).length, 1, "a long weekend explains nothing");
  assert.equal((await apart(180)).length, 0, "half a year does");
});

test("each asset of each provider is a series of its own, and has its faults", async () => {
  const bars = walk(30, 0.02);
  const faults = await faultsOf([
    { bars },
    { bars: bars.map((bar) => times(0.001, bar)), assetPair: "SHIBUSD" },
    { bars: bars.map((bar) => times(1.5, bar)), provider: "oanda" },
    { bars: scaled(bars, 100, 7, 9), assetPair: "ETHUSD", provider: "oanda" },
  ]);
  assert.deepEqual(
    faults.map((row) => [row["asset_pair"], row["source_provider"], row["timestamp"], row["until"]]),
    [["ETHUSD", "oanda", "2024-01-08T00:00:00.000Z", "2024-01-09T00:00:00.000Z"]],
  );
});

test("a newer version of the bar mends it", async () => {
  const bars = walk(30, 0.02);
  const wrong = scaled(bars, 100, 7, 8);
  const revision: Series = { bars: bars.slice(7, 8), from: 7, extractedAt: dayMs };
  assert.deepEqual(await faultsOf([{ bars: wrong }, revision]), []);
});

test("in random walks no error is found, and every factor of eight or more is, wherever it stands", async () => {
  const moves = fc.constantFrom(0.0005, 0.005, 0.03, 0.1);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1e6 }),
      moves,
      fc.integer({ min: 4, max: 150 }),
      fc.constantFrom(8, 10, 50, 100, 1000),
      fc.boolean(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 12 }),
      async (seed, move, length, factor, isLess, share, size) => {
        const bars = walk(length, move, seed, 1000);
        assert.deepEqual(await found(bars), []);
        const from = Math.min(length - 1, Math.floor(share * length));
        const to = Math.min(length, from + size);
        if (from === 0 && to === length) return;
        const faults = await found(scaled(bars, isLess ? 1 / factor : factor, from, to));
        assert.equal(faults.length, 1);
      },
    ),
    { numRuns: runsOf(2, 30) },
  );
});

test("new bars are held against those that were there before and come behind", async () => {
  using folder = new TemporaryFolder();
  const lake = new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine });
  const quality = new DataQualityFramework(lake);
  const bars = walk(60, 0.02);
  const append = async (tableName: string, from: number, to: number, factor = 1): Promise<number> => {
    const part = { bars: bars.slice(from, to).map((bar) => times(factor, bar)), from };
    const rows = { rows: rowsOf(part) };
    await lake.createOrUpdateTable({ tableName, rows, createWith: { schema } });
    return (await (await lake.existingTable(tableName)).snapshot()).version;
  };
  for (const [tableName, kwargs] of [
    ["silver.some", {}],
    ["silver.daily", { timeframe: "1d" }],
  ] as const) {
    const suite = readSuite({ name: "prices", expectations: [{ type, kwargs }] }, "prices");
    const since = async (version: number): Promise<unknown> => {
      const options = { tableName, suite, sinceVersion: version - 1, store: false };
      return (await quality.validateTable(options)).results[0]?.result["observed_value"];
    };
    assert.equal(await since(await append(tableName, 20, 40)), 0);
    assert.equal(await since(await append(tableName, 40, 41)), 0);
    assert.equal(await since(await append(tableName, 41, 42, 100)), 1, "the newest bar alone");
    assert.equal(await since(await append(tableName, 19, 20, 100)), 1, "a bar before the others");
    assert.equal(
      await since(await append(tableName, 60, 60)),
      0,
      "nothing new, and what was wrong before is not new",
    );
  }
});

test("a split of three closes the gate, also where the price moved overnight, and a split of two does not", async () => {
  const bars = walk(100, 0.02);
  for (const overnight of [0.94, 1, 1.06]) {
    assert.equal((await found(scaled(bars, overnight / 3, 50))).length, 1, `a third, ${overnight}`);
    assert.equal((await found(scaled(bars, 3 * overnight, 50))).length, 1, `three times, ${overnight}`);
    assert.deepEqual(await found(scaled(bars, overnight / 2, 50)), [], `a half, ${overnight}`);
  }
});
