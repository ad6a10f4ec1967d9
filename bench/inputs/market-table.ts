import { rmSync } from "node:fs";
import { join } from "node:path";

import { runScript } from "../child-process.ts";
import { cacheFolder } from "../folders.ts";
import { candleAssets, candleFile } from "./candles.ts";

/** Makes the table anew each time, so that it is what the present code leaves. Gives its folder, in a lakehouse. */
export async function marketTable(rowCount: number): Promise<string> {
  const { path, rowCount: found } = await candleFile(rowCount);
  const table = join(cacheFolder, "market-lake", "bronze", "raw_market_data_1m");
  rmSync(table, { recursive: true, force: true });
  await runScript("inputs/write-market-table.ts", {
    candles: path,
    table,
    "rows-per-asset": String(found / candleAssets.length),
    "first-row": "0",
    "extracted-at": "2026-01-01 00:00:00+00",
  });
  return table;
}
