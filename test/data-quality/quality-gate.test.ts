import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { DeltaTable, field, structType } from "finance-feedback-delta";

import { replayDeadLetters } from "../../src/batch/replay/dead-letter-replay.ts";
import { builtInRegistry } from "../../src/providers/provider-registry.ts";
import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import { holdsBars } from "../../src/dead-letters/dead-letter.ts";
import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import type { DeadLetterFile } from "../../src/dead-letters/dead-letter.ts";
import { QualityGate } from "../../src/data-quality/quality-gate.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import type { ExpectationSuite } from "../../src/data-quality/suite.ts";
import { systemClock } from "../../src/seams/clock.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { openWorkshop, pairs, range, sharedEngine } from "../batch/workshop.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

after(() => sharedEngine.close());

const tableName = "raw_market_data_1h";
const request = {
  assetPairs: pairs("BTCUSD"),
  timeframes: ["1h"],
  provider: "demo",
} as const;
const strict = readSuite(
  {
    name: "strict",
    expectations: [
      { type: "expect_column_values_to_be_between", kwargs: { column: "close", max_value: 1 } },
      {
        type: "expect_column_values_to_be_between",
        kwargs: { column: "open", max_value: 1 },
        severity: "warning",
      },
      { type: "expect_column_values_to_not_be_null", kwargs: { column: "close" } },
    ],
  },
  "strict",
);

test("the gate looks at what was not validated yet, also after a run that was killed before it", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester, deadLetters } = openWorkshop({ root: folder.path });
  const gate = new QualityGate(lake, new DataQualityFramework(lake), deadLetters);
  const check = async (): Promise<readonly unknown[] | undefined> => {
    const result = await gate.check({ tableName, suite: "market_data_quality" });
    const notNull = result?.validation.results.find(
      ({ expectation_config: config }) => config.type === "expect_column_values_to_not_be_null",
    );
    return result && [result.passed, notNull?.result["element_count"]];
  };
  assert.equal(await check(), undefined, "there is no table");
  await ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-02") });
  assert.deepEqual(await check(), [true, 24]);
  assert.equal(await check(), undefined, "nothing new");
  await ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-03") });
  await ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-04") });
  assert.deepEqual(await check(), [true, 48]);
  await (await lake.existingTable(tableName)).optimize();
  assert.equal(await check(), undefined, "rearranged, not added");
});

test("rows that break a critical expectation are kept once, with their reason, and are not replayed", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester, deadLetters } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-02") });
  const gate = new QualityGate(lake, new DataQualityFramework(lake), deadLetters);
  const result = await gate.check({ tableName: `bronze.${tableName}`, suite: strict });
  assert.equal(result?.passed, false);
  assert.deepEqual(
    result.broken.map(({ expectation_config: { kwargs } }) => kwargs["column"]),
    ["close"],
  );
  const letters: DeadLetterFile[] = [];
  for await (const file of deadLetters.read()) letters.push(file);
  assert.deepEqual(
    letters.map(({ letter }) => [letter.error, letter.context]),
    [["expectations_failed", { asset_pair: "BTCUSD", timeframe: "1h", provider: "demo" }]],
  );
  const records = letters.filter(holdsBars).flatMap(({ letter }) => letter.records);
  assert.equal(records.length, 24);
  const [record] = records;
  assert.equal(record?.reason, "expect_column_values_to_be_between(close)");
  assert.match(record.close ?? "", /^\d+\.\d{8}$/, "to the last digit");
  for (const file of letters) {
    const { replayed, stillRejected } = await replayDeadLetters(file, {
      providers: builtInRegistry,
      lake,
      deadLetters,
      clock: systemClock,
      ingestionId: "replay",
      partitionPolicy: "by_timeframe",
      dryRun: false,
    });
    assert.deepEqual([replayed, stillRejected], [0, 24]);
  }
  const again = new QualityGate(
    new DeltaLakeManager({ storagePath: folder.path, engine: sharedEngine }),
    new DataQualityFramework(lake),
    new DeadLetterQueue(deadLetters.path),
  );
  const closed = await again.check({ tableName, suite: strict });
  assert.equal(closed?.passed, false, "a run that is tried again does not open it");
  const kept: DeadLetterFile[] = [];
  for await (const file of deadLetters.read()) kept.push(file);
  assert.equal(kept.filter(holdsBars).flatMap(({ letter }) => letter.records).length, 24);
});

test("evidence against a table without bars has its rows as they are, whoever made the table", async () => {
  using folder = new TemporaryFolder();
  const { lake, deadLetters } = openWorkshop({ root: folder.path });
  await lake.createOrUpdateTable({
    tableName: "silver.fills",
    rows: { rows: [{ fill: "f-1", asset_pair: "BTCUSD", quantity: -2 }] },
    createWith: {
      schema: structType([field("fill", "string"), field("asset_pair", "string"), field("quantity", "long")]),
    },
  });
  const kwargs = { column: "quantity", min_value: 0 };
  const suite = readSuite(
    { name: "fills", expectations: [{ type: "expect_column_values_to_be_between", kwargs }] },
    "fills",
  );
  const gate = new QualityGate(lake, new DataQualityFramework(lake), deadLetters);
  assert.equal((await gate.check({ tableName: "silver.fills", suite }))?.passed, false);
  const letters: DeadLetterFile[] = [];
  for await (const file of deadLetters.read()) letters.push(file);
  assert.partialDeepStrictEqual(letters, [
    {
      letter: {
        context: { table: "silver.fills", source: "silver.fills" },
        records: [{ row: { fill: "f-1", asset_pair: "BTCUSD", quantity: -2 } }],
      },
    },
  ]);
});

