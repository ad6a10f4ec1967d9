// An import that ends before its last row says what of it is in Bronze.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import { UnfinishedImport } from "../../../src/index.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { marketRows, openWorkshop, sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

const request = { assetPair: "BTCUSD", timeframe: "1h", provider: "someone" };

function day(date: string): string {
  const bar = (hour: number): string => `${date}T${String(hour).padStart(2, "0")}:00:00Z,1,2,1,1,5`;
  return ["time,open,high,low,close,volume", ...Array.from({ length: 24 }, (_, hour) => bar(hour)), ""].join(
    "\n",
  );
}

test("an import that is stopped between two files says what is committed, and goes on from there", async () => {
  using folder = new TemporaryFolder();
  const files = ["2024-01-01", "2024-01-02", "2024-01-03"].map((date) => folder.at(`${date}.csv`));
  for (const file of files) writeFileSync(file, day(file.slice(-14, -4)));
  const { ingester, lake } = openWorkshop({ root: folder.at("lake") });
  const controller = new AbortController();
  const stopped = ingester.importFiles({
    ...request,
    files,
    signal: controller.signal,
    onProgress: ({ filesDone, phase }) => {
      if (phase === "storing" && filesDone === 1) controller.abort(new Error("enough"));
    },
  });
  await assert.rejects(stopped, (error) => {
    assert.ok(error instanceof UnfinishedImport);
    assert.equal(error.cause, controller.signal.reason);
    assert.match(
      error.message,
      /^enough\. The rows that came before are committed and stay: \d+ of BTCUSD\. The same command goes on/,
    );
    return true;
  });
  const before = (await marketRows(lake, "raw_market_data_1h")).length;
  assert.ok(before >= 24 && before < 72, String(before));
  const { rowsIngested } = await ingester.importFiles({ ...request, files });
  assert.equal(rowsIngested, 72 - before);
});

test("an import that is stopped while it only looks says that nothing is committed", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("a.csv"), day("2024-01-01"));
  const { ingester } = openWorkshop({ root: folder.at("lake") });
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  await assert.rejects(
    ingester.importFiles({ ...request, files: [folder.at("a.csv")], signal: controller.signal }),
    /^UnfinishedImport: enough\. Nothing was committed\.$/,
  );
});
