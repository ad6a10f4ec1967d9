import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

import { runScript } from "../child-process.ts";
import { cacheFolder } from "../folders.ts";

/** Minutes of ten cryptocurrencies, one after the other, as one Parquet file. */
export interface CandleFile {
  readonly path: string;
  readonly rowCount: number;
}

export const candleAssets: readonly string[] = [
  "BTCUSD",
  "ETHUSD",
  "SOLUSD",
  "ADAUSD",
  "XRPUSD",
  "LTCUSD",
  "DOTUSD",
  "LINKUSD",
  "AVAXUSD",
  "ATOMUSD",
];

/** Raised with every change of what the file holds. */
const formatVersion = 1;

/** Makes the file, or finds it where an earlier run left it. */
export async function candleFile(rowCount: number): Promise<CandleFile> {
  const rowsPerAsset = Math.max(1, Math.round(rowCount / candleAssets.length));
  const path = join(cacheFolder, `candles-v${formatVersion}-${rowsPerAsset}.parquet`);
  if (!existsSync(path)) {
    mkdirSync(cacheFolder, { recursive: true });
    const unfinished = `${path}.unfinished`;
    await runScript("inputs/write-candles.ts", { path: unfinished, "rows-per-asset": String(rowsPerAsset) });
    renameSync(unfinished, path);
  }
  return { path, rowCount: rowsPerAsset * candleAssets.length };
}
