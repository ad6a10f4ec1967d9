/**
 * Files of candles from anywhere go into Bronze. What this folder guarantees:
 * - The result says what each file was taken for. What can be read in two ways is an error, with the option that settles it.
 * - Each row goes through the checks of fetched candles. It is stored, was stored before, or is a dead letter with its reason.
 * - Memory is bounded by a batch, however long the file is.
 * - After a stop the same command goes on, and adds no bar twice.
 */
import { unionOf } from "../../market/range-set.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { CommitTotals } from "../../bronze/series-commits.ts";
import { assertOneSeries, wantedParts } from "./archive-parts.ts";
import { surveyFile } from "./candle-file.ts";
import { assertNoConflicts } from "./conflicting-files.ts";
import type { CandleFile, FileReading } from "./file-reading.ts";
import { openParts } from "./container.ts";
import { FileImport } from "./file-import.ts";
import type { CandleImport } from "./import-request.ts";
import { isTimeZone } from "./local-time.ts";
import { nothingPassed } from "./nothing-passed.ts";
import { SeriesSink } from "./series-sink.ts";
import type { ImportedSeries, ImportTarget } from "./series-sink.ts";
import { UnfinishedImport } from "./unfinished-import.ts";

export interface ImportOutcome {
  readonly totals: CommitTotals;
  readonly series: readonly ImportedSeries[];
  /** What each file was taken for. */
  readonly readings: readonly FileReading[];
  /** Of each reason one row as it came. */
  readonly samples: ReadonlyMap<string, string>;
}

/**
 * Brings files of candles through the same checks as what providers send, into Bronze. All files are looked at from end to
 * end before a row of any is stored. What a file holds counts as covered as far as its bars hold together by the calendar,
 * and what the request says that it covers: a later backfill fetches all the rest. A file that was imported already, or in
 * part, adds nothing twice.
 *
 * @throws IngestionError `INVALID_ARGUMENT` for a file that cannot be read as candles, that can be read in two ways, or of
 *   which nothing passes. `UnfinishedImport` when some of the rows are committed, and when the signal stopped it.
 */
export async function importCandles(request: CandleImport, target: ImportTarget): Promise<ImportOutcome> {
  const files = await surveyAll(request, target).catch((error: unknown) => {
    throw withCommitted(error, [], request);
  });
  const sinks = new Map<string, SeriesSink>();
  const samples = new Map<string, string>();
  for (const file of files) {
    for (const assetPair of file.assetPairs)
      if (!sinks.has(assetPair.canonical))
        sinks.set(assetPair.canonical, new SeriesSink(assetPair, request, target));
  }
  let rowsChecked = 0;
  for (const [filesDone, file] of files.entries()) {
    const place = { file: file.reading.file, filesDone, filesTotal: files.length, phase: "storing" as const };
    try {
      await importFile(file, request, target, sinks, samples, (rows) => {
        rowsChecked += rows;
        request.onProgress?.({ rowsChecked, ...place });
      });
    } catch (error) {
      throw withCommitted(error, [...sinks.values()], request);
    }
  }
  const series = [...sinks.values()].map((sink) => sink.outcome);
  return {
    totals: sumOf(series),
    series,
    readings: files.map(({ reading }) => reading),
    samples,
  };
}

/** What a failure left in the table, for the user who goes on from there; whoever stopped the import wants to know it, too. */
function withCommitted(
  error: unknown,
  sinks: readonly SeriesSink[],
  { dryRun, signal }: CandleImport,
): unknown {
  if (dryRun === true) return error;
  const committed = sinks
    .map(({ outcome }) => outcome)
    .filter(({ rowsIngested, rowsRejected }) => rowsIngested + rowsRejected > 0)
    .map(({ assetPair, rowsIngested }) => `${rowsIngested} of ${assetPair.canonical}`);
  if (committed.length > 0)
    return new UnfinishedImport(
      `The rows that came before are committed and stay: ${committed.join(", ")}. The same command goes on from there, and adds none of them twice.`,
      error,
    );
  return signal?.aborted === true ? new UnfinishedImport("Nothing was committed.", error) : error;
}

