import type { BatchDataIngester } from "../../batch/batch-data-ingester.ts";
import type { GapRequest, SeriesGaps } from "../../batch/gaps/gap-report.ts";
import { heatCell } from "../../batch/gaps/heat-cells.ts";
import type { Gap, GapKind } from "../../batch/gaps/gaps.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { sessionNames } from "../../market/calendars/exchange-calendar.ts";
import { formatInstant, parseInstant, timeRange } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { parseTimeframe } from "../../market/timeframe.ts";
import { configuredSuite, gateTables, printGates } from "../ingestion-gate.ts";
import { Interrupted } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { renderHeatMap } from "../output/heat-map.ts";
import { paint } from "../output/paint.ts";
import type { Paint } from "../output/paint.ts";
import { printList } from "../output/print-list.ts";
import { say, sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { tellingOf, watched, whileDoing } from "../watched-run.ts";
import type { GapsOptions } from "../grammar/gaps.ts";
import { dayMs } from "../../market/durations.ts";
import { countText } from "../output/count-text.ts";
import { failureText } from "../backfill/series-failures.ts";
import { providerChoice } from "../provider-choice.ts";

/** How many gaps a terminal shows; `--json` has all. */
const gapsShownMax = 40;
/** Columns that a heat map leaves to its labels. */
const labelColumns = 24;

/** `ffe gaps` */
export async function gaps(options: GapsOptions): Promise<number> {
  const opening = { ...options, recordedAs: options.repair === true ? "gaps --repair" : undefined };
  return withLakehouse(opening, async (lakehouse) => {
    const request = {
      assetPairs: options.assets?.map((text) => AssetPair.parse(text)),
      timeframes: options.timeframes?.map(parseTimeframe),
      range: rangeOf(options),
      session: sessionNames.find((name) => name === options.session),
    };
    const ingester = await lakehouse.ingester();
    const before = await whileDoing(`reading ${lakehouse.lake.storagePath}`, options, () =>
      ingester.findGaps(request),
    );
    noteAbsentSeries(request, before, lakehouse);
    if (options.repair !== true) {
      await print(before, undefined, options, lakehouse);
      return 0;
    }
    const suite = configuredSuite(lakehouse);
    const { result, after } = await repair(lakehouse, request, options);
    const rowsIngested = result.series.reduce((sum, series) => sum + series.rowsIngested, 0);
    const rowsRevised = result.series.reduce((sum, series) => sum + series.rowsRevised, 0);
    await print(after, { rowsIngested, rowsRevised, ...result }, options, lakehouse);
    for (const note of new Set(result.notes)) say(`Note: ${note}`);
    const failures = result.series.filter((series) => series.failure !== undefined);
    // The next run validates what a stopped run has added.
    const isStopped = failures.some(({ failure }) => failure instanceof Interrupted);
    const tables = isStopped ? [] : after.map(({ table }) => table);
    const gates = await gateTables(lakehouse, tables, suite);
    await printGates(gates, lakehouse, options.json === true);
    if (failures.length > 0) sayError(failureText(failures, rowsIngested));
    const { gapsNotAskedFor } = result;
    if (gapsNotAskedFor > 0)
      sayError(
        `Error: no provider could be asked for ${countText(gapsNotAskedFor, "gap")}; the notes say why. --provider NAME asks another one.`,
      );
    return failures.length + gapsNotAskedFor > 0 || gates.some(({ passed }) => !passed) ? 1 : 0;
  });
}

interface Request extends GapRequest {
  readonly assetPairs: readonly AssetPair[] | undefined;
}

async function repair(
  lakehouse: Lakehouse,
  request: Request,
  options: GapsOptions,
): Promise<{
  readonly result: Awaited<ReturnType<BatchDataIngester["repairGaps"]>>;
  readonly after: readonly SeriesGaps[];
}> {
  const ingester = await lakehouse.ingester();
  const result = await watched(options, (progress, signal) =>
    ingester.repairGaps({
      ...request,
      // Without --provider, bars are fetched from the provider of their series, whatever the configuration prefers.
      provider: providerChoice(options.provider, "auto", lakehouse),
      signal,
      ...tellingOf(progress),
    }),
  );
  return { result, after: await ingester.findGaps(request) };
}

function rangeOf({ start, end }: GapsOptions): Partial<TimeRange> {
  const startMs = start === undefined ? undefined : parseInstant(start);
  const endMs = end === undefined ? undefined : parseInstant(end);
  if (startMs !== undefined && endMs !== undefined) return timeRange(startMs, endMs);
  return { ...(startMs === undefined ? {} : { startMs }), ...(endMs === undefined ? {} : { endMs }) };
}

/** Prints which of the named series have no bars. */
function noteAbsentSeries(request: Request, reports: readonly SeriesGaps[], { lake }: Lakehouse): void {
  const found = new Set(reports.map(({ assetPair }) => assetPair.canonical));
  const absent = (request.assetPairs ?? []).filter(({ canonical }) => !found.has(canonical));
  if (absent.length === 0) return;
  const names = absent.map(({ canonical }) => canonical).join(", ");
  say(
    `There are no bars of ${names} in ${lake.storagePath}. With --timeframes, --start and --end they are listed as missing.`,
  );
}

function repairText({ rowsIngested, rowsRevised }: Repaired): string {
  const added = ` ${countText(rowsIngested - rowsRevised, "bar")} repaired.`;
  if (rowsRevised === 0) return added;
  return `${added} ${countText(rowsRevised, "bar")} beside the gaps came with other values, and are new versions of theirs.`;
}

interface Repaired {
  readonly rowsIngested: number;
  /** Those of them that were there with other values: bars between gaps, which come in the same answers. */
  readonly rowsRevised: number;
  /** The gaps that are not repaired, and why. */
  readonly notes: readonly string[];
  readonly gapsNotAskedFor: number;
}

async function print(
  reports: readonly SeriesGaps[],
  repaired: Repaired | undefined,
  options: GapsOptions,
  { lake }: Lakehouse,
): Promise<void> {
  const rows = reports.flatMap((report) => report.gaps.map((gap) => gapJson(report, gap)));
  if (options.json === true) {
    const series = reports.map(seriesJson);
    const done =
      repaired === undefined
        ? {}
        : {
            rows_repaired: repaired.rowsIngested - repaired.rowsRevised,
            rows_revised: repaired.rowsRevised,
            gaps_not_asked_for: repaired.gapsNotAskedFor,
            notes: repaired.notes,
          };
    await writeOut(`${JSON.stringify({ gaps: rows, series, ...done }, null, 2)}\n`);
    return;
  }
  if (reports.length === 0) {
    await writeOut(`There are no such series in ${lake.storagePath}. Try: npx ffe backfill --help\n`);
    return;
  }
  // Without a calendar every night may be a gap, so a series gets one line, not one for each gap.
  const judged = rows.filter(({ kind }) => kind !== "calendar_unknown");
  await writeOut(`${heatMapOf(reports)}\n`);
  for (const report of reports) {
    const note = unknownNote(report);
    if (note !== undefined) await writeOut(`${note}\n`);
  }
  const missing = reports.reduce((sum, { expectedBars, storedBars }) => sum + expectedBars - storedBars, 0);
  const expected = reports.reduce((sum, report) => sum + report.expectedBars, 0);
  await writeOut(
    `${countText(judged.length, "gap")}: ${countText(missing, "bar")} missing of ${countText(expected, "bar")}.`,
  );
  if (repaired !== undefined) await writeOut(repairText(repaired));
  else if (judged.some((row) => row["confirmed"] === false))
    await writeOut(" --repair fetches them again from the providers of the bars beside them.");
  await writeOut("\n");
  if (judged.length > 0) {
    await writeOut("\n");
    await printList(
      ["asset_pair", "timeframe", "start", "end", "missing_bars", "kind", "confirmed"],
      judged.slice(0, gapsShownMax),
      false,
      {
        optional: ["end", "missing_bars", "confirmed"],
        kept: ["start", "kind"],
        colors: new Map([["kind", (kind) => kindColors.get(String(kind))]]),
      },
    );
  }
  if (judged.length > gapsShownMax)
    await writeOut(`... and ${countText(judged.length - gapsShownMax, "more gap")} (--json lists all)\n`);
}

/** Yellow: a run can repair it. Red: none can. */
const kindColors: ReadonlyMap<string, Paint> = new Map<GapKind, Paint>([
  ["rejected", "yellow"],
  ["fetch_failed", "yellow"],
  ["provider_outage", "red"],
  ["no_trades", "dim"],
  ["not_in_file", "yellow"],
]);

/** Prints that the gaps of a series are not judged. */
function unknownNote({ assetPair, timeframe, gaps: found, schedule }: SeriesGaps): string | undefined {
  const holes = found.filter(({ kind }) => kind === "calendar_unknown");
  const { known } = schedule.calendar;
  if (holes.length === 0) return undefined;
  const series = `${assetPair.canonical} ${timeframe}`;
  if (known.startMs < known.endMs)
    return `${series}: calendar unknown before ${dateOf(known.startMs)} and after ${dateOf(known.endMs - 1)}; ${countText(holes.length, "hole")} there are not judged.`;
  return `${series}: calendar unknown; ${countText(holes.length, "hole")} not judged. Name one in market.calendars of the configuration.`;
}

function dateOf(instantMs: number): string {
  return formatInstant(instantMs).slice(0, 10);
}

function gapJson({ assetPair, timeframe, isMock }: SeriesGaps, gap: Gap): Readonly<Record<string, unknown>> {
  return {
    asset_pair: assetPair.canonical,
    timeframe,
    start: formatInstant(gap.range.startMs),
    end: formatInstant(gap.range.endMs),
    missing_bars: gap.missingBars,
    kind: gap.kind,
    confirmed: gap.isConfirmed,
    is_mock: isMock,
  };
}

function seriesJson(report: SeriesGaps): Readonly<Record<string, unknown>> {
  return {
    asset_pair: report.assetPair.canonical,
    timeframe: report.timeframe,
    is_mock: report.isMock,
    calendar: report.schedule.calendar.name,
    start: formatInstant(report.range.startMs),
    end: formatInstant(report.range.endMs),
    expected_bars: report.expectedBars,
    stored_bars: report.storedBars,
    missing_bars: report.expectedBars - report.storedBars,
  };
}

/** A line of days for each series. A cell has as many days as it takes to fit the terminal. */
function heatMapOf(reports: readonly SeriesGaps[]): string {
  const startMs = Math.floor(Math.min(...reports.map(({ range }) => range.startMs)) / dayMs) * dayMs;
  const endMs = Math.max(...reports.map(({ range }) => range.endMs));
  const width = Math.max(20, (process.stdout.columns ?? 100) - labelColumns);
  const daysPerCell = Math.max(1, Math.ceil((endMs - startMs) / dayMs / width));
  const cells: TimeRange[] = [];
  for (let at = startMs; at < endMs; at += daysPerCell * dayMs)
    cells.push({ startMs: at, endMs: at + daysPerCell * dayMs });
  return renderHeatMap({
    from: dateOf(startMs),
    to: dateOf(endMs - 1),
    cell: daysPerCell === 1 ? "a day" : `${daysPerCell} days`,
    inColor: paint("green", "x") !== "x",
    lines: reports.map((report) => ({
      label: `${report.assetPair.canonical} ${report.timeframe}${report.isMock ? " (demo)" : ""}`,
      cells: cells.map((cell) => heatCell(report, cell)),
    })),
  });
}
