import type { ImportResult } from "../../batch/ingestion-results.ts";
import type { ImportedSeries } from "../../batch/import/series-sink.ts";
import { gateError } from "../../bronze/rejection-gate.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { formatDecimal8 } from "../../market/decimal.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import { parseTimeframe } from "../../market/timeframe.ts";
import { isProviderName } from "../../providers/provider-chain.ts";
import { spellingsOf } from "../../config/symbol-spellings.ts";
import { describeError, sayReport } from "../error-report.ts";
import { configuredSuite, gatesJson, gateTables, printGates } from "../ingestion-gate.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { duration } from "../output/progress-bar.ts";
import { renderTable } from "../output/terminal-table.ts";
import { writeOut } from "../output/write-out.ts";
import { watched } from "../watched-run.ts";
import type { ImportOptions } from "../grammar/import.ts";
import { countText } from "../output/count-text.ts";

/** `ffe import` */
export async function importFiles(files: readonly string[], options: ImportOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "import" }, async (lakehouse) => {
    const provider = providerName(options.provider);
    const suite = options.dryRun === true ? undefined : configuredSuite(lakehouse, options.validate);
    const ingester = await lakehouse.ingester();
    const result = await watched(options, (progress, signal) =>
      ingester.importFiles({
        files,
        assetPair: options.asset === undefined ? undefined : AssetPair.parse(options.asset),
        timeframe: parseTimeframe(options.timeframe),
        provider,
        format: options.format,
        columns: options.columns,
        layout: options.layout,
        timeFormat: options.timeFormat,
        timeZone: options.timezone,
        decimalMark: options.decimal,
        covers: options.covers,
        spellings: spellingsOf(lakehouse.config, provider),
        insist: options.insist,
        dryRun: options.dryRun,
        signal,
        onProgress: ({ rowsChecked, file, filesDone, filesTotal, phase }) => {
          const doing = `${phase === "looking" ? "looking at" : "storing"} ${file}`;
          progress.show({ unit: "files", done: filesDone, total: filesTotal, rowsChecked, doing });
        },
      }),
    );
    if (options.json !== true) await printResult(result, options, lakehouse);
    const gates = await gateTables(lakehouse, [result.table], suite);
    if (options.json === true) {
      const own = resultJson(result, options);
      const isOpen = result.gate.passed && gates.every(({ passed }) => passed);
      const json = { ...own, gate_passed: isOpen, quality: gatesJson(gates) };
      await writeOut(`${JSON.stringify(json, null, 2)}\n`);
    }
    await printGates(gates, lakehouse, options.json === true);
    if (!result.gate.passed && options.json !== true) {
      const report = describeError(gateError(result.gate, true));
      sayReport(
        options.dryRun === true
          ? { ...report, nextStep: "This was a dry run: nothing was written." }
          : report,
      );
    }
    return result.gate.passed && gates.every(({ passed }) => passed) ? 0 : 1;
  });
}

/** A name with underscores for dashes, as in the registry. The provider of a file need not be registered. */
function providerName(text: string): string {
  const name = text.replaceAll("-", "_");
  if (name === "auto")
    throw new IngestionError(
      "INVALID_ARGUMENT",
      "--provider names where the candles come from, such as coinbase or my_broker; auto is not a name",
    );
  if (isProviderName(name)) return name;
  throw new IngestionError(
    "INVALID_ARGUMENT",
    `"${text}" is not a provider's name: use small letters, digits and underscores, as in coinbase or my_broker`,
  );
}

function resultJson(result: ImportResult, options: ImportOptions): Readonly<Record<string, unknown>> {
  return {
    ...(options.dryRun === true ? { dry_run: true } : {}),
    ingestion_id: result.ingestionId,
    table: result.table,
    rows_ingested: result.rowsIngested,
    rows_rejected: result.rowsRejected,
    rows_revised: result.rowsRevised,
    rows_unchanged: result.rowsUnchanged,
    table_version: result.tableVersion ?? null,
    watermark: result.watermarkMs === undefined ? null : formatInstant(result.watermarkMs),
    covered: result.covered.map(({ startMs, endMs }) => ({
      start: formatInstant(startMs),
      end: formatInstant(endMs),
    })),
    warnings: result.warnings,
    dead_letter_files: result.deadLetterPaths,
    rejected_share: result.gate.rejectedShare,
    rejected_ranges: result.gate.rejectedRanges.map(({ startMs, endMs }) => ({
      start: formatInstant(startMs),
      end: formatInstant(endMs),
    })),
    reasons: result.gate.reasons.map((one) => ({ ...one, sample: result.samples.get(one.reason) ?? null })),
    files: result.readings.map(({ timeFormat, timeZone, decimalMark, ...reading }) => ({
      ...reading,
      time_format: timeFormat,
      time_zone: timeZone,
      decimal_mark: decimalMark,
    })),
    series: result.series.map((one) => ({
      asset_pair: one.assetPair.canonical,
      rows_ingested: one.rowsIngested,
      rows_rejected: one.rowsRejected,
      first_rows: candleRows(one),
    })),
    duration_seconds: Math.round(result.durationMs) / 1000,
  };
}

