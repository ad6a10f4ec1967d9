import assert from "node:assert/strict";
import { after, test } from "node:test";

import { mayHaveBars } from "../../src/bronze/stored-overlap.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { openWorkshop, pairs, range, sharedEngine } from "../batch/workshop.ts";

after(() => sharedEngine.close());

const bitcoin = AssetPair.parse("BTCUSD");
const ether = AssetPair.parse("ETHUSD");
const tableName = "raw_market_data_1h";
const request = { assetPairs: pairs("BTCUSD"), timeframes: ["1h"], provider: "demo" } as const;

test("the log rules out bars of other times and assets, to the bar, also of a table without statistics", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...request, range: range("2026-01-02", "2026-01-03") });
  await ingester.backfill({ ...request, range: range("2026-01-03", "2026-01-06") });
  const table = await lake.existingTable(tableName);
  const may = async (start: string, end: string, assetPair = bitcoin): Promise<boolean> =>
    mayHaveBars(await table.snapshot(), assetPair, range(start, end));
  assert.equal(await may("2026-01-01", "2026-01-02"), false);
  assert.equal(await may("2026-01-01", "2026-01-02T00:00:00.001Z"), true, "the first bar");
  assert.equal(await may("2026-01-02T23:00:00Z", "2026-01-03"), true, "the last bar");
  assert.equal(await may("2026-01-06", "2026-02-01"), false);
  assert.equal(await may("2026-01-02", "2026-01-06", ether), false);
  await table.setProperties({ "delta.dataSkippingNumIndexedCols": "0" });
  await ingester.backfill({ ...request, range: range("2026-01-08", "2026-01-09") });
  assert.equal(await may("2020-01-01", "2020-01-02"), true, "nothing is known of the last file");
  const again = await ingester.backfill({
    ...request,
    range: range("2026-01-02", "2026-01-10"),
    force: true,
  });
  const [series] = again.series;
  assert.equal(series?.rowsRevised, 0);
  const rows = await (
    await lake.query(`SELECT count(*) AS n, count(DISTINCT timestamp) AS bars FROM ${tableName}`)
  ).rows();
  assert.deepEqual(
    rows.map(({ n, bars }) => n === bars),
    [true],
    "no bar came twice",
  );
});
