import { randomUUID } from "node:crypto";
import { basename } from "node:path";

import { IngestionError } from "../../bronze/ingestion-error.ts";
import { replayDeadLetters } from "../../batch/replay/dead-letter-replay.ts";
import { isBarLetter, sourceOf } from "../../dead-letters/dead-letter.ts";
import type { ReplayResult } from "../../dead-letters/replay.ts";
import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import type { DeadLetterFile } from "../../dead-letters/dead-letter.ts";
import type { DeadLetterContext, RowRecord } from "../../dead-letters/dead-letter.ts";
import { limitOverrides } from "../../config/limit-overrides.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { parseInstant } from "../../market/time-range.ts";
import { deadLetterError } from "../dead-letter-error.ts";
import type { DlqOptions, ReplayOptions } from "../grammar/dlq.ts";
import { configuredSuite, gatesJson, gateTables, printGates } from "../ingestion-gate.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printList, printTable } from "../output/print-rows.ts";
import { sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { watched } from "../watched-run.ts";
import { countText } from "../output/count-text.ts";

/** `ffe dlq list` */
export async function dlqList(options: DlqOptions): Promise<number> {
  return withLakehouse(options, async ({ deadLetters }) => {
    const rows = (await filesOf(deadLetters, [], options)).map((file) => ({
      file: file.name,
      ...file.letter.context,
      day: file.letter.timestamp.slice(0, 10),
      records: file.letter.records.length,
      error: file.letter.error,
    }));
    if (rows.length === 0 && options.json !== true) {
      await writeOut(`There are no such dead letters in ${deadLetters.path}\n`);
    } else {
      const others = rows.some((row) => "table" in row) ? ["table", "source"] : [];
      const columns = ["file", "records", "asset_pair", "timeframe", "provider", ...others, "error", "day"];
      if (options.json !== true) {
        const records = rows.reduce((sum, row) => sum + row.records, 0);
        await writeOut(
          `${countText(records, "record")} in ${countText(rows.length, "file")} of ${deadLetters.path}\n\n`,
        );
      }
      // The day stands in the file's name as well.
      await printList(columns, rows, options.json === true, { optional: ["provider", "error", "day"] });
    }
    return 0;
  });
}

/** `ffe dlq show` */
export async function dlqShow(names: readonly string[], options: DlqOptions): Promise<number> {
  return withLakehouse(options, async ({ deadLetters }) => {
    const files = await filesOf(deadLetters, names, options);
    if (options.json === true) {
      const letters = files.map(({ name, letter }) => ({ file: name, ...letter }));
      await writeOut(`${JSON.stringify(letters, null, 2)}\n`);
      return 0;
    }
    for (const { path, letter } of files) {
      const { columns, rows } = isBarLetter(letter)
        ? { columns: barColumns, rows: letter.records.map((record) => ({ ...record })) }
        : { columns: rowColumns, rows: letter.records.map(shownRow) };
      await writeOut(`${path}: ${subjectOf(letter.context)} from ${sourceOf(letter.context)}\n`);
      await printTable(columns, rows, { colors: new Map([["reason", () => "yellow"]]) });
      await writeOut("\n");
    }
    return 0;
  });
}

const barColumns = ["date", "open", "high", "low", "close", "volume", "reason"];
const rowColumns = ["time", "key", "position", "row", "reason"];

function shownRow({ position, row, ...record }: RowRecord): Readonly<Record<string, unknown>> {
  return { ...record, position: position === null ? "" : JSON.stringify(position), row: JSON.stringify(row) };
}

function subjectOf(context: DeadLetterContext): string {
  return "provider" in context ? `${context.asset_pair} ${context.timeframe}` : context.table;
}

/** What rows are counted by. */
function statOf(context: DeadLetterContext): Readonly<Record<string, string | undefined>> {
  return "provider" in context
    ? { asset_pair: context.asset_pair, timeframe: context.timeframe, provider: context.provider }
    : { asset_pair: context.asset_pair, table: context.table, source: context.source };
}

/** `ffe dlq stats` */
export async function dlqStats(options: DlqOptions): Promise<number> {
  return withLakehouse(options, async ({ deadLetters }) => {
    const files = await filesOf(deadLetters, [], options);
    const reasons = new Map<string, number>();
    const series = new Map<string, number>();
    const subjects = new Map<string, ReturnType<typeof statOf>>();
    for (const { letter } of files) {
      const subject = statOf(letter.context);
      const key = Object.values(subject).join("\u0000");
      subjects.set(key, subject);
      for (const { reason } of letter.records) {
        increase(reasons, reason);
        increase(series, key);
      }
    }
    const byReason = ranked(reasons).map(([reason, records]) => ({ reason, records }));
    const bySeries = ranked(series).map(([key, records]) => ({ ...subjects.get(key), records }));
    const total = byReason.reduce((sum, { records }) => sum + records, 0);
    if (options.json === true) {
      const document = { files: files.length, records: total, reasons: byReason, series: bySeries };
      await writeOut(`${JSON.stringify(document, null, 2)}\n`);
      return 0;
    }
    await writeOut(
      `${countText(total, "record")} in ${countText(files.length, "file")} of ${deadLetters.path}\n`,
    );
    if (total === 0) return 0;
    await writeOut("\n");
    await printTable(["records", "reason"], byReason);
    await writeOut("\n");
    const others = bySeries.some((row) => "table" in row) ? ["table", "source"] : [];
    await printTable(["records", "asset_pair", "timeframe", "provider", ...others], bySeries);
    return 0;
  });
}

/** `ffe dlq replay` */
export async function dlqReplay(names: readonly string[], options: ReplayOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const { deadLetters, lake, config, providers, clock } = lakehouse;
    const suite = options.dryRun === true ? undefined : configuredSuite(lakehouse);
    const ingestionId = randomUUID();
    const results: ReplayResult[] = [];
    const files = await filesOf(deadLetters, names, options);
    await watched(options, async (progress, signal) => {
      let rowsChecked = 0;
      for (const [done, file] of files.entries()) {
        // What was replayed is out of the queue, and is said; the rest waits in it.
        if (signal.aborted) break;
        progress.show({
          unit: "files",
          done,
          total: files.length,
          rowsChecked,
          doing: `replaying ${file.name}`,
        });
        results.push(
          await replayDeadLetters(file, {
            providers,
            limits: limitOverrides(config.ingestion),
            lake,
            deadLetters,
            clock,
            ingestionId,
            partitionPolicy: config.delta_lake.partition_granularity,
            dryRun: options.dryRun === true,
          }),
        );
        rowsChecked += file.letter.records.length;
      }
    });
    const filesLeft = files.length - results.length;
    const gates = await gateTables(
      lakehouse,
      results.flatMap(({ table }) => table ?? []),
      suite,
    );
    const exitCode = filesLeft === 0 && gates.every(({ passed }) => passed) ? 0 : 1;
    const sayFilesLeft = (): void => {
      if (filesLeft > 0)
        sayError(
          `Stopped at your request; ${countText(filesLeft, "file")} left. The same command continues with them.`,
        );
    };
    const sum = (measure: (result: ReplayResult) => number): number =>
      results.reduce((total, result) => total + measure(result), 0);
    const totals = {
      replayed: sum((result) => result.replayed),
      already_stored: sum((result) => result.alreadyStored),
      still_rejected: sum((result) => result.stillRejected),
    };
    const reasons = new Map<string, number>();
    for (const result of results)
      for (const [reason, records] of result.reasons) increase(reasons, reason, records);
    const byReason = ranked(reasons).map(([reason, records]) => ({ reason, records }));
    if (options.json === true) {
      const dryRun = options.dryRun === true ? { dry_run: true } : {};
      const json = { ...dryRun, ...totals, reasons: byReason, quality: gatesJson(gates) };
      await writeOut(`${JSON.stringify(json, null, 2)}\n`);
      await printGates(gates, lakehouse, true);
      sayFilesLeft();
      return exitCode;
    }
    const would = options.dryRun === true ? "A dry run, nothing was changed: " : "";
    await writeOut(
      `${would}${countText(totals.replayed, "row")} moved into Bronze, ${totals.already_stored} there already, ${totals.still_rejected} still rejected\n`,
    );
    if (byReason.length > 0) {
      await writeOut("\n");
      await printTable(["records", "reason"], byReason);
    }
    await printGates(gates, lakehouse, false);
    sayFilesLeft();
    return exitCode;
  });
}

