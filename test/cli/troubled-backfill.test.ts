import assert from "node:assert/strict";
import { after, test } from "node:test";

import { timeRange } from "../../src/market/time-range.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { backfillThroughTrouble } from "./troubled-backfill.ts";
import { sharedEngine } from "../batch/workshop.ts";

after(() => sharedEngine.close());

test("faults, dirty rows, an outage and kills leave the tables of a run in peace, and each dirty row once", async () => {
  const assets = ["BTCUSD", "ETHUSD", "EURUSD"];
  const report = await backfillThroughTrouble({
    source: demoSource(3, assets),
    assets,
    timeframe: "1h",
    range: timeRange(Date.UTC(2025, 0, 1), Date.UTC(2025, 11, 31)),
    seed: 5,
    dirtyShare: 0.01,
    requestsPerSecond: 30,
    kills: 8,
    livesMs: [500, 1500],
    downMs: 400,
  });
  assert.ok(report.dirtyRows > 100 && report.faults > 10, JSON.stringify(report));
});
