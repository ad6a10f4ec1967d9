// The project that comes with ffe, run by our engine and by dbt with DuckDB over the same Bronze: the same tables come out,
// of a first run and of one that finds new bars, late ones and revisions. Ours computes indicators by its kernels, dbt by SQL.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { it } from "node:test";

import type { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import { TemporaryFolder } from "../test/temporary-folder.ts";
import { BuiltInDesk } from "../test/transform/support/built-in-desk.ts";
import { Dbt } from "./dbt.ts";
import { DuckDbFile } from "./duckdb-file.ts";
import { madeUpMarket } from "./made-up-market.ts";
import { addRecords } from "./made-up-records.ts";
import { assertSameAsDuckDb } from "./same-tables.ts";

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
  const before = await assertSameAsDuckDb(desk.lake, file);
  for (const table of chiefTables) assert.ok((before.get(table) ?? 0) > 0, `${table} has no rows`);

  await desk.add(later);
  await addRecords(desk.lake, [...first, ...later]);
  await copyBronze(desk.lake, folder, file);
  await dbt.run(folder.path, ["run"]);
  await desk.run("run", []);
  const now = await assertSameAsDuckDb(desk.lake, file);
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
