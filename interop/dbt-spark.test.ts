// The project that comes with ffe, run by our engine and by dbt with Spark over the same Bronze tables: the same Silver and Gold
// come out, as Delta tables that Spark writes and we read. Of few series: dbt-results.test.ts has more, on DuckDB.
import { it } from "node:test";

import { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import { TemporaryFolder } from "../test/temporary-folder.ts";
import { BuiltInDesk } from "../test/transform/support/built-in-desk.ts";
import { DbtSpark } from "./dbt-spark.ts";
import { fewSeries, madeUpMarket } from "./made-up-market.ts";
import { addRecords } from "./made-up-records.ts";
import { assertSameAsSpark } from "./same-tables.ts";

/** The models that go on from what is stored; the others are made anew by each run, as by the first. */
const incremental = ["market_data_enriched", "multi_timeframe_analysis"];

it("gives the tables of dbt with Spark, of a first run and of an incremental one", async (t) => {
  using folder = new TemporaryFolder();
  const desk = await BuiltInDesk.open(t);
  const spark = new DbtSpark();
  const sparkLake = new DeltaLakeManager({ storagePath: folder.at("lake") });
  t.after(async () => {
    await spark.close();
    await sparkLake.close();
  });
  const { first, later } = madeUpMarket(20, fewSeries);

  await desk.add(first);
  await addRecords(desk.lake, first);
  await desk.run("seed", []);
  await desk.run("run", []);
  await spark.openSchemas({
    bronze: folder.at("lake", "bronze"),
    silver: folder.at("lake", "silver"),
    gold: folder.at("lake", "gold"),
  });
  await openBronze(desk.lake, spark);
  await spark.run(folder.at("dbt"), ["build", "--exclude-resource-type", "test"]);
  await assertSameAsSpark(desk.lake, sparkLake);

  await desk.add(later);
  await desk.run("run", incremental);
  await spark.run(folder.at("dbt"), ["run", "--select", ...incremental]);
  await assertSameAsSpark(desk.lake, sparkLake);
});

async function openBronze(lake: DeltaLakeManager, spark: DbtSpark): Promise<void> {
  const tables = await lake.listTables();
  await spark.openTables(
    Object.fromEntries(
      tables
        .filter(({ layer }) => layer === "bronze")
        .map(({ layer, name }) => [`${layer}.${name}`, `${lake.storagePath}/${layer}/${name}`]),
    ),
  );
}
