import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { renderDataDocs } from "../../data-quality/data-docs.ts";
import { readQualityResults } from "../../data-quality/quality-results.ts";
import { makeFolderSync } from "../../seams/make-folder.ts";
import { besideTables, withLakehouse } from "../lakehouse.ts";
import { writeOut } from "../output/write-out.ts";
import type { DataDocsOptions } from "../grammar/quality.ts";
import { count } from "./backfill.ts";

/** `ffe data-docs` */
export async function dataDocs(options: DataDocsOptions): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const records = await readQualityResults(lake);
    const folder = options.output ?? besideTables(options.storage, "data_docs", "data/data_docs");
    const path = join(folder, "index.html");
    makeFolderSync(folder);
    await writeFile(path, renderDataDocs(records, new Date()));
    const runs = new Set(records.map((record) => record.run_id)).size;
    if (options.json === true) await writeOut(`${JSON.stringify({ path, validations: runs }, null, 2)}\n`);
    else await writeOut(`${path}: ${count(runs, "validation")}\n`);
    return 0;
  });
}
