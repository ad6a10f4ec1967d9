import { IngestionError } from "../../bronze/ingestion-error.ts";
import { isBarLetter, sourceOf } from "../../dead-letters/dead-letter.ts";
import type { DeadLetterContext, RowRecord } from "../../dead-letters/dead-letter.ts";
import { filesOf, sayUnreadable } from "../dead-letter-files.ts";
import type { DlqOptions, PurgeOptions } from "../grammar/dlq.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printList, printTable } from "../output/print-list.ts";
import { increase, ranked } from "../output/ranked-counts.ts";
import { writeOut } from "../output/write-out.ts";
import { countText } from "../output/count-text.ts";

/** `ffe dlq list` */
export async function dlqList(options: DlqOptions): Promise<number> {
  return withLakehouse(options, async ({ deadLetters }) => {
    const { files, unreadable } = await filesOf(deadLetters, [], options);
    const rows = files.map((file) => ({
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
      await printList(columns, rows, options.json === true, {
        optional: ["provider", "error", "day"],
        kept: ["records", "asset_pair", "timeframe"],
      });
    }
    return sayUnreadable(unreadable);
  });
}

/** `ffe dlq show` */
export async function dlqShow(names: readonly string[], options: DlqOptions): Promise<number> {
  return withLakehouse(options, async ({ deadLetters }) => {
    const { files, unreadable } = await filesOf(deadLetters, names, options);
    if (options.json === true) {
      const letters = files.map(({ name, letter }) => ({ file: name, ...letter }));
      await writeOut(`${JSON.stringify(letters, null, 2)}\n`);
      return sayUnreadable(unreadable);
    }
    for (const { path, letter } of files) {
      const { columns, rows } = isBarLetter(letter)
        ? { columns: barColumns, rows: letter.records.map((record) => ({ ...record })) }
        : { columns: rowColumns, rows: letter.records.map(shownRow) };
      await writeOut(`${path}: ${subjectOf(letter.context)} from ${sourceOf(letter.context)}\n`);
      await printTable(columns, rows, { colors: new Map([["reason", () => "yellow"]]) });
      await writeOut("\n");
    }
    return sayUnreadable(unreadable);
  });
}

const barColumns = ["date", "open", "high", "low", "close", "volume", "reason"];
const rowColumns = ["time", "key", "position", "row", "reason"];

function shownRow({ position, row, ...record }: RowRecord): Readonly<Record<string, unknown>> {
  // A record that could not be split into columns is shown unchanged.
  const values = Object.keys(row).length === 0 ? record.raw : row;
  return {
    ...record,
    position: position === null ? "" : JSON.stringify(position),
    row: typeof values === "string" ? values : JSON.stringify(values),
  };
}

function subjectOf(context: DeadLetterContext): string {
  return "provider" in context ? `${context.asset_pair} ${context.timeframe}` : context.table;
}

/** The columns that group the counts. */
function statOf(context: DeadLetterContext): Readonly<Record<string, string | undefined>> {
  return "provider" in context
    ? { asset_pair: context.asset_pair, timeframe: context.timeframe, provider: context.provider }
    : { asset_pair: context.asset_pair, table: context.table, source: context.source };
}

/** `ffe dlq stats` */
export async function dlqStats(options: DlqOptions): Promise<number> {
  return withLakehouse(options, async ({ deadLetters }) => {
    const { files, unreadable } = await filesOf(deadLetters, [], options);
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
      return sayUnreadable(unreadable);
    }
    await writeOut(
      `${countText(total, "record")} in ${countText(files.length, "file")} of ${deadLetters.path}\n`,
    );
    if (total === 0) return sayUnreadable(unreadable);
    await writeOut("\n");
    await printTable(["records", "reason"], byReason);
    await writeOut("\n");
    const others = bySeries.some((row) => "table" in row) ? ["table", "source"] : [];
    await printTable(["records", "asset_pair", "timeframe", "provider", ...others], bySeries);
    return sayUnreadable(unreadable);
  });
}

/** `ffe dlq purge` */
export async function dlqPurge(names: readonly string[], options: PurgeOptions): Promise<number> {
  const isChosen = [options.assets, options.provider, options.before, options.error].some(
    (choice) => choice !== undefined,
  );
  if (names.length === 0 && !isChosen && options.all !== true)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      "Say what to delete: files, --before, --assets, --provider, --error, or --all",
    );
  return withLakehouse(options, async ({ deadLetters }) => {
    const { files, unreadable } = await filesOf(deadLetters, names, options);
    // A damaged file does not say which series its rows belong to.
    if (unreadable[0] !== undefined) throw unreadable[0];
    const records = files.reduce((sum, { letter }) => sum + letter.records.length, 0);
    const { moveTo } = options;
    if (options.dryRun !== true)
      for (const file of files) {
        if (moveTo === undefined) await deadLetters.remove(file);
        else await deadLetters.moveTo(file, moveTo);
      }
    if (options.json === true) {
      const dryRun = options.dryRun === true ? { dry_run: true } : {};
      const document = { ...dryRun, files: files.map(({ name }) => name), records };
      await writeOut(`${JSON.stringify(document, null, 2)}\n`);
    } else {
      const done = moveTo === undefined ? "deleted for good" : `moved to ${moveTo}`;
      const planned = moveTo === undefined ? "would be deleted" : `would be moved to ${moveTo}`;
      const verb = options.dryRun === true ? planned : done;
      await writeOut(`${countText(records, "record")} in ${countText(files.length, "file")} ${verb}\n`);
    }
    return 0;
  });
}
