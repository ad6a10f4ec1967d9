import assert from "node:assert/strict";
import { after, test } from "node:test";

import type { BackfillRequest } from "../../src/batch/backfill-request.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";
import { marketDataTable } from "../../src/tables/market-data.ts";
import { isWhole, sampled } from "../sampled.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { crashAt } from "./crash-at.ts";
import {
  deadLetterRecords,
  marketRows,
  openWorkshop,
  pairs,
  range,
  sharedEngine,
  testClock,
} from "./workshop.ts";
import type { Workshop } from "./workshop.ts";

after(() => sharedEngine.close());

const tested: readonly Timeframe[] = ["15m", "1h"];

/** One day of dirty 1h and 15m bars of two assets: several tables, partitions and dead letters. */
const request = {
  assetPairs: pairs("BTCUSD", "ETHUSD"),
  timeframes: tested,
  range: range("2026-01-30", "2026-02-02"),
  provider: "demo",
} satisfies BackfillRequest;

interface Contents {
  readonly tables: readonly unknown[];
  readonly deadLetters: readonly unknown[];
}

async function contents({ lake, deadLetters }: Workshop): Promise<Contents> {
  const tables = await Promise.all(tested.map((timeframe) => marketRows(lake, marketDataTable(timeframe))));
  return { tables, deadLetters: await deadLetterRecords(deadLetters) };
}

async function cleanRun(): Promise<{ readonly contents: Contents; readonly changes: number }> {
  using folder = new TemporaryFolder();
  const watched = crashAt(undefined, "before");
  const workshop = openWorkshop({ root: folder.path, dirtyRows: true, fileSystem: watched.fileSystem });
  await workshop.ingester.backfill(request);
  return { contents: await contents(workshop), changes: watched.calls() };
}

const clean = await cleanRun();

test("the clean run has rows, and dead letters to double", () => {
  assert.ok(clean.contents.tables.every((rows) => Array.isArray(rows) && rows.length > 100));
  assert.ok(clean.contents.deadLetters.length > 0);
  assert.ok(clean.changes > 50);
});

for (const moment of ["before", "after"] as const) {
  const sweep = `a crash ${moment} any change to the disk loses nothing and repeats nothing`;
  test(sweep, async () => {
    let crashes = 0;
    const changes = Array.from({ length: clean.changes }, (_, index) => index + 1);
    const points = sampled(sweep, changes, 5);
    for (const change of points) {
      using folder = new TemporaryFolder();
      const watched = crashAt(change, moment);
      const doomed = openWorkshop({ root: folder.path, dirtyRows: true, fileSystem: watched.fileSystem });
      await doomed.ingester.backfill(request).catch(() => undefined);
      if (watched.hasCrashed()) crashes += 1;
      const survivor = openWorkshop({ root: folder.path, dirtyRows: true });
      const result = await survivor.ingester.backfill(request);
      assert.deepEqual(
        result.series.flatMap((series) => (series.failure === undefined ? [] : [series.failure])),
        [],
      );
      assert.deepEqual(await contents(survivor), clean.contents, `after a crash ${moment} change ${change}`);
    }
    // Commits that collide are tried again: a run may take a few changes more or less than the clean one.
    assert.ok(
      crashes >= Math.floor(points.length * 0.85),
      `only ${crashes} of ${points.length} runs crashed`,
    );
  });
}

test("crashes one after the other, each a little later, end in the same tables", async () => {
  using folder = new TemporaryFolder();
  const every = isWhole ? 9 : 27;
  for (let change = 3; change < clean.changes; change += every) {
    const watched = crashAt(change, "after");
    const doomed = openWorkshop({ root: folder.path, dirtyRows: true, fileSystem: watched.fileSystem });
    await doomed.ingester.backfill(request).catch(() => undefined);
  }
  const survivor = openWorkshop({ root: folder.path, dirtyRows: true, clock: testClock });
  await survivor.ingester.backfill(request);
  assert.deepEqual(await contents(survivor), clean.contents);
});