/** `ffe dlq purge` */
export async function dlqPurge(names: readonly string[], options: ReplayOptions): Promise<number> {
  const isChosen = [options.assets, options.provider, options.before, options.error].some(
    (choice) => choice !== undefined,
  );
  if (names.length === 0 && !isChosen && options.all !== true)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      "Say what to delete: files, --before, --assets, --provider, --error, or --all",
    );
  return withLakehouse(options, async ({ deadLetters }) => {
    const files = await filesOf(deadLetters, names, options);
    const records = files.reduce((sum, { letter }) => sum + letter.records.length, 0);
    if (options.dryRun !== true) for (const file of files) await deadLetters.remove(file);
    if (options.json === true) {
      const dryRun = options.dryRun === true ? { dry_run: true } : {};
      const document = { ...dryRun, files: files.map(({ name }) => name), records };
      await writeOut(`${JSON.stringify(document, null, 2)}\n`);
    } else {
      const verb = options.dryRun === true ? "would be deleted" : "deleted for good";
      await writeOut(`${countText(records, "record")} in ${countText(files.length, "file")} ${verb}\n`);
    }
    return 0;
  });
}

/** The files that a command works on. */
async function filesOf(
  queue: DeadLetterQueue,
  names: readonly string[],
  { assets, provider, before, error }: DlqOptions,
): Promise<DeadLetterFile[]> {
  const wantedNames = new Set(names.map((name) => basename(name)));
  const wantedAssets = assets?.map((text) => AssetPair.parse(text).canonical);
  const beforeMs = before === undefined ? undefined : parseInstant(before);
  const wantedError = error === undefined ? undefined : deadLetterError(error);
  const files: DeadLetterFile[] = [];
  const known = new Set<string>();
  // Files that were named are read alone: a damaged one beside them does no harm.
  for await (const file of queue.read(wantedNames.size === 0 ? undefined : wantedNames)) {
    known.add(file.name);
    const { context, timestamp } = file.letter;
    const isWanted =
      (wantedNames.size === 0 || wantedNames.has(file.name)) &&
      (wantedAssets === undefined || wantedAssets.includes(context.asset_pair ?? "")) &&
      (wantedError === undefined || wantedError === file.letter.error) &&
      (provider === undefined || provider === sourceOf(context)) &&
      (beforeMs === undefined || Date.parse(`${timestamp}Z`) < beforeMs);
    if (isWanted) files.push(file);
  }
  const missing = [...wantedNames].find((name) => !known.has(name));
  if (missing !== undefined)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `There is no file ${missing} in ${queue.path}; ffe dlq list lists the files`,
    );
  return files;
}

function increase(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** The most frequent first. */
function ranked(counts: ReadonlyMap<string, number>): (readonly [string, number])[] {
  return [...counts].toSorted((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1));
}
