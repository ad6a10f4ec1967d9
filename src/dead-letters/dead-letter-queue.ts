/**
 * Rows that were rejected, from any source. What the queue guarantees: once a write returns, its rows survive a crash; the
 * same rows rejected by a rerun leave it as it is; a replay that is killed neither loses a row nor repeats one; people may
 * edit its files. It knows bars, whose format is older, and rows of any other table; who replays them is not its business.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";

import { fileSystemKind, nodeFileSystem } from "finance-feedback-delta";
import type { FileSystem } from "finance-feedback-delta";
import {
  aFunction,
  anyObject,
  instanceOf,
  isObject,
  kind,
  listOf,
  nonEmptyText,
  required,
} from "finance-feedback-delta/contract";

import { pipelineEvents } from "../events/pipeline-events.ts";
import { dayMs } from "../market/durations.ts";
import { assertArguments } from "./arguments.ts";
import { rowChecksFailed, sourceOf } from "./dead-letter.ts";
import type {
  BarContext,
  DeadLetter,
  DeadLetterContext,
  DeadLetterError,
  DeadLetterFile,
  DeadLetterRecord,
  RowContext,
} from "./dead-letter.ts";
import { DeadLetterQueueError } from "./dead-letter-queue-error.ts";
import { DurableFolder } from "./durable-folder.ts";
import { letterOf, parseLetter } from "./letter-text.ts";
import { barRecord, recordKey, rowRecord, writeArguments, writeRecordsArguments } from "./rejected-rows.ts";
import type { DatedRecord, RejectedRecord, RejectedRow } from "./rejected-rows.ts";

export interface DeadLetterWrite {
  /** Files that are now in the queue, new or found there. */
  readonly paths: readonly string[];
  /** Records that were not in the queue before. */
  readonly newRecords: number;
}

/**
 * Rejected rows as JSON files, one for each source and UTC day of rows: `dlq_2025-12-14T00-00-00_abc12345.json`.
 *
 * A name derives from the source and the records alone, and a record that the queue holds is not written again: the
 * same rows rejected by a rerun, whatever its commits cover, leave the queue as it is.
 */
export class DeadLetterQueue {
  readonly path: string;
  readonly #folder: DurableFolder;
  readonly #fileSystem: FileSystem;

  /** @throws DeadLetterQueueError `INVALID_ARGUMENT` */
  constructor(path: string, fileSystem: FileSystem = nodeFileSystem) {
    assertArguments("new DeadLetterQueue", { path, fileSystem }, queueArguments);
    this.path = path;
    this.#folder = new DurableFolder(path, fileSystem);
    this.#fileSystem = fileSystem;
  }

