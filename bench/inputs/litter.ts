import { runScript } from "../child-process.ts";
import { cached } from "./cached.ts";
import { candleFile } from "./candles.ts";

/** Raised with every change of what the table holds. */
const formatVersion = 1;

const rowCount = 10_000;

/** A table of ten files, among many old ones that are not of it. Gives its folder. */
export async function littered(orphanCount: number): Promise<string> {
  const { path: candles } = await candleFile(rowCount);
  const orphans = Math.max(1, Math.round(orphanCount));
  return cached(`littered-v${formatVersion}-${orphans}`, async (table) => {
    await runScript("inputs/write-litter.ts", { candles, table, orphans: String(orphans) });
  });
}
