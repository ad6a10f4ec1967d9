import assert from "node:assert/strict";
import { after, test } from "node:test";

import { heatCell } from "../../../src/batch/gaps/heat-cells.ts";
import type { HeatCell } from "../../../src/batch/gaps/heat-cells.ts";
import { renderHeatMap } from "../../../src/cli/output/heat-map.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { openWorkshop, pairs, range, sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

test("a cell of which nothing is there says why: closed, not fetched, not yet", async () => {
  using folder = new TemporaryFolder();
  // A Monday at noon, UTC.
  const clock = { now: () => Date.parse("2026-01-12T12:30:00Z"), sleep: async () => {} };
  const { ingester } = openWorkshop({ root: folder.path, clock });
  const request = { assetPairs: pairs("EURUSD"), timeframes: ["1h"], provider: "demo" } as const;
  await ingester.backfill({ ...request, range: range("2026-01-06", "2026-01-08") });
  const [report] = await ingester.findGaps({ range: range("2026-01-06", "2026-01-15") });
  assert.ok(report !== undefined);
  const cells = Array.from({ length: 11 }, (_, day): HeatCell => {
    const startMs = Date.parse("2026-01-05") + day * 86_400_000;
    return heatCell(report, { startMs, endMs: startMs + 86_400_000 });
  });
  assert.deepEqual(cells, [
    "not_fetched", // Monday, before what is looked at
    1,
    1,
    "not_fetched",
    "not_fetched",
    "closed", // Saturday
    "not_fetched", // Sunday evening
    "not_fetched", // until now
    "not_yet",
    "not_yet",
    "not_yet",
  ]);
});

test("a day of which the provider has no bar is none, not one that was never fetched", async () => {
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({ root: folder.path });
  const request = { assetPairs: pairs("BTCUSD"), timeframes: ["1h"], provider: "demo" } as const;
  await ingester.backfill({ ...request, range: range("2026-01-06", "2026-01-08") });
  const [report] = await ingester.findGaps();
  assert.ok(report !== undefined);
  const silent = { ...report, stored: [range("2026-01-06", "2026-01-07")] };
  const day = range("2026-01-07", "2026-01-08");
  assert.equal(heatCell(silent, day), 0);
  assert.equal(heatCell({ ...silent, covered: [range("2026-01-06", "2026-01-07")] }, day), "not_fetched");
});

test("the map shows each reason by a character of its own, and explains those that it uses", () => {
  const map = renderHeatMap({
    from: "2026-01-05",
    to: "2026-01-10",
    cell: "a day",
    inColor: false,
    lines: [{ label: "EURUSD 1h", cells: [1, 0.5, 0, "closed", "not_fetched", "not_yet"] }],
  });
  assert.match(map, /^EURUSD 1h {2}█▒·-\?>$/m);
  assert.match(map, /- closed {2}\? not fetched {2}> not yet {2}\(a cell is a day\)/);
  assert.doesNotMatch(map, /calendar unknown/);
  const unknown = renderHeatMap({
    from: "2026-01-05",
    to: "2026-01-05",
    cell: "a day",
    inColor: true,
    lines: [{ label: "X", cells: ["calendar_unknown"] }],
  });
  assert.match(unknown, /^X {2}~$/m);
  assert.match(unknown, /~ calendar unknown/);
});
