// The project that comes with ffe, run by our engine and by dbt with DuckDB over the same Bronze: the same tables come out,
// of a first run and of one that finds new bars, late ones and revisions. Ours computes indicators by its kernels, dbt by SQL.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { it } from "node:test";

import { DeadLetterQueue } from "../src/dead-letters/dead-letter-queue.ts";
import { demoRecords } from "../src/records/demo/demo-records.ts";
import { LakeRecords } from "../src/records/lake-records.ts";
import type { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import { testClock } from "../test/batch/workshop.ts";
import { TemporaryFolder } from "../test/temporary-folder.ts";
import type { BronzeBar } from "../test/transform/support/bronze-bar.ts";
import { BuiltInDesk } from "../test/transform/support/built-in-desk.ts";
import { Dbt } from "./dbt.ts";
import { DuckDbFile } from "./duckdb-file.ts";
import type { FileColumn } from "./duckdb-file.ts";
import { madeUpMarket } from "./made-up-market.ts";

it("gives dbt's tables, of a first run and of an incremental one", async (t) => {
  using folder = new TemporaryFolder();
  const dbt = new Dbt();
  const file = new DuckDbFile(dbt.databaseIn(folder.path));
  const desk = await BuiltInDesk.open(t);
  const { first, later } = madeUpMarket(20);

  await desk.add(first);
  await addRecords(desk.lake, first);
  await copyBronze(desk.lake, folder, file);
  await dbt.run(folder.path, ["build", "--exclude-resource-type", "test"]);
  await desk.run("seed", []);
  await desk.run("run", []);
  const before = await assertSameTables(desk.lake, file);
  for (const table of chiefTables) assert.ok((before.get(table) ?? 0) > 0, `${table} has no rows`);

  await desk.add(later);
  await addRecords(desk.lake, [...first, ...later]);
  await copyBronze(desk.lake, folder, file);
  await dbt.run(folder.path, ["run"]);
  await desk.run("run", []);
  const now = await assertSameTables(desk.lake, file);
  assert.ok((now.get(enriched) ?? 0) > (before.get(enriched) ?? 0));
});

const enriched = "silver.market_data_enriched";
const chiefTables = [
  enriched,
  "silver.multi_timeframe_analysis",
  "silver.decision_history",
  "silver.trade_lifecycle",
  "gold.mart_daily_portfolio_summary",
  "gold.mart_ensemble_effectiveness",
  "gold.mart_market_regime_stats",
  "gold.mart_provider_attribution",
  "gold.mart_trading_performance",
];

/** The records of a trader who sees these bars. Those that are there already are not added again. */
async function addRecords(lake: DeltaLakeManager, bars: readonly BronzeBar[]): Promise<void> {
  const records = new LakeRecords({
    lake,
    deadLetters: new DeadLetterQueue(`${lake.storagePath}/dlq`),
    clock: testClock,
  });
  const hours = new Map(
    bars
      .filter(({ timeframe }) => timeframe === "1h")
      .map((bar) => [`${bar.assetPair} ${bar.openTimeMs}`, bar]),
  );
  const series = [...Map.groupBy(hours.values(), ({ assetPair }) => assetPair)].map(([assetPair, own]) => ({
    assetPair,
    bars: own.toSorted((one, other) => one.openTimeMs - other.openTimeMs),
  }));
  const { decisions, trades, portfolioSnapshots } = demoRecords(series);
  await records.decisions.append(decisions, { validate: false });
  await records.trades.append(trades, { validate: false });
  await records.portfolioSnapshots.append(portfolioSnapshots, { validate: false });
  const news = decisions.slice(0, 20).map(({ decisionId, timestamp }, index) => ({
    articleId: decisionId,
    publishedAt: new Date(Number(timestamp) - 3_600_000),
    ticker: index % 2 === 0 ? "CRYPTO:BTC" : "FOREX:EUR",
    sentimentScore: (index - 10) / 16,
    relevance: 0.75,
  }));
  await records.news.append(news, { validate: false });
}

async function copyBronze(lake: DeltaLakeManager, folder: TemporaryFolder, file: DuckDbFile): Promise<void> {
  await mkdir(folder.at("bronze"), { recursive: true });
  const files = new Map<string, string>();
  for (const { layer, name } of await lake.listTables()) {
    if (layer !== "bronze") continue;
    const localPath = folder.at("bronze", `${name}.parquet`);
    await lake.writeQuery(`SELECT * FROM bronze.${name}`, { localPath });
    files.set(name, localPath);
  }
  await file.load("bronze", files);
}

/** @returns how many rows each table has */
async function assertSameTables(
  lake: DeltaLakeManager,
  file: DuckDbFile,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const schema of ["silver", "gold"]) {
    for (const [name, columns] of await file.tables(schema)) {
      const table = `${schema}.${name}`;
      const own = await lake.query(`SELECT * FROM ${table} LIMIT 0`);
      assert.deepEqual(names(own.schema.fields), names(columns), `columns of ${table}`);
      const sql = comparable(table, columns);
      const theirs = sorted(await file.rows(sql));
      const ours = sorted(await (await lake.query(sql)).rows());
      assert.equal(ours.length, theirs.length, `rows of ${table}`);
      for (const [index, row] of theirs.entries()) assertSameRow(ours[index] ?? {}, row, `${table} ${index}`);
      sizes.set(table, theirs.length);
    }
  }
  return sizes;
}

function names(columns: readonly { readonly name: string }[]): readonly string[] {
  return columns.map(({ name }) => name).toSorted();
}

/** Doubles as they are, and everything else as text, which has all digits of decimals. */
function comparable(table: string, columns: readonly FileColumn[]): string {
  const wanted = columns
    // The kernels' own: where they go on from. Other engines leave it empty.
    .filter(({ name }) => name !== "_indicator_state")
    .map(({ name, type }) => {
      if (type === "DOUBLE") return `"${name}"`;
      const value = type.startsWith("TIMESTAMP") ? `epoch_us("${name}")` : `"${name}"`;
      return `CAST(${value} AS VARCHAR) AS "${name}"`;
    });
  return `SELECT ${wanted.join(", ")} FROM ${table}`;
}

type ComparedRow = Readonly<Record<string, unknown>>;

/** By what is no double. */
function sorted(rows: readonly ComparedRow[]): readonly ComparedRow[] {
  const keyed = rows.map((row) => ({
    row,
    key: JSON.stringify(Object.values(row).map((value) => (typeof value === "number" ? 0 : value))),
  }));
  return keyed
    .toSorted((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)))
    .map(({ row }) => row);
}

function assertSameRow(ours: ComparedRow, theirs: ComparedRow, what: string): void {
  for (const [column, value] of Object.entries(theirs)) {
    const own = ours[column];
    const isClose =
      typeof value === "number" &&
      typeof own === "number" &&
      Math.abs(own - value) <= 1e-9 * Math.max(1, Math.abs(value));
    if (!isClose) assert.deepEqual(own, value, `${what} ${column}: ${JSON.stringify([ours, theirs])}`);
  }
}
