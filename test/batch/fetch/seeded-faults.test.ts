// A troubled year: faults by seed in what the providers answer, until all is there. The tables are those of a clean run.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";
import { RandomNumbers } from "../../../packages/delta/test/support/random-numbers.ts";
import { demoSource } from "../../stand-in/candle-source.ts";
import { down, usualFaults } from "../../stand-in/faults.ts";
import { startStandIn, type Intercept } from "../../stand-in/server.ts";
import { sampled } from "../../sampled.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import {
  deadLetterRecords,
  marketRows,
  openWorkshop,
  pairs,
  range,
  sharedEngine,
  testNowMs,
} from "../workshop.ts";

after(() => sharedEngine.close());

const request: BackfillRequest = {
  assetPairs: pairs("BTCUSD", "ETHUSD", "EURUSD"),
  timeframes: ["1h", "4h"],
  range: range("2025-06-01", "2026-05-25"),
  provider: "auto",
};
const source = demoSource(5, ["BTCUSD", "ETHUSD", "EURUSD"]);
const tables = ["raw_market_data_1h", "raw_market_data_4h"];
/** A run that is still not whole by then never will be. */
const runsMax = 40;

/** Some requests fail; and for a while one provider fails altogether. */
function troubled(seed: number): Intercept {
  const numbers = new RandomNumbers(seed);
  const downFrom = numbers.below(20);
  return ({ url, number }) => {
    const isDown = url.pathname.startsWith("/products/") && number >= downFrom && number < downFrom + 15;
    if (isDown) return down;
    return numbers.next() < 0.3 ? usualFaults[numbers.below(usualFaults.length)] : undefined;
  };
}

/**
 * Who a bar came from depends on who was well; what it says does not, save that Alpha Vantage has no volumes of foreign
 * exchange and Oanda has.
 */
async function contents(folder: TemporaryFolder): Promise<unknown> {
  const { lake } = openWorkshop({ root: folder.path });
  const all: unknown[] = [];
  for (const table of tables) {
    const rows = await marketRows(lake, table);
    all.push(
      rows.map((row) => {
        const volume = row["asset_pair"] === "EURUSD" ? undefined : row["volume"];
        return { ...row, source_provider: undefined, volume };
      }),
    );
  }
  return all;
}

async function clean(folder: TemporaryFolder): Promise<unknown> {
  const standIn = await startStandIn({ series: source, now: () => testNowMs });
  try {
    const { ingester } = openWorkshop({ root: folder.path, baseUrl: standIn.url });
    const { series } = await ingester.backfill(request);
    assert.ok(series.every(({ failure }) => failure === undefined));
    return await contents(folder);
  } finally {
    await standIn.close();
  }
}

const law = "whatever goes wrong on the way, the tables end as those of a clean run";

test(law, async () => {
  using cleanFolder = new TemporaryFolder();
  const expected = await clean(cleanFolder);
  for (const seed of sampled(law, [1, 2, 3, 4], 1)) {
    using folder = new TemporaryFolder();
    const standIn = await startStandIn({ series: source, now: () => testNowMs, intercept: troubled(seed) });
    try {
      let isWhole = false;
      for (let run = 0; run < runsMax && !isWhole; run += 1) {
        const workshop = openWorkshop({ root: folder.path, baseUrl: standIn.url });
        const { series } = await workshop.ingester.backfill(request);
        isWhole = series.every(({ failure }) => failure === undefined);
      }
      assert.ok(isWhole, `seed ${seed}`);
      assert.deepEqual(await contents(folder), expected, `seed ${seed}`);
      assert.deepEqual(await deadLetterRecords(openWorkshop({ root: folder.path }).deadLetters), []);
    } finally {
      await standIn.close();
    }
  }
});
