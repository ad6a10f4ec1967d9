import { basename, join } from "node:path";

import { runScript } from "../child-process.ts";
import { cached } from "./cached.ts";
import { candleAssets, candleFile } from "./candles.ts";
import type { CandleFile } from "./candles.ts";

/** Raised with every change of what the lakes hold. */
const formatVersion = 1;

/** The Bronze tables of the lake that quickstart makes. */
export async function quickstartBronze(): Promise<string> {
  return cached(`quickstart-bronze-v${formatVersion}`, async (lake) => {
    await runScript("inputs/write-quickstart-bronze.ts", { lake });
  });
}

/**
 * A folder with the same tables in DuckDB's own file, and a profile of dbt that names it.
 *
 * @param since bars that were extracted from then on come behind a first run of dbt
 */
export async function dbtDatabase(lake: string, since = ""): Promise<string> {
  return cached(`${basename(lake)}-dbt`, async (folder) => {
    await runScript("inputs/write-dbt-database.ts", { lake, folder, since });
  });
}

/** A lake of ten assets' minutes, with all that `market_data_enriched` is made from. */
export async function minutesLake(rowCount: number): Promise<string> {
  const candles = await candleFile(rowCount);
  return cached(`minutes-lake-v${formatVersion}-${candles.rowCount}`, async (lake) => {
    await addMinutes(lake, candles, 0, candles.rowCount / candleAssets.length, firstExtracted);
    await runFfe(lake, prepared);
  });
}

/** The same with the table built, and behind that so many newer minutes of each asset in Bronze. */
export async function grownLake(rowCount: number, newPerAsset: number): Promise<string> {
  const candles = await candleFile(rowCount + newPerAsset * candleAssets.length);
  const oldPerAsset = candles.rowCount / candleAssets.length - newPerAsset;
  return cached(`grown-lake-v${formatVersion}-${candles.rowCount}`, async (lake) => {
    await addMinutes(lake, candles, 0, oldPerAsset, firstExtracted);
    await runFfe(lake, [...prepared, ["run", "--select", "market_data_enriched"]]);
    await addMinutes(lake, candles, oldPerAsset, newPerAsset, newlyExtracted);
  });
}

const firstExtracted = "2026-01-01 00:00:00+00";
/** Later by more than dbt looks back for rows of slow writers. */
export const newlyExtracted = "2026-02-01 00:00:00+00";

const prepared = [["seed"], ["run", "--select", "stg_bars", "int_bars", "int_market_days"]];

async function addMinutes(
  lake: string,
  candles: CandleFile,
  firstRow: number,
  rowsPerAsset: number,
  extractedAt: string,
): Promise<void> {
  await runScript("inputs/write-market-table.ts", {
    candles: candles.path,
    table: join(lake, "bronze", "raw_market_data_1m"),
    "first-row": String(firstRow),
    "rows-per-asset": String(rowsPerAsset),
    "extracted-at": extractedAt,
  });
}

async function runFfe(lake: string, commands: readonly (readonly string[])[]): Promise<void> {
  await runScript("inputs/run-transform.ts", { lake, commands: JSON.stringify(commands) });
}