async function surveyAll(request: CandleImport, target: ImportTarget): Promise<readonly CandleFile[]> {
  if (request.timeZone !== undefined && !isTimeZone(request.timeZone))
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `"${request.timeZone}" is not a time zone: give a name of the time zone database, such as UTC, America/New_York or Europe/Berlin`,
    );
  const files: CandleFile[] = [];
  const archives = [];
  for (const path of request.files)
    archives.push({ path, ...wantedParts(await openParts(path), request.timeframe) });
  const filesTotal = archives.reduce((sum, { wanted }) => sum + wanted.length, 0);
  for (const { path, wanted, leftOut } of archives) {
    const own: CandleFile[] = [];
    for (const part of wanted) {
      request.signal?.throwIfAborted();
      const filesDone = files.length + own.length;
      request.onProgress?.({ rowsChecked: 0, file: part.name, filesDone, filesTotal, phase: "looking" });
      own.push(
        await surveyFile(target.lake.engine, part, {
          ...request,
          assetPair: request.assetPair,
          nowMs: target.clock.now(),
        }),
      );
    }
    assertOneSeries(path, own);
    files.push(...own.slice(0, 1).map((file) => withLeftOut(file, leftOut)), ...own.slice(1));
  }
  await assertNoConflicts(files, request.signal);
  return files;
}

/** Names that a note tells one by one. */
const leftOutNamedMax = 20;

function withLeftOut(file: CandleFile, leftOut: readonly { readonly name: string }[]): CandleFile {
  if (leftOut.length === 0) return file;
  const names = leftOut.slice(0, leftOutNamedMax).map(({ name }) => name);
  const more = leftOut.length > names.length ? ` and ${leftOut.length - names.length} more` : "";
  const note = `left out of its archive, since their names say another timeframe: ${names.join(", ")}${more}`;
  return { ...file, reading: { ...file.reading, notes: [...file.reading.notes, note] } };
}

async function importFile(
  file: CandleFile,
  request: CandleImport,
  target: ImportTarget,
  sinks: ReadonlyMap<string, SeriesSink>,
  samples: Map<string, string>,
  onRows: (rows: number) => void,
): Promise<void> {
  const imports = new Map<string, FileImport>();
  for (const assetPair of file.assetPairs) {
    const sink = sinks.get(assetPair.canonical);
    if (sink === undefined) continue;
    imports.set(assetPair.canonical, new FileImport(file, assetPair, request, target, sink));
  }
  const [first] = imports.values();
  for await (const records of file.records()) {
    request.signal?.throwIfAborted();
    // Nearly all files are of one symbol.
    if (imports.size === 1) await first?.add(records);
    else {
      const bySymbol = Map.groupBy(records, ({ symbol }) => symbol);
      for (const [symbol, own] of bySymbol) await (imports.get(symbol) ?? first)?.add(own);
    }
    onRows(records.length);
  }
  const all = [...imports.values()];
  for (const one of all)
    for (const [reason, row] of one.samples) if (!samples.has(reason)) samples.set(reason, row);
  if (all.every((one) => !one.hasPassed)) throw nothingPassed(file.reading, request, all);
  for (const one of all) await one.finish();
}

/** All series together; the watermark and the version are those of the series that is furthest. */
function sumOf(series: readonly CommitTotals[]): CommitTotals {
  const sum = (count: (one: CommitTotals) => number): number =>
    series.reduce((total, one) => total + count(one), 0);
  const last = (value: (one: CommitTotals) => number | undefined): number | undefined => {
    const values = series.map(value).filter((one) => one !== undefined);
    return values.length === 0 ? undefined : Math.max(...values);
  };
  const reasons = new Map<string, number>();
  for (const one of series)
    for (const [reason, rows] of one.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + rows);
  return {
    rowsIngested: sum((one) => one.rowsIngested),
    rowsRejected: sum((one) => one.rowsRejected),
    rowsUnchanged: sum((one) => one.rowsUnchanged),
    rowsRevised: sum((one) => one.rowsRevised),
    watermarkMs: last((one) => one.watermarkMs),
    tableVersion: last((one) => one.tableVersion),
    covered: unionOf(series.flatMap((one) => one.covered)),
    deadLetterPaths: [...new Set(series.flatMap((one) => one.deadLetterPaths))],
    reasons,
    warnings: series.flatMap((one) => one.warnings),
  };
}