async function printResult(
  result: ImportResult,
  options: ImportOptions,
  { deadLetters }: Lakehouse,
): Promise<void> {
  const { gate } = result;
  if (options.dryRun === true) await printReadings(result);
  else
    for (const { file, kind, timeFormat, timeZone, notes } of result.readings)
      await writeOut(
        `${[`${file}: ${kind}, times as ${timeFormat} (zone: ${timeZone})`, ...notes].join("; ")}\n`,
      );
  const verb = options.dryRun === true ? "would be imported" : "imported";
  const unchanged = result.rowsUnchanged > 0 ? `, ${result.rowsUnchanged} were there already` : "";
  const revised = result.rowsRevised > 0 ? `, ${result.rowsRevised} of them new values of stored bars` : "";
  await writeOut(
    `${countText(result.rowsIngested, "row")} ${verb} into ${result.table}${revised}${unchanged}, in ${duration(result.durationMs)}\n`,
  );
  if (result.covered.length > 0)
    await writeOut(
      `${options.dryRun === true ? "Would count" : "Counts"} as fetched: ${rangesText(result.covered)}\n`,
    );
  for (const warning of result.warnings) await writeOut(`Note: ${warning}\n`);
  if (gate.reasons.length > 0) {
    const kept = options.dryRun === true ? "" : `, kept in ${deadLetters.path}`;
    await writeOut(`${countText(result.rowsRejected, "row")} rejected${kept}:\n`);
    const isDry = options.dryRun === true;
    const rows = gate.reasons.map((one) => ({ ...one, sample: result.samples.get(one.reason) }));
    await writeOut(renderTable(isDry ? ["rows", "reason", "sample"] : ["rows", "reason"], rows));
  }
}

/** How each file was read, and its first candles as they would be stored. */
async function printReadings({ readings, series }: ImportResult): Promise<void> {
  for (const reading of readings) {
    const columns = Object.entries(reading.columns).map(([role, name]) => `${role} = ${name}`);
    const order = reading.layout === undefined ? "" : `, in the order of ${reading.layout}`;
    await writeOut(
      [
        `${reading.file}: ${reading.kind}${order}, ${countText(reading.rows, "row")}`,
        `  columns: ${columns.join(", ")}`,
        `  times: ${reading.timeFormat}; zone: ${reading.timeZone}`,
        `  numbers: decimal mark ${reading.decimalMark}`,
        ...reading.notes.map((note) => `  ${note}`),
        "",
      ].join("\n"),
    );
  }
  const columns = ["asset_pair", "timestamp", "open", "high", "low", "close", "volume"];
  const rows = series.flatMap(candleRows);
  if (rows.length > 0) await writeOut(`As they would be stored:\n${renderTable(columns, rows)}`);
}

function candleRows({ assetPair, firstCandles }: ImportedSeries): Readonly<Record<string, string | null>>[] {
  return firstCandles.map(({ openTimeMs, open, high, low, close, volume }) => ({
    asset_pair: assetPair.canonical,
    timestamp: formatInstant(openTimeMs),
    open: formatDecimal8(open),
    high: formatDecimal8(high),
    low: formatDecimal8(low),
    close: formatDecimal8(close),
    volume: volume === null ? null : formatDecimal8(volume),
  }));
}

/** How many ranges are named. */
const rangesNamedMax = 5;

function rangesText(ranges: RangeSet): string {
  const named = ranges
    .slice(0, rangesNamedMax)
    .map(({ startMs, endMs }) => `${formatInstant(startMs)} to ${formatInstant(endMs)}`);
  const more =
    ranges.length > rangesNamedMax
      ? ` and ${ranges.length - rangesNamedMax} more ranges (--json lists them)`
      : "";
  return `${named.join(", ")}${more}`;
}
