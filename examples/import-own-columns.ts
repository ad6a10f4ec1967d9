// A CSV with columns of its own goes through the same checks as what providers send; what fails keeps its reason.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BatchDataIngester, DeadLetterQueue, DeltaLakeManager } from "finance-feedback-pipelines";

const folder = mkdtempSync(join(tmpdir(), "import-"));
const file = join(folder, "hours.csv");
writeFileSync(
  file,
  `begins;first;top;bottom;final;traded
08.01.2026 13:00;100,5;103;99;102,25;5
08.01.2026 14:00;102,25;101;104;103;7
08.01.2026 15:00;103;105,5;102;104;6
`,
);

const lake = new DeltaLakeManager({ storagePath: join(folder, "lake") });
const deadLetters = new DeadLetterQueue(join(folder, "dlq"));
const ingester = new BatchDataIngester(lake, { deadLetters });
const imported = await ingester.importFiles({
  files: [file],
  assetPair: "BTCEUR",
  timeframe: "1h",
  provider: "my_exchange",
  columns: { time: "begins", open: "first", high: "top", low: "bottom", close: "final", volume: "traded" },
  timeFormat: "%d.%m.%Y %H:%M",
  timeZone: "Europe/Berlin",
});
console.log(`${imported.rowsIngested} bars stored, ${imported.rowsRejected} rejected`);

const scan = await lake.readTable({ tableName: "raw_market_data_1h", orderBy: "timestamp" });
for (const { timestamp, close } of await scan.rows()) console.log(JSON.stringify(timestamp), close);
for await (const { letter } of deadLetters.read())
  for (const { reason, raw } of letter.records) console.log(reason, JSON.stringify(raw));
await lake.close();
