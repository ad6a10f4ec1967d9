/** Ours: a suite against a Delta table, its files read each time. */
import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { measure, option } from "./contestant.ts";

const lake = new DeltaLakeManager({ storagePath: "none" });
const quality = new DataQualityFramework(lake);
const suite = readSuite(JSON.parse(option("suite")), "the market suite");

await measure(async () => {
  const { success, results } = await quality.validateTable({
    tableName: option("table"),
    suite,
    store: false,
  });
  if (!success) throw new Error("The candles should satisfy the suite");
  return { rows: Number(results[0]?.result["element_count"]) };
});
await lake.close();
