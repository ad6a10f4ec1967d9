// Hours of a session and hours of UTC can lie in one table: whoever adds the second kind is told.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import { TemporaryFolder } from "../../temporary-folder.ts";
import { openWorkshop, pairs, range, sharedEngine } from "../workshop.ts";

after(() => sharedEngine.close());

test("a fetch beside hours that begin with the session says so, of that time alone", async () => {
  using folder = new TemporaryFolder();
  const hours = [14, 15, 16].map((hour) => `2026-01-05T${hour}:30:00Z,1,2,1,1,5`);
  writeFileSync(folder.at("aapl.csv"), ["time,open,high,low,close,volume", ...hours, ""].join("\n"));
  const { ingester } = openWorkshop({ root: folder.at("lake") });
  const timeframe = "1h";
  await ingester.importFiles({
    files: [folder.at("aapl.csv")],
    assetPair: "AAPL",
    timeframe,
    provider: "somebody",
  });
  const notesOf = async (start: string, end: string): Promise<readonly string[]> => {
    const series = { assetPairs: pairs("AAPL"), timeframes: [timeframe], provider: "alpha_vantage" };
    const [plan] = await ingester.plan({ ...series, range: range(start, end) });
    return plan?.notes.filter((note) => note.includes("begin with the session")) ?? [];
  };
  assert.match(
    (await notesOf("2026-01-05", "2026-01-07")).join(),
    /^AAPL 1h: the table has 3 bars of this time/,
  );
  assert.deepEqual(await notesOf("2026-01-06", "2026-01-07"), []);
});
