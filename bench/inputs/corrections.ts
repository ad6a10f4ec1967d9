import { runScript } from "../child-process.ts";
import { cached } from "./cached.ts";
import { candleAssets, candleFile } from "./candles.ts";

/** Which minutes the updates are of: the newest of each asset, or some of all times. */
export type CorrectedMinutes = "recent" | "scattered";

/** Raised with every change of what the file holds. */
const formatVersion = 1;

/** One row for every hundred of the candles: half of keys that are there, half of keys that follow. */
export async function correctionFile(rowCount: number, minutes: CorrectedMinutes): Promise<string> {
  const { path: candles, rowCount: found } = await candleFile(rowCount);
  return cached(`corrections-v${formatVersion}-${minutes}-${found}.parquet`, async (path) => {
    await runScript("inputs/write-corrections.ts", {
      path,
      candles,
      minutes,
      "rows-per-asset": String(found / candleAssets.length),
    });
  });
}
