// A provider's name that somebody typed is held against those that are known.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";
import { openWorkshop, sharedEngine } from "./workshop.ts";
import type { Workshop } from "./workshop.ts";

after(() => sharedEngine.close());

const bars =
  "time,open,high,low,close,volume\n2024-01-01T00:00:00Z,1,2,1,1,5\n2024-01-01T01:00:00Z,1,2,1,1,5\n";

async function importAs(
  provider: string,
  { ingester }: Workshop,
  folder: TemporaryFolder,
  insist = false,
): Promise<number> {
  writeFileSync(folder.at("a.csv"), bars);
  const request = { files: [folder.at("a.csv")], assetPair: "BTCUSD", timeframe: "1h", insist };
  return (await ingester.importFiles({ ...request, provider })).rowsIngested;
}

test("a name that is a slip for a known one is asked about, and --insist takes it", async () => {
  using folder = new TemporaryFolder();
  const workshop = openWorkshop({ root: folder.at("lake") });
  const slips = { ooanda: "oanda", onada: "oanda", coinbse: "coinbase", coinbsae: "coinbase", demmo: "demo" };
  for (const [slip, meant] of Object.entries({
    ...slips,
    alphavantage: "alpha_vantage",
    alpa_vantge: "alpha_vantage",
  }))
    await assert.rejects(importAs(slip, workshop, folder), {
      code: "INVALID_ARGUMENT",
      message: new RegExp(`no provider "${slip}".*Did you mean ${meant}\\?.*--insist`),
    });
  assert.equal(await importAs("oanda2", workshop, folder, true), 2);
  // Its bars are there now: it is a name of its own.
  assert.equal(await importAs("oanda2", workshop, folder), 0);
});

test("a source that nobody knows is taken, and stands for a name that is a slip for it", async () => {
  using folder = new TemporaryFolder();
  const workshop = openWorkshop({ root: folder.at("lake") });
  for (const name of ["kraken", "coinbene", "coinex", "my_broker", "okx"])
    assert.equal(await importAs(name, workshop, folder), 2, name);
  await assert.rejects(importAs("krakn", workshop, folder), /Did you mean kraken\?/);
});
