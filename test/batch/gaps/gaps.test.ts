import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import type { GapRequest } from "../../../src/batch/gaps/gap-report.ts";
import { findGaps } from "../../../src/batch/gaps/gaps.ts";
import type { Gap } from "../../../src/batch/gaps/gaps.ts";
import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";
import { AssetPair } from "../../../src/market/asset-pair.ts";
import { usualCalendars } from "../../../src/market/market-calendars.ts";
import { unionOf, without } from "../../../src/market/range-set.ts";
import { parseInstant } from "../../../src/market/time-range.ts";
import type { TimeRange } from "../../../src/market/time-range.ts";
import { DemoProvider } from "../../../src/providers/demo/demo.ts";
import type { MarketDataProvider } from "../../../src/providers/provider.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { bound, spoiltHour } from "../altered-provider.ts";
import { openWorkshop, pairs, range, sharedEngine, testClock } from "../workshop.ts";

after(() => sharedEngine.close());

const month = range("2026-01-01", "2026-02-01");
const hour = (instant: string, hours = 1): TimeRange => ({
  startMs: parseInstant(instant),
  endMs: parseInstant(instant) + hours * 3_600_000,
});
const summary = (gaps: readonly Gap[]): unknown[] =>
  gaps.map((gap) => [new Date(gap.range.startMs).toISOString().slice(0, 13), gap.missingBars, gap.kind]);

function btcGaps(missing: readonly TimeRange[], more: Partial<Parameters<typeof findGaps>[0]> = {}): Gap[] {
  const state = {
    schedule: usualCalendars.scheduleOf(AssetPair.parse("BTCUSD"), "1h"),
    stored: without(month, unionOf(missing)),
    covered: [month],
    confirmed: [],
    ...more,
  };
  return findGaps(state, month);
}

test("what was never fetched is told apart from what the provider did not have", () => {
  const covered = [range("2026-01-01", "2026-01-10"), range("2026-01-12", "2026-02-01")];
  const gaps = btcGaps([range("2026-01-09T12:00:00Z", "2026-01-12T03:00:00Z")], { covered });
  assert.deepEqual(summary(gaps), [
    ["2026-01-09T12", 12, "provider_outage"],
    ["2026-01-10T00", 48, "fetch_failed"],
    ["2026-01-12T00", 3, "provider_outage"],
  ]);
});

test("a bar that is missing where nearly all others are there is an outage", () => {
  assert.deepEqual(summary(btcGaps([hour("2026-01-05T07:00:00Z")])), [
    ["2026-01-05T07", 1, "provider_outage"],
  ]);
});

test("a bar that is missing where many are is one without trades; a long row of them is not", () => {
  const every20th = Array.from({ length: 37 }, (_, index) =>
    hour(new Date(month.startMs + index * 72_000_000).toISOString()),
  );
  const gaps = btcGaps([...every20th, hour("2026-01-20T03:00:00Z", 9)]);
  assert.deepEqual(
    gaps.filter((gap) => gap.kind === "provider_outage").map((gap) => gap.missingBars >= 9),
    [true],
  );
  assert.ok(gaps.filter((gap) => gap.kind === "no_trades").length > 30);
});

test("a bar of another series' outage is one of an outage, however quiet the series is", () => {
  const every20th = Array.from({ length: 37 }, (_, index) =>
    hour(new Date(month.startMs + index * 72_000_000).toISOString()),
  );
  const [first] = every20th;
  assert.ok(first !== undefined);
  const [gap] = btcGaps(every20th, { outagesElsewhere: [first] });
  assert.equal(gap?.kind, "provider_outage");
});

test("the weekend of foreign exchange and its holidays are no gaps", () => {
  const euro = {
    schedule: usualCalendars.scheduleOf(AssetPair.parse("EURUSD"), "1h"),
    covered: [month],
    confirmed: [],
  };
  const open = [
    ["2026-01-01T22:00:00Z", "2026-01-02T22:00:00Z"],
    ["2026-01-04T22:00:00Z", "2026-01-09T22:00:00Z"],
    ["2026-01-11T22:00:00Z", "2026-01-16T22:00:00Z"],
    ["2026-01-18T22:00:00Z", "2026-01-23T22:00:00Z"],
    ["2026-01-25T22:00:00Z", "2026-01-30T22:00:00Z"],
  ].map(([start = "", end = ""]) => range(start, end));
  assert.deepEqual(findGaps({ ...euro, stored: open }, month), []);
  const [gap] = findGaps({ ...euro, stored: open.slice(1) }, month);
  // The market opens again between 17:00 and 18:00 in New York: the hour of 22:00 is none that must be there.
  assert.deepEqual(summary(gap === undefined ? [] : [gap]), [["2026-01-01T23", 23, "provider_outage"]]);
});

