import type { BackfillRequest } from "../../batch/backfill-request.ts";
import type { BackfillResult, SeriesResult } from "../../batch/batch-data-ingester.ts";
import { gateError } from "../../bronze/rejection-gate.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { formatInstant, parseInstant, timeRange } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { ProviderChoice } from "../../providers/provider-chain.ts";
import { noProvider } from "../../providers/provider-registry.ts";
import { expectedBars, requestsOf } from "../../batch/fetch/series-plan.ts";
import type { SeriesPlan } from "../../batch/fetch/series-plan.ts";
import { parseTimeframe } from "../../market/timeframe.ts";
import { CommandError } from "../command-error.ts";
import { describeError, errorJson, errorText, sayReport } from "../error-report.ts";
import { configuredSuite, gatesJson, gateTables, printGates } from "../ingestion-gate.ts";
import type { GateOutcome } from "../ingestion-gate.ts";
import { Interrupted } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { duration } from "../output/progress-bar.ts";
import type { ProgressBar, ProgressOptions } from "../output/progress-bar.ts";
import { groupedNotes } from "../output/grouped-notes.ts";
import type { SeriesNote } from "../output/grouped-notes.ts";
import { printTable } from "../output/print-rows.ts";
import { sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { tellingOf, watched } from "../watched-run.ts";
import type { BackfillOptions } from "../grammar/backfill.ts";
import { dayMs } from "../../market/durations.ts";

const defaultDays = 7;
const daysMax = 36_525;

/** `ffe backfill` */
export async function backfill(options: BackfillOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const request = toRequest(options, lakehouse);
    if (options.dryRun === true) return showPlan(lakehouse, request, options.json === true);
    // Before anything is fetched: a suite that cannot be read is no news to have afterwards.
    const suite = configuredSuite(lakehouse, options.validate);
    const result = await runBackfill(lakehouse, request, options);
    if (options.json !== true) await printResult(result, lakehouse);
    // What a run that was stopped has added the next one looks at.
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

/** Whether few enough rows were rejected, and those that came hold what they have to. */
function areOpen({ gate }: BackfillResult, gates: readonly GateOutcome[]): boolean {
  return gate.passed && gates.every(({ passed }) => passed);
}

/** 2 when all that went wrong is the command line or the configuration, as with a key that is refused. */
function exitCodeOf(result: BackfillResult, gates: readonly GateOutcome[]): number {
  const failures = result.series.flatMap((series) => (series.failure === undefined ? [] : [series.failure]));
  const isOpen = areOpen(result, gates);
  if (failures.length === 0) return isOpen ? 0 : 1;
  return failures.every((failure) => describeError(failure).exitCode === 2) ? 2 : 1;
}

/** Runs a backfill with progress and Ctrl-C. */
export async function runBackfill(
  lakehouse: Lakehouse,
  request: BackfillRequest,
  options: ProgressOptions = {},
): Promise<BackfillResult> {
  return watched(options, (progress, signal) => {
    const listeners = tellingOf(progress);
    return lakehouse.ingester.backfill({
      ...request,
      signal,
      ...listeners,
      onPlan: (plans) => {
        if (request.force !== undefined && request.force !== false) announce(plans, progress);
        listeners.onPlan(plans);
      },
    });
  });
}

/** What is fetched again is said before it is, on stderr, beside progress. */
function announce(plans: readonly SeriesPlan[], progress: ProgressBar): void {
  for (const plan of plans) {
    const { assetPair, timeframe, range, expectedRows } = plan;
    progress.note(
      `Fetching ${assetPair.canonical} ${timeframe} from ${formatInstant(range.startMs)} to ${formatInstant(range.endMs)} again: ` +
        `${count(requestsOf(plan), "request")}, about ${count(expectedRows, "bar")}; those that are stored with the same values are not added again`,
    );
  }
}

export function toRequest(options: BackfillOptions, lakehouse: Lakehouse): BackfillRequest {
  const { config } = lakehouse;
  const { ingestion } = config;
  const assets = options.assets ?? ingestion.assets;
  if (assets.length === 0)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      "Say what to fetch: --assets BTCUSD,ETHUSD, or ingestion.assets in the configuration (ffe config init writes one)",
    );
  return {
    assetPairs: unique(
      assets.map((text) => AssetPair.parse(text)),
      (pair) => pair.canonical,
    ),
    timeframes: unique(
      (options.timeframes ?? ingestion.timeframes).map(parseTimeframe),
      (timeframe) => timeframe,
    ),
    range: toRange(options, ingestion.start, Date.now()),
    provider: providerOf(options.provider, config.providers.default, lakehouse),
    force: options.fullRefresh === true ? "everything" : (options.force ?? false),
    revisionWindow: options.revisionWindow ?? config.ingestion.revision_window,
  };
}

/** Days are whole UTC days, so that a week has seven daily bars whatever the time of day. */
function toRange(options: BackfillOptions, configured: string | undefined, nowMs: number): TimeRange {
  if (options.start !== undefined && options.days !== undefined) {
    throw new IngestionError("INVALID_ARGUMENT", "Give --start or --days, not both");
  }
  const endMs = options.end === undefined ? nowMs : parseInstant(options.end);
  const start = options.start ?? (options.days === undefined ? configured : undefined);
  if (start !== undefined) return timeRange(parseInstant(start), endMs);
  if ((options.days ?? 0) > daysMax) {
    throw new IngestionError(
      "INVALID_RANGE",
      `--days ${options.days} is more than ${daysMax}, a hundred years`,
    );
  }
  const startMs = endMs - (options.days ?? defaultDays) * dayMs;
  return timeRange(Math.floor(startMs / dayMs) * dayMs, endMs);
}

/**
 * The provider that was named, or the configuration's. A dash is as good as an underscore: `my-exchange`.
 *
 * @throws CommandError `INVALID_ARGUMENT`, with the name that is nearest.
 */
export function providerOf(
  text: string | undefined,
  fallback: ProviderChoice,
  { providers }: Pick<Lakehouse, "providers">,
): ProviderChoice {
  if (text === undefined) return fallback;
  const name = text.replaceAll("-", "_");
  if (name === "auto" || providers.find(name) !== undefined) return name;
  const names = ["auto", ...providers.all.map((one) => one.name)];
  throw new CommandError("INVALID_ARGUMENT", `--provider: ${noProvider(text, names)}`);
}

async function showPlan(lakehouse: Lakehouse, request: BackfillRequest, asJson: boolean): Promise<number> {
  const plans = await lakehouse.ingester.plan(request);
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
    `A dry run: nothing was fetched or written. ${count(totals.requests, "request")}, about ${count(totals.expected_rows, "row")}.\n\n`,
  );
  await printTable(planColumns, plans.flatMap(planRows), { optional: ["source_timeframe"] });
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

/** A row for each part that one provider is asked for; one that says so when there is nothing to do. */
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

/** The result as `--json` shows it. */
export function backfillJson(
  result: BackfillResult,
  lakehouse: Lakehouse,
): Readonly<Record<string, unknown>> {
  return {
    ingestion_id: result.ingestionId,
    storage_path: lakehouse.lake.storagePath,
    rows_ingested: total(result, (series) => series.rowsIngested),
    rows_rejected: total(result, (series) => series.rowsRejected),
    rows_revised: total(result, (series) => series.rowsRevised),
    rows_unchanged: total(result, (series) => series.rowsUnchanged),
    duration_seconds: Math.round(result.durationMs) / 1000,
    dead_letter_files: deadLetterPaths(result),
    rejected_share: result.gate.rejectedShare,
    reasons: result.gate.reasons,
    series: result.series.map((series) => ({
      asset_pair: series.plan.assetPair.canonical,
      timeframe: series.plan.timeframe,
      providers: series.shares.map((share) => ({
        provider: share.provider,
        start: formatInstant(share.range.startMs),
        end: formatInstant(share.range.endMs),
        rows_ingested: share.rowsIngested,
      })),
      table: series.table,
      rows_ingested: series.rowsIngested,
      rows_rejected: series.rowsRejected,
      rows_revised: series.rowsRevised,
      rows_unchanged: series.rowsUnchanged,
      watermark: series.watermarkMs === undefined ? null : formatInstant(series.watermarkMs),
      table_version: series.tableVersion ?? null,
      notes: [...series.plan.notes, ...series.warnings],
      rejected_ranges: series.rejectedRanges.map(({ startMs, endMs }) => ({
        start: formatInstant(startMs),
        end: formatInstant(endMs),
      })),
      error: series.failure === undefined ? null : errorJson(describeError(series.failure)),
    })),
  };
}

async function printResult(result: BackfillResult, lakehouse: Lakehouse): Promise<void> {
  const ingested = total(result, (series) => series.rowsIngested);
  const rejected = total(result, (series) => series.rowsRejected);
  await writeOut(`${count(ingested, "row")} ingested in ${duration(result.durationMs)}`);
  if (rejected > 0)
    await writeOut(
      `; ${count(rejected, "row")} rejected, kept with their reasons in ${lakehouse.deadLetters.path}`,
    );
  await writeOut("\n\n");
  await printTable(seriesColumns, seriesRows(result), {
    optional: ["watermark", "version"],
    colors: new Map([["rejected", (rows) => (rows === 0 ? undefined : "yellow")]]),
  });
  for (const note of groupedNotes(notesOf(result.series))) await writeOut(`Note: ${note}\n`);
}

/** What went wrong stands last, where eyes are. */
function sayFailures(result: BackfillResult): void {
  const failures = result.series.filter((series) => series.failure !== undefined);
  if (failures.length > 0)
    sayError(
      failureText(
        failures,
        total(result, (series) => series.rowsIngested),
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

/** The failures, each once, what was kept, and how to go on. */
export function failureText(failures: readonly SeriesResult[], rowsIngested: number): string {
  const isInterrupted = failures.some((series) => series.failure instanceof Interrupted);
  const reports = new Map<string, string[]>();
  for (const series of failures) {
    if (series.failure instanceof Interrupted) continue;
    const text = errorText(describeError(series.failure));
    reports.set(text, [
      ...(reports.get(text) ?? []),
      `${series.plan.assetPair.canonical} ${series.plan.timeframe}`,
    ]);
  }
  const kept =
    rowsIngested === 0
      ? "Nothing was committed."
      : `The ${count(rowsIngested, "row")} above are committed and stay.`;
  return [
    ...[...reports].map(([text, series]) => `${text}\n(${series.join(", ")})`),
    ...(isInterrupted ? ["Stopped at your request."] : []),
    `${kept} The same command goes on from there.`,
  ].join("\n");
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

function deadLetterPaths(result: BackfillResult): string[] {
  return unique(
    result.series.flatMap((series) => series.deadLetterPaths),
    (path) => path,
  ).toSorted();
}

function total(result: BackfillResult, measure: (series: SeriesResult) => number): number {
  return result.series.reduce((sum, series) => sum + measure(series), 0);
}

export function count(amount: number, noun: string): string {
  return `${amount.toLocaleString("en-US")} ${noun}${amount === 1 ? "" : "s"}`;
}

function unique<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
