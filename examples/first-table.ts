// The first table, with the engine alone: create it, add rows, change them, read them as they are and as they were.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DeltaTable, field, structType } from "finance-feedback-delta";

const folder = mkdtempSync(join(tmpdir(), "first-table-"));
await using prices = await DeltaTable.create(join(folder, "prices"), {
  schema: structType([field("asset", "string"), field("day", "date"), field("close", "decimal(18,2)")]),
  partitionBy: ["day"],
});

await prices.append({
  rows: [
    { asset: "BTC", day: "2026-01-08", close: "42500.5" },
    { asset: "ETH", day: "2026-01-08", close: "3100" },
    { asset: "BTC", day: "2026-01-09", close: "42000" },
  ],
});
await prices.update({ set: { close: "3000" }, where: "asset = 'ETH'" });

for (const row of await (await prices.scan({ orderBy: "day, asset" })).rows())
  console.log(row["day"], row["asset"], row["close"]);

const before = await prices.scan({ version: 1, where: "asset = 'ETH'" });
console.log("ETH before the update:", (await before.rows())[0]?.["close"]);
for (const { version, operation } of await prices.history()) console.log(`version ${version}: ${operation}`);