test("a bar of four hours counts when the market was open in some part of it", () => {
  const friday = range("2026-01-09", "2026-01-10");
  const gaps = findGaps(
    {
      schedule: usualCalendars.scheduleOf(AssetPair.parse("EURUSD"), "4h"),
      stored: [],
      covered: [],
      confirmed: [],
    },
    friday,
  );
  assert.deepEqual(summary(gaps), [["2026-01-09T00", 6, "fetch_failed"]]);
});

test("where nobody knows the market's calendar, what a provider does not have is neither outage nor quiet time", () => {
  const daily = usualCalendars.scheduleOf(AssetPair.parse("PETR4.SA"), "1d");
  const stored = [range("2026-01-05", "2026-01-10"), range("2026-01-13", "2026-01-15")];
  const january = range("2026-01-05", "2026-01-15");
  const asked = findGaps({ schedule: daily, stored, covered: [january], confirmed: [] }, january);
  assert.deepEqual(summary(asked), [["2026-01-12T00", 1, "calendar_unknown"]]);
  // From a file, of which only the bars count as fetched: a holiday for all one knows, but no months of holidays.
  const ofFile = findGaps({ schedule: daily, stored, covered: stored, confirmed: [] }, january);
  assert.deepEqual(summary(ofFile), [["2026-01-12T00", 1, "calendar_unknown"]]);
  const apart = [range("2026-01-05", "2026-01-10"), range("2026-03-02", "2026-03-07")];
  const months = findGaps(
    { schedule: daily, stored: apart, covered: apart, confirmed: [] },
    range("2026-01-05", "2026-03-07"),
  );
  assert.ok(months.length > 0 && months.every(({ kind }) => kind === "fetch_failed"));
});

test("holidays of an exchange are judged in the years of which its calendar is known", () => {
  const daily = usualCalendars.scheduleOf(AssetPair.parse("AAPL"), "1d");
  const years = range("1999-01-01", "2001-01-01");
  const stored = [range("2000-01-01", "2000-06-05"), range("2000-06-06", "2001-01-01")];
  const gaps = findGaps({ schedule: daily, stored, covered: [years], confirmed: [] }, years);
  const kinds = gaps.map(({ range: { startMs }, kind }) => `${new Date(startMs).getUTCFullYear()} ${kind}`);
  assert.deepEqual([...new Set(kinds)], ["1999 calendar_unknown", "2000 provider_outage"]);
});

const hours: BackfillRequest = {
  assetPairs: pairs("BTCUSD"),
  timeframes: ["1h"],
  range: range("2026-01-01", "2026-01-08"),
  provider: "demo",
};

/** The demo provider without the bars of some ranges. */
function silent(...ranges: readonly TimeRange[]): MarketDataProvider & { requests: number } {
  const demo = new DemoProvider({ clock: testClock, seed: 7, dirtyRows: false });
  const provider = {
    ...bound(demo),
    requests: 0,
    async fetchBars(...args: Parameters<MarketDataProvider["fetchBars"]>) {
      provider.requests += 1;
      const page = await demo.fetchBars(...args);
      const bars = page.bars.filter(
        ({ openTimeMs = 0 }) => !ranges.some((one) => openTimeMs >= one.startMs && openTimeMs < one.endMs),
      );
      return { ...page, bars };
    },
  };
  return provider;
}

test("a repair fetches what is there by now, and remembers what is not", async () => {
  using folder = new TemporaryFolder();
  const [outage, late] = [hour("2026-01-03T05:00:00Z", 3), hour("2026-01-05T11:00:00Z")];
  await openWorkshop({ root: folder.path, provider: silent(outage, late) }).ingester.backfill(hours);
  const provider = silent(outage);
  const { ingester, lake } = openWorkshop({ root: folder.path, provider });
  const [before] = await ingester.findGaps();
  assert.deepEqual(summary(before?.gaps ?? []), [
    ["2026-01-03T05", 3, "provider_outage"],
    ["2026-01-05T11", 1, "no_trades"],
  ]);
  assert.deepEqual([before?.expectedBars, before?.storedBars], [168, 164]);

  const repaired = await ingester.repairGaps({ provider: "demo" });
  assert.equal(repaired.series[0]?.rowsIngested, 1);
  const [afterwards] = await ingester.findGaps();
  assert.deepEqual(summary(afterwards?.gaps ?? []), [["2026-01-03T05", 3, "provider_outage"]]);
  assert.equal(afterwards?.gaps[0]?.isConfirmed, true);

  const asked = provider.requests;
  const again = await ingester.repairGaps({ provider: "demo" });
  assert.equal(again.series.length, 0);
  assert.equal(provider.requests, asked, "what is confirmed is not asked for again");
  const { version } = await lake.table("raw_market_data_1h").snapshot();
  assert.equal(version, 1);
});

