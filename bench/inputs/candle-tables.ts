import { runScript } from "../child-process.ts";
import { cached } from "./cached.ts";
import { candleAssets, candleFile } from "./candles.ts";

/**
 * How the candles lie in a table without partitions: `by-time` in 16 files, one after the other, of all assets;
 * `small-files` in 1,000, each of one asset and a few days; `shuffled` in 1,000, each of all assets and times;
 * `z-ordered` in files of 16 MiB by asset and time. `with-vectors` is `by-time` with deletion vectors turned on.
 */
export type CandleLayout = "by-time" | "with-vectors" | "small-files" | "shuffled" | "z-ordered";

/** Raised with every change of what the tables hold. */
const formatVersion = 1;

/** Makes the table, or finds it where an earlier run left it. Gives its folder. */
export async function candleTableFolder(layout: CandleLayout, rowCount: number): Promise<string> {
  const { path: candles, rowCount: found } = await candleFile(rowCount);
  const options = {
    candles,
    layout,
    "rows-per-asset": String(found / candleAssets.length),
    // Less rows for a try, but as many in a file.
    "small-files": String(Math.max(10, Math.round(rowCount / 5_000))),
    // Tables in these layouts are made from one by time.
    from:
      layout === "z-ordered" || layout === "with-vectors" ? await candleTableFolder("by-time", rowCount) : "",
  };
  return cached(`${layout}-v${formatVersion}-${found}`, async (table) => {
    await runScript("inputs/write-candle-table.ts", { ...options, table });
  });
}

/** The newest one in a hundred minutes, as a filter. */
export function newestMinutes(rowCount: number): string {
  const minutes = Math.round(rowCount / candleAssets.length);
  const first = minutes - Math.round(minutes / 100);
  const start = new Date(Date.UTC(2025, 0, 1) + first * 60_000).toISOString();
  return `timestamp >= '${start}'`;
}