  /**
   * Writes bars durably: when this returns they survive a crash.
   *
   * @throws DeadLetterQueueError `INVALID_ARGUMENT`: nothing is written then.
   */
  async write(
    context: BarContext,
    rows: readonly RejectedRow[],
    error: DeadLetterError = rowChecksFailed,
  ): Promise<DeadLetterWrite> {
    assertArguments("write", { context, rows, error }, writeArguments);
    return this.#writeAll(rows.map(barRecord), context, (timestamp, records) => ({
      timestamp,
      error,
      context,
      records,
    }));
  }

  /**
   * Writes rows of any other table durably: when this returns they survive a crash.
   *
   * @throws DeadLetterQueueError `INVALID_ARGUMENT`: nothing is written then.
   * @example
   * await queue.writeRecords({ table: "raw_ai_decisions", source: "decision_files" }, [
   *   { key: "d-17", position: { line: 4 }, reason: "confidence missing", sourceFile: "a.jsonl", row: {}, raw: text },
   * ]);
   */
  async writeRecords(
    context: RowContext,
    records: readonly RejectedRecord[],
    error: DeadLetterError = rowChecksFailed,
  ): Promise<DeadLetterWrite> {
    assertArguments("writeRecords", { context, records, error }, writeRecordsArguments);
    return this.#writeAll(records.map(rowRecord), context, (timestamp, some) => ({
      timestamp,
      error,
      context,
      records: some,
    }));
  }

  /**
   * Every file of the queue, by name, or those of the names that are wanted.
   *
   * @param onUnreadable is told of a file that is damaged, and the others are given out.
   * @throws DeadLetterQueueError `UNREADABLE_DEAD_LETTER` for a damaged file when nobody is told: its rows must not be passed
   *   over in silence.
   */
  async *read(
    wanted?: ReadonlySet<string>,
    onUnreadable?: (error: DeadLetterQueueError) => void,
  ): AsyncGenerator<DeadLetterFile> {
    assertArguments("read", { wanted, onUnreadable }, { wanted: namesKind, onUnreadable: aFunction });
    for (const name of await this.#folder.names()) {
      if (!/^dlq_.*\.json$/.test(name) || wanted?.has(name) === false) continue;
      const text = await this.#folder.readIfThere(name);
      // Another process has just replayed or purged it.
      if (text === undefined) continue;
      const path = join(this.path, name);
      let letter: DeadLetter;
      try {
        letter = parseLetter(text, path);
      } catch (error) {
        if (!(error instanceof DeadLetterQueueError) || onUnreadable === undefined) throw error;
        onUnreadable(error);
        continue;
      }
      yield { name, path, letter, digest: digestOf(text), isEdited: name !== nameOf(prefixOf(name), text) };
    }
  }

  /**
   * Puts what is left of a file in its place, durably, before the file goes; without anything left it only goes.
   *
   * @param left records of the same file, in another number or with other reasons.
   */
  async replace<Content extends DeadLetter>(
    file: DeadLetterFile<Content>,
    left: Content["records"],
  ): Promise<void> {
    assertArguments("replace", { file, left }, { file: fileKind, left: required(listOf(anyObject)) });
    if (left.length > 0) {
      const name = await this.#put(prefixOf(file.name), { ...file.letter, records: left });
      if (name === file.name) return;
    }
    await this.#folder.remove(file.name);
  }

  /** Deletes a file for good. */
  async remove(file: DeadLetterFile): Promise<void> {
    assertArguments("remove", { file }, { file: fileKind });
    await this.#folder.remove(file.name);
    pipelineEvents.deadLetterPurge.publish(() => ({
      file: file.name,
      source: sourceOf(file.letter.context),
      kind: file.letter.error,
      rows: file.letter.records.length,
    }));
  }

  /** Moves a file out of the queue. It goes after its copy is durable; a file of the other folder is never replaced. */
  async moveTo(file: DeadLetterFile, folder: string): Promise<void> {
    assertArguments("moveTo", { file, folder }, { file: fileKind, folder: required(nonEmptyText) });
    const text = await this.#folder.readIfThere(file.name);
    if (text === undefined) return;
    await new DurableFolder(folder, this.#fileSystem).putBeside(file.name, text);
    await this.remove(file);
  }

  async #writeAll<Member extends DeadLetterRecord>(
    dated: readonly DatedRecord<Member>[],
    context: DeadLetterContext,
    letterWith: (timestamp: string, records: readonly Member[]) => DeadLetter,
  ): Promise<DeadLetterWrite> {
    const [first] = dated;
    if (first === undefined) return { paths: [], newRecords: 0 };
    const paths: string[] = [];
    let newRecords = 0;
    const names = await this.#folder.names();
    // Rows without a time that a calendar has gather under the first day of all.
    const byDay = Map.groupBy(dated, ({ timeMs }) => Math.floor((timeMs ?? 0) / dayMs) * dayMs);
    for (const [dayStartMs, ofDay] of byDay) {
      const prefix = `dlq_${fileTime(dayStartMs)}_`;
      const known = await this.#readRecords(
        names.filter((name) => name.startsWith(prefix)),
        context,
      );
      paths.push(...known.paths);
      const fresh = withoutKnown(
        ofDay.map(({ record }) => record),
        known.counts,
      );
      if (fresh.length === 0) continue;
      const name = await this.#put(
        prefix,
        letterWith(new Date(dayStartMs).toISOString().slice(0, 19), fresh),
      );
      paths.push(join(this.path, name));
      newRecords += fresh.length;
    }
    const { error: letterError } = letterWith("", []);
    pipelineEvents.deadLetter.publish(() => ({
      ...subjectOf(context),
      source: sourceOf(context),
      kind: letterError,
      rows: dated.length,
      rowsNew: newRecords,
      reasons: [...Map.groupBy(dated, ({ record }) => record.reason)].map(([reason, some]) => ({
        reason,
        rows: some.length,
      })),
    }));
    return { paths, newRecords };
  }

  /** The name under which the letter is kept. */
  async #put(prefix: string, letter: object): Promise<string> {
    const text = `${JSON.stringify(letter, null, 2)}\n`;
    const name = nameOf(prefix, text);
    await this.#folder.put(name, text);
    return name;
  }

  async #readRecords(
    names: readonly string[],
    context: DeadLetterContext,
  ): Promise<{ readonly paths: readonly string[]; readonly counts: Map<string, number> }> {
    const paths: string[] = [];
    const counts = new Map<string, number>();
    for (const name of names) {
      const text = await this.#folder.readIfThere(name);
      const letter = text === undefined ? undefined : letterOf(text);
      if (letter === undefined || seriesKey(letter.context) !== seriesKey(context)) continue;
      paths.push(join(this.path, name));
      for (const record of letter.records) {
        const key = recordKey(record);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    return { paths, counts };
  }
}

const queueArguments = { path: required(nonEmptyText), fileSystem: fileSystemKind };

const namesKind = instanceOf<ReadonlySet<string>>("a Set of file names", Set);

/** The queue gives them out, and takes them back as they are. */
const fileKind = required(
  kind<DeadLetterFile>(
    "a file of the queue, as read() gives it",
    (file) =>
      isObject(file) &&
      ["name", "path", "digest"].every((name) => typeof Reflect.get(file, name) === "string") &&
      isObject(Reflect.get(file, "letter")),
  ),
);

function withoutKnown<Member extends DeadLetterRecord>(
  records: readonly Member[],
  counts: Map<string, number>,
): Member[] {
  return records.filter((record) => {
    const key = recordKey(record);
    const known = counts.get(key) ?? 0;
    if (known === 0) return true;
    counts.set(key, known - 1);
    return false;
  });
}

/** How white space stands in a file does not count. */
function nameOf(prefix: string, text: string): string {
  return `${prefix}${digestOf(JSON.stringify(JSON.parse(text))).slice(0, 8)}.json`;
}

function prefixOf(name: string): string {
  return /^dlq_[^_]*_/.exec(name)?.[0] ?? "dlq_";
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What a file is about: its records are known again among those of the same subject. */
function seriesKey(context: DeadLetterContext): string {
  return "provider" in context
    ? [context.asset_pair, context.timeframe, context.provider].join("/")
    : JSON.stringify([
        context.table,
        context.source,
        context.asset_pair ?? null,
        ...(context.format === undefined ? [] : [context.format, context.time_unit]),
      ]);
}

/** The members of events that say what rows are about. */
function subjectOf(
  context: DeadLetterContext,
): Readonly<Record<"assetPair" | "timeframe" | "table", string | undefined>> {
  return "provider" in context
    ? { assetPair: context.asset_pair, timeframe: context.timeframe, table: undefined }
    : { assetPair: context.asset_pair, timeframe: undefined, table: context.table };
}

function fileTime(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 19).replaceAll(":", "-");
}
