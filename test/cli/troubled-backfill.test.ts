import assert from "node:assert/strict";
import { after, test } from "node:test";

import { timeRange } from "../../src/market/time-range.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { isWhole, runsOf } from "../sampled.ts";
import { backfillThroughTrouble } from "./troubled-backfill.ts";
import { sharedEngine } from "../batch/workshop.ts";

after(() => sharedEngine.close());

test("faults, dirty rows, an outage and kills leave the tables of a run in peace, and each dirty row once", async () => {
  const assets = ["BTCUSD", "ETHUSD", "EURUSD"];
  const report = await backfillThroughTrouble({
    source: demoSource(3, assets),
    assets,
    timeframe: "1h",
    range: timeRange(Date.UTC(2025, 0, 1), Date.UTC(2025, isWhole ? 11 : 5, 30)),
    seed: 5,
    dirtyShare: 0.01,
    requestsPerSecond: 100,
    kills: runsOf(2, 8),
    requestsAlive: [4, 30],
    requestsDown: 12,
  });
  assert.equal(report.killed, runsOf(2, 8), JSON.stringify(report));
  assert.ok(report.dirtyRows > 80 && report.faults > 10, JSON.stringify(report));
});