/** Volumes up to a limit. */
function suiteOf(limit: number): ExpectationSuite {
  const kwargs = { column: "volume", max_value: limit };
  return readSuite(
    { name: "volumes", expectations: [{ type: "expect_column_values_to_be_between", kwargs }] },
    "volumes",
  );
}

test("a gate that closed opens when a newer version of the bar mends it, or the suite takes it", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester, deadLetters } = openWorkshop({ root: folder.path });
  const gate = new QualityGate(lake, new DataQualityFramework(lake), deadLetters);
  await ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-02") });
  const answer = await lake.query(`SELECT max(volume) AS most FROM ${tableName}`);
  const [{ most } = {}] = await answer.rows();
  const limit = Number(most) - 0.00000001;
  const isOpen = async (suite: ExpectationSuite): Promise<boolean | undefined> =>
    (await gate.check({ tableName, suite }))?.passed;
  assert.equal(await isOpen(suiteOf(limit)), false);
  await ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-03") });
  assert.equal(await isOpen(suiteOf(limit)), false, "new bars do not mend the old one");
  assert.equal(await isOpen(suiteOf(1e12)), true, "a suite that takes it");
  assert.equal(await isOpen(suiteOf(limit)), undefined, "those rows have passed");

  using other = new TemporaryFolder();
  const second = openWorkshop({ root: other.path });
  const secondGate = new QualityGate(second.lake, new DataQualityFramework(second.lake), second.deadLetters);
  await second.ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-02") });
  assert.equal((await secondGate.check({ tableName, suite: suiteOf(limit) }))?.passed, false);
  const table = await second.lake.existingTable(tableName);
  await table.append(
    {
      sql: `SELECT * REPLACE (0::DECIMAL(28,8) AS volume, _extracted_at + INTERVAL 1 DAY AS _extracted_at)
      FROM bars WHERE volume > ${limit.toFixed(8)}`,
    },
    { tables: { bars: table } },
  );
  assert.equal((await secondGate.check({ tableName, suite: suiteOf(limit) }))?.passed, true);
  assert.equal(await secondGate.check({ tableName, suite: suiteOf(limit) }), undefined);
});

test("a gate whose evidence could not be kept looks at the same rows again", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester, deadLetters } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-02") });
  writeFileSync(folder.at("no-folder"), "");
  const quality = new DataQualityFramework(lake);
  const unlucky = new QualityGate(lake, quality, new DeadLetterQueue(folder.at("no-folder/dlq")));
  await assert.rejects(unlucky.check({ tableName, suite: strict }));
  const result = await new QualityGate(lake, quality, deadLetters).check({ tableName, suite: strict });
  assert.equal(result?.passed, false);
});

test("a table that was made anew is validated anew, and results of before the gate are gone on with", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester, deadLetters } = openWorkshop({ root: folder.path });
  const gate = new QualityGate(lake, new DataQualityFramework(lake), deadLetters);
  const day = { ...request, range: range("2026-01-01", "2026-01-02") };
  await ingester.backfill(day);
  await gate.check({ tableName, suite: "market_data_quality" });
  const results = await lake.existingTable("ops.quality_results");
  const { fields } = (await results.snapshot()).schema;
  assert.deepEqual(
    fields.slice(-2).map(({ name }) => name),
    ["table_id", "since_version"],
  );
  rmSync(folder.at("ops"), { recursive: true });
  const older = structType(fields.slice(0, -2));
  await DeltaTable.create(folder.at("ops/quality_results"), { schema: older, engine: sharedEngine });
  rmSync(folder.at("bronze"), { recursive: true });
  const anew = openWorkshop({ root: folder.path });
  await anew.ingester.backfill(day);
  const fresh = new QualityGate(anew.lake, new DataQualityFramework(anew.lake), deadLetters);
  assert.equal((await fresh.check({ tableName, suite: "market_data_quality" }))?.passed, true);
  assert.equal(await fresh.check({ tableName, suite: "market_data_quality" }), undefined);
  rmSync(folder.at("bronze"), { recursive: true });
  const again = openWorkshop({ root: folder.path });
  await again.ingester.backfill(day);
  const last = new QualityGate(again.lake, new DataQualityFramework(again.lake), deadLetters);
  assert.equal((await last.check({ tableName, suite: "market_data_quality" }))?.passed, true);
});

test("an asset whose own limits are wider than the usual ones passes the gate of its table", async () => {
  using folder = new TemporaryFolder();
  const { lake, ingester, deadLetters } = openWorkshop({ root: folder.path });
  await ingester.backfill({ ...request, range: range("2026-01-01", "2026-01-02") });
  const table = await lake.existingTable(tableName);
  const cheap = `SELECT * REPLACE ('SHIBUSD' AS asset_pair, 'SHIBUSD' AS partition_asset_pair,
    0.00003::DECIMAL(18,8) AS open, 0.00003::DECIMAL(18,8) AS high, 0.00003::DECIMAL(18,8) AS low, 0.00003::DECIMAL(18,8) AS close) FROM bars`;
  await table.append({ sql: cheap }, { tables: { bars: table } });
  const quality = new DataQualityFramework(lake);
  const gate = new QualityGate(lake, quality, deadLetters);
  const result = await gate.check({ tableName, suite: "market_data_quality" });
  assert.deepEqual(result?.broken, []);
  const strictly = await quality.validateTable({
    tableName,
    suite: quality.createMarketDataSuite(),
    store: false,
  });
  assert.equal(strictly.success, false, "the suite of the library keeps the usual limits");
});
