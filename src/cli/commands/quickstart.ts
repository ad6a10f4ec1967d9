import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import { timeframes } from "../../market/timeframe.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { duration } from "../output/progress-bar.ts";
import { renderTable } from "../output/terminal-table.ts";
import { sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { summarizeTables, tableColumns } from "../table-summary.ts";
import type { QuickstartOptions } from "../grammar/quickstart.ts";
import { backfillJson } from "../backfill/result-json.ts";
import { countText } from "../output/count-text.ts";
import { failureText } from "../backfill/series-failures.ts";
import { totalOf } from "../backfill/totals.ts";
import { runBackfill } from "../backfill/run.ts";
import { backfillRequest } from "../backfill/request.ts";

/** A lake of its own, so that the first real backfill starts clean. */
const demoStorage = "data/demo";

/** `ffe quickstart`: fetch, check, store and query, without a key and without the network. */
export async function quickstart(given: QuickstartOptions): Promise<number> {
  const options = { ...given, storage: given.storage ?? demoStorage };
  return withLakehouse(
    options,
    async (lakehouse) => {
      const request = backfillRequest(
        { assets: ["BTCUSD", "ETHUSD"], timeframes, days: 7, provider: "demo" },
        lakehouse,
      );
      if (options.json !== true) {
        await writeOut(
          "Seven days of BTCUSD and ETHUSD in six timeframes, from the embedded demo provider.\n",
        );
        await writeOut("Its prices are made up; a few rows are spoiled on purpose.\n\n");
      }
      const result = await runBackfill(lakehouse, request, options);
      const failures = result.series.filter((series) => series.failure !== undefined);
      const ingested = totalOf(result, (series) => series.rowsIngested);
      if (options.json === true) {
        await writeOut(`${JSON.stringify(backfillJson(result, lakehouse), null, 2)}\n`);
      } else if (failures.length > 0) {
        sayError(failureText(failures, ingested));
      } else {
        await printTour(lakehouse, ingested, result.durationMs, options.storage);
      }
      return failures.length > 0 ? 1 : 0;
    },
    { providerSettings: { demo: { dirty_rows: true } } },
  );
}

async function printTour(
  lakehouse: Lakehouse,
  rowsIngested: number,
  durationMs: number,
  storage: string,
): Promise<void> {
  const tables = await summarizeTables(lakehouse.lake);
  await writeOut(`Tables in ${lakehouse.lake.storagePath}:\n${renderTable(tableColumns, tables)}\n`);
  const reasons = await countReasons(lakehouse.deadLetters);
  await writeOut(
    `Rejected rows, kept in ${lakehouse.deadLetters.path}:\n${renderTable(["reason", "rows"], reasons)}\n`,
  );
  await writeOut(`${countText(rowsIngested, "row")} ingested in ${duration(durationMs)}.`);
  await writeOut(rowsIngested === 0 ? " Nothing was new since the last run.\n" : "\n");
  await writeOut(`\nTry next:
  npx ffe sql --storage ${storage} "SELECT asset_pair, count(*) AS bars, max(high) AS high FROM raw_market_data_1h GROUP BY ALL"
  npx ffe table history --storage ${storage} raw_market_data_1h

Real history goes into a lake of its own, data/delta_lake unless the configuration says otherwise:
  npx ffe backfill --assets BTCUSD,ETHUSD --days 7
`);
}

async function countReasons(
  queue: DeadLetterQueue,
): Promise<{ readonly reason: string; readonly rows: number }[]> {
  const counts = new Map<string, number>();
  for await (const { letter } of queue.read()) {
    for (const { reason } of letter.records) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, rows]) => ({ reason, rows }))
    .toSorted((left, right) => right.rows - left.rows);
}
