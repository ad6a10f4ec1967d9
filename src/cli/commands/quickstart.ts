import { runnableNodes } from "../../transform/run/transform-run.ts";
import { builtInProject } from "../../transform/built-in-project.ts";
import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import { backfillJson } from "../backfill/result-json.ts";
import { failureText } from "../backfill/series-failures.ts";
import { totalOf } from "../backfill/totals.ts";
import type { QuickstartOptions } from "../grammar/quickstart.ts";
import { exitCodeOfFailure } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { openedProject, selectedIds } from "../opened-project.ts";
import { countText } from "../output/count-text.ts";
import { duration } from "../output/progress-bar.ts";
import { sayError } from "../output/say.ts";
import { renderTable } from "../output/terminal-table.ts";
import { writeOut } from "../output/write-out.ts";
import { appendDemoRecords } from "../quickstart/append-demo-records.ts";
import type { DemoRecordsAdded } from "../quickstart/append-demo-records.ts";
import { ingestDemoBars } from "../quickstart/demo-bars.ts";
import { isBuilt } from "../quickstart/is-built.ts";
import { performanceTable, tradingPerformance } from "../quickstart/performance.ts";
import { summarizeTables, tableColumns } from "../table-summary.ts";
import { runJson, runNodes, runSummary, sayFailures } from "../transform/run-nodes.ts";
import { whileDoing } from "../watched-run.ts";

/** A lake of its own, so that the first real backfill starts clean. */
const demoStorage = "data/demo";

/** `ffe quickstart`: fetch, check, store, transform and query, without a key and without the network. */
export async function quickstart(given: QuickstartOptions): Promise<number> {
  const options = { ...given, storage: given.storage ?? demoStorage };
  return withLakehouse(
    { ...options, recordedAs: "quickstart" },
    async (lakehouse) => new Quickstart(lakehouse, options).run(),
    {
      providerSettings: { demo: { dirty_rows: true } },
    },
  );
}

/** The steps of the tour, each of which can be repeated: a run that was killed goes on where it stopped. */
class Quickstart {
  readonly #lakehouse: Lakehouse;
  readonly #options: QuickstartOptions & { readonly storage: string };
  /** What `--json` shows. */
  readonly #document: Record<string, unknown> = {};

  constructor(lakehouse: Lakehouse, options: QuickstartOptions & { readonly storage: string }) {
    this.#lakehouse = lakehouse;
    this.#options = options;
  }

  async run(): Promise<number> {
    const exitCode = await this.#steps();
    if (this.#options.json === true) await writeOut(`${JSON.stringify(this.#document, null, 2)}\n`);
    return exitCode;
  }

  async #steps(): Promise<number> {
    if (!(await this.#ingestBars())) return exitCodeOfFailure(1);
    await this.#appendRecords();
    return (await this.#build()) || (await this.#showPerformance());
  }

  /** @returns whether all of them are there. */
  async #ingestBars(): Promise<boolean> {
    await this.#tell(
      "BTCUSD and ETHUSD from the embedded demo provider: seven days of 1m, 5m and 15m, ninety of 1h, 4h and 1d.\n" +
        "Its prices are made up; a few rows are spoiled on purpose.\n\n",
    );
    const { lake } = this.#lakehouse;
    const results = await ingestDemoBars(this.#lakehouse, this.#options);
    const ingested = results.reduce(
      (sum, result) => sum + totalOf(result, (series) => series.rowsIngested),
      0,
    );
    Object.assign(this.#document, {
      storage_path: lake.storagePath,
      rows_ingested: ingested,
      backfills: results.map((result) => backfillJson(result, this.#lakehouse)),
    });
    const failures = results.flatMap(({ series }) => series.filter(({ failure }) => failure !== undefined));
    if (failures.length > 0) {
      sayError(failureText(failures, ingested));
      return false;
    }
    const durationMs = results.reduce((sum, result) => sum + result.durationMs, 0);
    const nothingNew = ingested === 0 ? " Nothing was new since the last run." : "";
    await this.#tell(`${countText(ingested, "row")} ingested in ${duration(durationMs)}.${nothingNew}\n`);
    const reasons = await countReasons(this.#lakehouse.deadLetters);
    await this.#tell(
      `Rejected rows, kept in ${this.#lakehouse.deadLetters.path}:\n${renderTable(["reason", "rows"], reasons)}\n`,
    );
    return true;
  }

  async #appendRecords(): Promise<void> {
    const added = await whileDoing("adding decisions and trades", this.#options, () =>
      appendDemoRecords(this.#lakehouse),
    );
    this.#document["records"] = added.map(recordsJson);
    const [decisions = 0, trades = 0, snapshots = 0] = added.map((one) => one.added);
    await this.#tell(
      `${countText(decisions, "decision")}, ${countText(trades, "trade")} and ${countText(snapshots, "snapshot")} of the portfolio added, made up as well.\n`,
    );
  }

  /** @returns the exit code. */
  async #build(): Promise<number> {
    const options = { ...this.#options, projectDir: builtInProject, tellsNodes: false };
    const opened = openedProject(options, this.#lakehouse, { which: "build" });
    const selected = await selectedIds(opened, options);
    const nodes = runnableNodes(opened.project, "build", selected);
    if (await isBuilt(nodes, opened.files, this.#lakehouse.lake)) {
      this.#document["transform"] = null;
      await this.#tell("Silver and Gold have these rows already.\n\n");
      return 0;
    }
    const tests = nodes.filter(({ resourceType }) => resourceType === "test").length;
    await this.#tell(
      `Silver and Gold: ${nodes.length - tests} models and seeds, ${countText(tests, "test")} ...\n`,
    );
    const run = await runNodes("build", selected, opened, options, this.#lakehouse);
    this.#document["transform"] = runJson(run, opened.files.folder);
    await this.#tell(`${runSummary(run)}.\n\n`);
    return sayFailures(
      run,
      opened,
      `The same command tries again; ffe transform build --storage ${this.#options.storage} shows each node.`,
    );
  }

  async #showPerformance(): Promise<number> {
    const { lake } = this.#lakehouse;
    const { storage } = this.#options;
    const rows = await tradingPerformance(lake);
    this.#document["trading_performance"] = rows;
    if (this.#options.json === true) return 0;
    const tables = (await summarizeTables(lake)).filter(({ table }) => !/\.(int_|stg_)/.test(table));
    await this.#tell(`Tables in ${lake.storagePath}:\n${renderTable(tableColumns, tables)}\n`);
    await this.#tell(`Trading performance, of gold.mart_trading_performance:\n${performanceTable(rows)}
Try next:
  npx ffe sql --storage ${storage} "SELECT timestamp, close, rsi_14, regime FROM market_data_enriched WHERE timeframe = '1h' ORDER BY ALL DESC LIMIT 5"
  npx ffe lineage --storage ${storage} market_data_enriched
  npx ffe transform init my_models

Real history goes into a lake of its own, data/delta_lake unless the configuration says otherwise:
  npx ffe backfill --assets BTCUSD,ETHUSD --days 7
`);
    return 0;
  }

  async #tell(text: string): Promise<void> {
    if (this.#options.json !== true) await writeOut(text);
  }
}

function recordsJson({ table, added, alreadyThere, rejected }: DemoRecordsAdded): object {
  return { table, added, already_there: alreadyThere, rejected };
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