test("a bar that was rejected is told apart from one that did not come", async () => {
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({ root: folder.path, provider: spoiltHour("2026-01-03T12:00:00Z") });
  await ingester.backfill(hours);
  const [report] = await ingester.findGaps();
  assert.deepEqual(summary(report?.gaps ?? []), [["2026-01-03T12", 1, "rejected"]]);
});

test("a hole that a failure left is found, and filled by a repair", async () => {
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...hours, range: range("2026-01-01", "2026-01-03") });
  await ingester.backfill({ ...hours, range: range("2025-12-20", "2025-12-25") });
  const [before] = await ingester.findGaps({ assetPairs: pairs("BTCUSD") });
  assert.deepEqual(summary(before?.gaps ?? []), [["2025-12-25T00", 168, "fetch_failed"]]);
  await ingester.repairGaps({ provider: "demo", timeframes: ["1h"] });
  assert.deepEqual((await ingester.findGaps())[0]?.gaps, []);
});

test("nothing stored is nothing to report, and a range narrows the report", async () => {
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({ root: folder.path, provider: silent(hour("2026-01-03T05:00:00Z")) });
  assert.deepEqual(await ingester.findGaps(), []);
  await ingester.backfill(hours);
  const narrow = await ingester.findGaps({ range: range("2026-01-04", "2026-01-06") });
  assert.deepEqual([narrow[0]?.expectedBars, narrow[0]?.gaps.length], [48, 0]);
  assert.deepEqual(await ingester.findGaps({ assetPairs: pairs("ETHUSD") }), []);
});

test("a range that was asked for is looked at as a whole, fetched or not", async () => {
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...hours, range: range("2026-01-03", "2026-01-05") });
  const gapsOf = async (request: GapRequest): Promise<unknown[]> =>
    (await ingester.findGaps(request)).flatMap(({ gaps }) => summary(gaps));
  const before = ["2026-01-01T00", 48, "fetch_failed"];
  const behind = ["2026-01-05T00", 24, "fetch_failed"];
  const { startMs, endMs } = range("2026-01-01", "2026-01-06");
  assert.deepEqual(await gapsOf({ range: { startMs, endMs } }), [before, behind]);
  assert.deepEqual(await gapsOf({ range: { startMs } }), [before]);
  assert.deepEqual(await gapsOf({ range: { endMs } }), [behind]);
  const ether = { assetPairs: pairs("ETHUSD"), timeframes: ["1h"], range: { startMs, endMs } } as const;
  assert.deepEqual(await gapsOf(ether), [["2026-01-01T00", 120, "fetch_failed"]]);
});

const kraken = `time,open,high,low,close,volume
2026-01-05T00:00:00Z,1,2,1,2,1
2026-01-05T01:00:00Z,1,2,1,2,1
2026-01-05T03:00:00Z,1,2,1,2,1
`;

test("a repair asks the provider that the bars beside a gap came from", async () => {
  using folder = new TemporaryFolder();
  const missing = hour("2026-01-03T05:00:00Z", 3);
  await openWorkshop({ root: folder.path, provider: silent(missing) }).ingester.backfill(hours);
  // Nobody named the demo provider, and no chain has it.
  const { ingester } = openWorkshop({ root: folder.path });
  const repaired = await ingester.repairGaps({ provider: "auto" });
  assert.deepEqual(
    repaired.series.map(({ plan, rowsIngested }) => [
      plan.pieces.map(({ provider }) => provider),
      rowsIngested,
    ]),
    [[["demo"], 3]],
  );
  assert.deepEqual(repaired.notes, []);
});

test("bars of a file whose provider cannot be asked are not mixed with another's: the repair says so", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("kraken.csv"), kraken);
  const { ingester } = openWorkshop({ root: folder.at("lake") });
  const [assetPair] = pairs("BTCUSD");
  assert.ok(assetPair !== undefined);
  await ingester.importFiles({
    files: [folder.at("kraken.csv")],
    assetPair,
    timeframe: "1h",
    provider: "kraken",
  });
  const { series, notes } = await ingester.repairGaps({ provider: "auto" });
  assert.deepEqual(series, []);
  assert.equal(notes.length, 1);
  assert.match(
    notes[0] ?? "",
    /^BTCUSD 1h: 1 gap beside bars of kraken not asked for: kraken is not a provider/,
  );
});
