/** Ours: a suite against a Delta table, its files read each time. */
import { basename, dirname } from "node:path";

import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import { readSuite } from "../../src/data-quality/suite.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { measure, option } from "./contestant.ts";

const table = option("table");
const lake = new DeltaLakeManager({ storagePath: dirname(dirname(table)) });
const quality = new DataQualityFramework(lake);
const suite = readSuite(JSON.parse(option("suite")), "the market suite");

await measure(async () => {
  const { success, results } = await quality.validateTable({
    tableName: basename(table),
    suite,
    store: false,
  });
  if (!success) throw new Error("The candles should satisfy the suite");
  return { rows: Number(results[0]?.result["element_count"]) };
});
await lake.close();
