import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { heatCell } from "../../batch/gaps/heat-cells.ts";
import type { SeriesGaps } from "../../batch/gaps/gap-report.ts";
import type { Config } from "../../config/config-schema.ts";
import { renderDataDocs } from "../../data-quality/data-docs.ts";
import type { TableContents } from "../../data-quality/data-docs.ts";
import { readQualityResults } from "../../data-quality/quality-results.ts";
import { formatInstant } from "../../market/time-range.ts";
import { shortTableName, parseTableName } from "../../storage/table-names.ts";
import { besideTables } from "../beside-tables.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { makeOutputFolder, writeWholeFile } from "../output/whole-file.ts";
import { writeOut } from "../output/write-out.ts";
import { whileDoing } from "../watched-run.ts";
import type { DataDocsOptions } from "../grammar/quality.ts";
import { dayMs } from "../../market/durations.ts";
import { countText } from "../output/count-text.ts";

/** A phone cannot show more cells apart. */
const cellsMax = 90;

/** `ffe data-docs` */
export async function dataDocs(options: DataDocsOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const records = await readQualityResults(lakehouse.lake);
    const folder = options.output ?? folderFor(lakehouse.config, options.storage);
    const path = join(folder, "index.html");
    const validated = new Set(records.map(({ table_name: table }) => table));
    const contents = await whileDoing("reading the tables that were validated", options, () =>
      contentsOf(lakehouse, validated),
    );
    makeOutputFolder(folder);
    const page = renderDataDocs(records, new Date(lakehouse.clock.now()), contents);
    await writeWholeFile(path, (part) => writeFile(part, page));
    const runs = new Set(records.map((record) => record.run_id)).size;
    if (options.json === true) await writeOut(`${JSON.stringify({ path, validations: runs }, null, 2)}\n`);
    else await writeOut(`${path}: ${countText(runs, "validation")}\n`);
    return 0;
  });
}

/** Beside the lake, unless the configuration names another folder. The page of a lake in a bucket lies in data/. */
function folderFor({ data_quality: quality, delta_lake: lake }: Config, storage: string | undefined): string {
  if (quality.data_docs_path !== undefined) return quality.data_docs_path;
  const isRemote = /^[a-z][a-z0-9+.-]+:/i.test(lake.storage_path);
  const beside = isRemote ? "data/data_docs" : join(dirname(lake.storage_path), "data_docs");
  return besideTables(storage, "data_docs", beside);
}

/** What the validated tables of bars hold, and what is missing in them. */
async function contentsOf(
  { lake, ingester }: Lakehouse,
  validated: ReadonlySet<string>,
): Promise<ReadonlyMap<string, TableContents>> {
  const gaps = (await (await ingester()).findGaps()).filter(({ table }) =>
    validated.has(shortTableName(parseTableName(table))),
  );
  const contents = new Map<string, TableContents>();
  for (const [table, reports] of Map.groupBy(gaps, (report) =>
    shortTableName(parseTableName(report.table)),
  )) {
    const result = await lake.query(
      `SELECT asset_pair, source_provider, count(DISTINCT "timestamp") AS bars, min("timestamp") AS first, max("timestamp") AS last
       FROM ${table} GROUP BY ALL ORDER BY ALL`,
    );
    const series = (await result.rows()).map((row) => ({
      assetPair: String(row["asset_pair"]),
      provider: String(row["source_provider"]),
      bars: Number(row["bars"]),
      first: textOf(row["first"]),
      last: textOf(row["last"]),
    }));
    contents.set(table, { series, ...mapOf(reports) });
  }
  return contents;
}

function mapOf(reports: readonly SeriesGaps[]): Pick<TableContents, "gaps" | "cell" | "lastDay"> {
  const startMs = Math.floor(Math.min(...reports.map(({ range }) => range.startMs)) / dayMs) * dayMs;
  const endMs = Math.max(...reports.map(({ range }) => range.endMs));
  const days = Math.max(1, Math.ceil((endMs - startMs) / dayMs / cellsMax));
  const starts = Array.from(
    { length: Math.ceil((endMs - startMs) / (days * dayMs)) },
    (_, index) => startMs + index * days * dayMs,
  );
  return {
    cell: days === 1 ? "a day" : `${days} days`,
    lastDay: formatInstant(endMs - 1).slice(0, 10),
    gaps: reports.map((report) => ({
      label: `${report.assetPair.canonical} ${report.timeframe}${report.isMock ? " (demo)" : ""}`,
      missingBars: report.expectedBars - report.storedBars,
      expectedBars: report.expectedBars,
      cells: starts.map((at) => ({
        start: formatInstant(at).slice(0, 10),
        state: heatCell(report, { startMs: at, endMs: at + days * dayMs }),
      })),
    })),
  };
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
