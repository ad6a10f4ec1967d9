import type { BackfillRequest } from "../../batch/backfill-request.ts";
import type { BackfillResult, SeriesResult } from "../../batch/ingestion-results.ts";
import { gateError } from "../../bronze/rejection-gate.ts";
import { expectedBars, requestsOf } from "../../batch/fetch/series-plan.ts";
import type { SeriesPlan } from "../../batch/fetch/series-plan.ts";
import { formatInstant } from "../../market/time-range.ts";
import { backfillRequest } from "../backfill/request.ts";
import { backfillJson } from "../backfill/result-json.ts";
import { runBackfill } from "../backfill/run.ts";
import { failureText } from "../backfill/series-failures.ts";
import { totalOf } from "../backfill/totals.ts";
import { describeError, sayReport } from "../error-report.ts";
import type { BackfillOptions } from "../grammar/backfill.ts";
import { configuredSuite, gatesJson, gateTables, printGates } from "../ingestion-gate.ts";
import type { GateOutcome } from "../ingestion-gate.ts";
import { Interrupted } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { countText } from "../output/count-text.ts";
import { groupedNotes } from "../output/grouped-notes.ts";
import type { SeriesNote } from "../output/grouped-notes.ts";
import { printTable } from "../output/print-list.ts";
import { duration } from "../output/progress-bar.ts";
import { sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe backfill` */
export async function backfill(options: BackfillOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "backfill" }, async (lakehouse) => {
    const request = backfillRequest(options, lakehouse);
    if (options.dryRun === true) return showPlan(lakehouse, request, options.json === true);
    // A suite that cannot be read ends the run before anything is fetched.
    const suite = configuredSuite(lakehouse, options.validate);
    const result = await runBackfill(lakehouse, request, options);
    if (options.json !== true) await printResult(result, lakehouse);
    // The next run validates what a stopped run has added.
    const isStopped = result.series.some(({ failure }) => failure instanceof Interrupted);
    const tables = isStopped ? [] : result.series.map(({ table }) => table);
    const gates = await gateTables(lakehouse, tables, suite);
    if (options.json === true) {
      const json = {
        ...backfillJson(result, lakehouse),
        gate_passed: areOpen(result, gates),
        quality: gatesJson(gates),
      };
      await writeOut(`${JSON.stringify(json, null, 2)}\n`);
    }
    await printGates(gates, lakehouse, options.json === true);
    if (options.json !== true) sayFailures(result);
    return exitCodeOf(result, gates);
  });
}

/** Whether few enough rows were rejected, and every gate is open. */
function areOpen({ gate }: BackfillResult, gates: readonly GateOutcome[]): boolean {
  return gate.passed && gates.every(({ passed }) => passed);
}

/** 2 when only the command line or the configuration is the cause, such as a key that is refused. */
function exitCodeOf(result: BackfillResult, gates: readonly GateOutcome[]): number {
  const failures = result.series.flatMap((series) => (series.failure === undefined ? [] : [series.failure]));
  const isOpen = areOpen(result, gates);
  if (failures.length === 0) return isOpen ? 0 : 1;
  return failures.every((failure) => describeError(failure).exitCode === 2) ? 2 : 1;
}

async function showPlan(lakehouse: Lakehouse, request: BackfillRequest, asJson: boolean): Promise<number> {
  const plans = await (await lakehouse.ingester()).plan(request);
  const totals = {
    requests: plans.reduce((sum, plan) => sum + requestsOf(plan), 0),
    expected_rows: plans.reduce((sum, plan) => sum + plan.expectedRows, 0),
  };
  if (asJson) {
    const series = plans.map(planJson);
    await writeOut(`${JSON.stringify({ dry_run: true, ...totals, series }, null, 2)}\n`);
    return 0;
  }
  await writeOut(
    `A dry run: nothing was fetched or written. ${countText(totals.requests, "request")}, about ${countText(totals.expected_rows, "row")}.\n\n`,
  );
  await printTable(planColumns, plans.flatMap(planRows), {
    optional: ["source_timeframe"],
    kept: ["provider", "start", "end", "requests", "expected_rows"],
  });
  for (const note of groupedNotes(notesOf(plans.map((plan) => ({ plan, warnings: [] })))))
    await writeOut(`Note: ${note}\n`);
  return 0;
}

const planColumns: readonly string[] = [
  "asset_pair",
  "timeframe",
  "provider",
  "source_timeframe",
  "start",
  "end",
  "requests",
  "expected_rows",
];

function planJson(plan: SeriesPlan): Readonly<Record<string, unknown>> {
  return {
    asset_pair: plan.assetPair.canonical,
    timeframe: plan.timeframe,
    providers: [...new Set(plan.pieces.map(({ provider }) => provider))],
    start: formatInstant(plan.range.startMs),
    end: formatInstant(plan.range.endMs),
    requests: requestsOf(plan),
    expected_rows: plan.expectedRows,
    watermark: plan.watermarkMs === undefined ? null : formatInstant(plan.watermarkMs),
    pieces: planRows(plan),
    notes: plan.notes,
  };
}

/** A row for each part that a provider serves, or one row that says that there is nothing to do. */
function planRows(plan: SeriesPlan): Readonly<Record<string, unknown>>[] {
  const { assetPair, timeframe, schedule } = plan;
  const series = { asset_pair: assetPair.canonical, timeframe };
  if (plan.pieces.length === 0)
    return [{ ...series, provider: "(nothing to fetch)", requests: 0, expected_rows: 0 }];
  return plan.pieces.map(({ provider, sourceTimeframe, range, windows }) => ({
    ...series,
    provider,
    source_timeframe: sourceTimeframe,
    start: formatInstant(range.startMs),
    end: formatInstant(range.endMs),
    requests: windows.length,
    expected_rows: expectedBars(schedule, range),
  }));
}

async function printResult(result: BackfillResult, lakehouse: Lakehouse): Promise<void> {
  const ingested = totalOf(result, (series) => series.rowsIngested);
  const rejected = totalOf(result, (series) => series.rowsRejected);
  await writeOut(`${countText(ingested, "row")} ingested in ${duration(result.durationMs)}`);
  if (rejected > 0)
    await writeOut(
      `; ${countText(rejected, "row")} rejected, kept with their reasons in ${lakehouse.deadLetters.path}`,
    );
  await writeOut("\n\n");
  await printTable(seriesColumns, seriesRows(result), {
    optional: ["watermark", "version"],
    kept: ["ingested", "rejected"],
    colors: new Map([["rejected", (rows) => (rows === 0 ? undefined : "yellow")]]),
  });
  for (const note of groupedNotes(notesOf(result.series))) await writeOut(`Note: ${note}\n`);
}

/** Failures come last, where users look first. */
function sayFailures(result: BackfillResult): void {
  const failures = result.series.filter((series) => series.failure !== undefined);
  if (failures.length > 0)
    sayError(
      failureText(
        failures,
        totalOf(result, (series) => series.rowsIngested),
      ),
    );
  if (!result.gate.passed) sayReport(describeError(gateError(result.gate)));
}

function notesOf(series: readonly Pick<SeriesResult, "plan" | "warnings">[]): SeriesNote[] {
  return series.flatMap(({ plan, warnings }) =>
    [...plan.notes, ...warnings].map((text) => ({
      assetPair: plan.assetPair.canonical,
      timeframe: plan.timeframe,
      text,
    })),
  );
}

const seriesColumns: readonly string[] = [
  "asset_pair",
  "timeframe",
  "provider",
  "ingested",
  "rejected",
  "watermark",
  "version",
];

function seriesRows(result: BackfillResult): Readonly<Record<string, unknown>>[] {
  return result.series.map((series) => ({
    asset_pair: series.plan.assetPair.canonical,
    timeframe: series.plan.timeframe,
    provider: [...new Set(series.shares.map(({ provider }) => provider))].join(" + "),
    ingested: series.rowsIngested,
    rejected: series.rowsRejected,
    watermark: series.watermarkMs === undefined ? "" : formatInstant(series.watermarkMs),
    version: series.tableVersion ?? null,
  }));
}
