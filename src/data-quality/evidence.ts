import * as z from "zod";
import { ownMember } from "finance-feedback-delta/contract";

import { definitionNamed, layerOf } from "../storage/table-names.ts";
import { timeframeOfTable } from "../tables/table-registry.ts";
import { expectationsFailed } from "../dead-letters/dead-letter.ts";
import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { BarContext } from "../dead-letters/dead-letter.ts";
import type { RejectedRow } from "../dead-letters/rejected-rows.ts";
import { jsonRecord } from "./json-record.ts";
import { foundRows } from "./result.ts";
import type { ExpectationResult } from "./result.ts";
import type { ResultFormatOptions } from "./result-format.ts";
import { columnsOf } from "./suite.ts";

/** How many rows of each broken expectation are kept. */
const evidenceMax = 1000;

/** A validation with this format finds the rows to keep. */
export const evidenceFormat: ResultFormatOptions = {
  result_format: "SUMMARY",
  partial_unexpected_count: evidenceMax,
  include_unexpected_rows: true,
};

/**
 * Keeps rows that break expectations in the dead letter queue, with the expectation as their reason.
 *
 * @param source the table that holds them, or where else they came from.
 * @returns the files that hold them.
 */
export async function keepEvidence(
  deadLetters: DeadLetterQueue,
  source: string,
  broken: readonly ExpectationResult[],
): Promise<string[]> {
  const rows = broken.flatMap((one) => rowsOf(one).map((row) => ({ row, reason: reasonOf(one) })));
  if (!areBars(source, rows)) return keepRows(deadLetters, source, rows);
  const paths: string[] = [];
  for (const [, ofSeries] of Map.groupBy(rows, ({ row }) => JSON.stringify(contextOf(row, source)))) {
    const [first] = ofSeries;
    if (first === undefined) continue;
    const written = await deadLetters.write(
      contextOf(first.row, source),
      ofSeries.map(({ row, reason }) => rejected(row, reason, source)),
      expectationsFailed,
    );
    paths.push(...written.paths);
  }
  return [...new Set(paths)].toSorted();
}

/** A table's name says whether its rows are bars; of rows that are in no table they show it themselves. */
function areBars(source: string, rows: readonly Kept[]): boolean {
  if (layerOf(source) !== undefined) return definitionNamed(source)?.timeframe !== undefined;
  return rows.every(({ row }) =>
    ["asset_pair", "timestamp", "open", "close"].every((name) => Object.hasOwn(row, name)),
  );
}

interface Kept {
  readonly row: Evidence;
  readonly reason: string;
}

/** Rows of a table whose columns are not those of bars. */
async function keepRows(
  deadLetters: DeadLetterQueue,
  table: string,
  rows: readonly Kept[],
): Promise<string[]> {
  const key = definitionNamed(table)?.key ?? [];
  const records = rows.map(({ row, reason }) => ({
    key: key.map((name) => textOf(ownMember(row, name)) ?? "").join(" "),
    reason,
    sourceFile: table,
    row,
    raw: row,
  }));
  const { paths } = await deadLetters.writeRecords({ table, source: table }, records, expectationsFailed);
  return [...paths].toSorted();
}

/** Whether a critical expectation fails. */
export function isBroken({ success, expectation_config: config }: ExpectationResult): boolean {
  return !success && config.severity === "critical";
}

/** `expect_column_values_to_be_between(close)` */
export function reasonOf({ expectation_config: { type, kwargs } }: ExpectationResult): string {
  return `${type}(${columnsOf(kwargs).join(", ")})`;
}

const rowList = z.array(jsonRecord);
type Evidence = z.infer<typeof rowList>[number];

/** Rows of the table, or the rows that a query of an expectation found. */
function rowsOf({ result }: ExpectationResult): readonly Evidence[] {
  const rows = rowList.safeParse(result["unexpected_rows"] ?? foundRows(result));
  return rows.success ? rows.data : [];
}

function contextOf(row: Evidence, tableName: string): BarContext {
  return {
    asset_pair: textOf(row["asset_pair"]) ?? "",
    timeframe: timeframeOfTable(tableName) ?? "",
    provider: textOf(row["source_provider"]) ?? tableName,
  };
}

function rejected(row: Evidence, reason: string, sourceFile: string): RejectedRow {
  const openTimeMs = Date.parse(textOf(row["timestamp"]) ?? "");
  return {
    openTimeMs: Number.isNaN(openTimeMs) ? undefined : openTimeMs,
    reason,
    open: textOf(row["open"]),
    high: textOf(row["high"]),
    low: textOf(row["low"]),
    close: textOf(row["close"]),
    volume: textOf(row["volume"]),
    sourceFile,
    raw: row,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}
