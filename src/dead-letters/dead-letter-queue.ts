import { createHash } from "node:crypto";
import { join } from "node:path";
import { inspect } from "node:util";

import * as z from "zod";
import { fileSystemKind, nodeFileSystem } from "finance-feedback-delta";
import type { FileSystem } from "finance-feedback-delta";
import {
  anyObject,
  anyText,
  flag,
  instanceOf,
  isObject,
  kind,
  listOf,
  nonEmptyText,
  oneOf,
  optionsOf,
  required,
} from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import { pipelineEvents } from "../events/pipeline-events.ts";
import { assertArguments } from "./arguments.ts";
import { DurableFolder } from "./durable-folder.ts";
import { DeadLetterQueueError } from "./dead-letter-queue-error.ts";
import { dayMs } from "../market/durations.ts";

/** A row that did not pass, and why. */
export interface RejectedRow {
  /** When its bar opens, in milliseconds since the epoch; `undefined` when that could not be read. */
  readonly openTimeMs: number | undefined;
  readonly reason: string;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string | null;
  /** Where the row came from, without secrets. */
  readonly sourceFile: string;
  /** The record as the provider sent it. */
  readonly raw: unknown;
}

/** The series that rejected rows belong to. */
export interface DeadLetterContext {
  readonly asset_pair: string;
  readonly timeframe: string;
  readonly provider: string;
  /** Whether the bars are made up; older files do not say. */
  readonly is_mock?: boolean | undefined;
}

export interface DeadLetterRecord {
  readonly date: string | null;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string | null;
  readonly reason: string;
  readonly source_file: string;
  readonly raw: unknown;
}

/** Rows that never reached a table. */
export const rowChecksFailed = "row_checks_failed";
/** Rows of a table, kept as evidence against it. */
export const expectationsFailed = "expectations_failed";

export type DeadLetterError = typeof rowChecksFailed | typeof expectationsFailed;

/** What a file of the queue holds. */
export interface DeadLetter {
  readonly timestamp: string;
  readonly error: DeadLetterError;
  readonly context: DeadLetterContext;
  readonly records: readonly DeadLetterRecord[];
}

/** A file of the queue. */
export interface DeadLetterFile {
  /** `dlq_2025-12-14T00-00-00_abc12345.json` */
  readonly name: string;
  readonly path: string;
  readonly letter: DeadLetter;
  /** Of the content, so that a file that was edited is another one. */
  readonly digest: string;
}

export interface DeadLetterWrite {
  /** Files that are now in the queue, new or found there. */
  readonly paths: readonly string[];
  /** Records that were not in the queue before. */
  readonly newRecords: number;
}

const calendarStartMs = Date.UTC(1900, 0, 1);
const calendarEndMs = Date.UTC(10_000, 0, 1);

/**
 * Rejected rows as JSON files, one for each series and UTC day of bars: `dlq_2025-12-14T00-00-00_abc12345.json`.
 *
 * A name derives from the series and the records alone, and a record that the queue holds is not written again: the
 * same rows rejected by a rerun, whatever its commits cover, leave the queue as it is.
 */
export class DeadLetterQueue {
  readonly path: string;
  readonly #folder: DurableFolder;

  /** @throws DeadLetterQueueError `INVALID_ARGUMENT` */
  constructor(path: string, fileSystem: FileSystem = nodeFileSystem) {
    assertArguments("new DeadLetterQueue", { path, fileSystem }, queueArguments);
    this.path = path;
    this.#folder = new DurableFolder(path, fileSystem);
  }

  /**
   * Writes rows durably: when this returns they survive a crash.
   *
   * @throws DeadLetterQueueError `INVALID_ARGUMENT`: nothing is written then.
   */
  async write(
    context: DeadLetterContext,
    rows: readonly RejectedRow[],
    error: DeadLetterError = rowChecksFailed,
  ): Promise<DeadLetterWrite> {
    assertArguments("write", { context, rows, error }, writeArguments);
    if (rows.length === 0) return { paths: [], newRecords: 0 };
    const paths: string[] = [];
    let newRecords = 0;
    const names = await this.#folder.names();
    for (const [dayStartMs, records] of groupByDay(rows)) {
      const prefix = `dlq_${fileTime(dayStartMs)}_`;
      const known = await this.#readRecords(
        names.filter((name) => name.startsWith(prefix)),
        context,
      );
      paths.push(...known.paths);
      const fresh = withoutKnown(records, known.counts);
      if (fresh.length === 0) continue;
      const letter: DeadLetter = {
        timestamp: new Date(dayStartMs).toISOString().slice(0, 19),
        error,
        context,
        records: fresh,
      };
      const name = await this.#put(prefix, letter);
      paths.push(join(this.path, name));
      newRecords += fresh.length;
    }
    pipelineEvents.deadLetter.publish(() => ({
      assetPair: context.asset_pair,
      timeframe: context.timeframe,
      source: context.provider,
      kind: error,
      rows: rows.length,
      rowsNew: newRecords,
      reasons: [...Map.groupBy(rows, ({ reason }) => reason)].map(([reason, some]) => ({
        reason,
        rows: some.length,
      })),
    }));
    return { paths, newRecords };
  }

  /**
   * Every file of the queue, by name, or those of the names that are wanted.
   *
   * @throws DeadLetterQueueError `UNREADABLE_DEAD_LETTER` for one that is damaged: its rows must not be passed over in silence.
   */
  async *read(wanted?: ReadonlySet<string>): AsyncGenerator<DeadLetterFile> {
    assertArguments("read", { wanted }, { wanted: namesKind });
    for (const name of await this.#folder.names()) {
      if (!/^dlq_.*\.json$/.test(name) || wanted?.has(name) === false) continue;
      const text = await this.#folder.readIfThere(name);
      // Another process has just replayed or purged it.
      if (text === undefined) continue;
      const path = join(this.path, name);
      yield { name, path, letter: parseLetter(text, path), digest: digestOf(text) };
    }
  }

  /** Puts what is left of a file in its place, durably, before the file goes; without anything left it only goes. */
  async replace(file: DeadLetterFile, left: readonly DeadLetterRecord[]): Promise<void> {
    assertArguments("replace", { file, left }, { file: fileKind, left: required(listOf(anyObject)) });
    if (left.length > 0) {
      const letter: DeadLetter = { ...file.letter, records: left };
      const prefix = /^dlq_[^_]*_/.exec(file.name)?.[0] ?? "dlq_";
      const name = await this.#put(prefix, letter);
      if (name === file.name) return;
    }
    await this.#folder.remove(file.name);
  }

  async remove(file: DeadLetterFile): Promise<void> {
    assertArguments("remove", { file }, { file: fileKind });
    await this.#folder.remove(file.name);
  }

  /** The name under which the letter is kept. */
  async #put(prefix: string, letter: DeadLetter): Promise<string> {
    const name = `${prefix}${digestOf(JSON.stringify(letter)).slice(0, 8)}.json`;
    await this.#folder.put(name, `${JSON.stringify(letter, null, 2)}\n`);
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

const contextMembers: OptionTable<DeadLetterContext> = {
  asset_pair: required(anyText),
  timeframe: required(anyText),
  provider: required(anyText),
  is_mock: flag,
};

const textOrNull: OptionKind<string | null> = kind(
  "a text or null",
  (text) => text === null || typeof text === "string",
);

/** What may be undefined may as well be left out. */
type RowMembers = Omit<RejectedRow, "openTimeMs" | "raw"> & Partial<Pick<RejectedRow, "openTimeMs" | "raw">>;

const rowMembers: OptionTable<RowMembers> = {
  openTimeMs: kind("milliseconds since 1970, or undefined", (value) => typeof value === "number"),
  reason: required(nonEmptyText),
  open: required(textOrNull),
  high: required(textOrNull),
  low: required(textOrNull),
  close: required(textOrNull),
  volume: required(textOrNull),
  sourceFile: required(anyText),
  raw: kind("anything", () => true),
};

const writeArguments = {
  context: required(optionsOf(contextMembers)),
  rows: required(listOf(optionsOf(rowMembers))),
  error: oneOf(rowChecksFailed, expectationsFailed),
};

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

function groupByDay(rows: readonly RejectedRow[]): Map<number, DeadLetterRecord[]> {
  const groups = new Map<number, DeadLetterRecord[]>();
  for (const row of rows) {
    // Rows without a time that a calendar has gather under the first day of all.
    const dayStartMs = Math.floor((calendarTime(row) ?? 0) / dayMs) * dayMs;
    const records = groups.get(dayStartMs) ?? [];
    records.push(toRecord(row));
    groups.set(dayStartMs, records);
  }
  return groups;
}

/** The years that have four digits: what lies beyond is no time of a bar, and has no place in a file's name. */
function calendarTime({ openTimeMs }: RejectedRow): number | undefined {
  if (openTimeMs === undefined) return undefined;
  return openTimeMs >= calendarStartMs && openTimeMs < calendarEndMs ? openTimeMs : undefined;
}

function toRecord(row: RejectedRow): DeadLetterRecord {
  const { open, high, low, close, volume, reason, sourceFile, raw } = row;
  const openTimeMs = calendarTime(row);
  const date =
    openTimeMs === undefined ? null : new Date(openTimeMs).toISOString().slice(0, 19).replace("T", " ");
  return { date, open, high, low, close, volume, reason, source_file: sourceFile, raw: storable(raw) };
}

/** What JSON cannot write, a record of ten thousand levels, is kept as a text of its outer ones. */
function storable(raw: unknown): unknown {
  try {
    return JSON.stringify(raw) === undefined ? null : raw;
  } catch {
    return inspect(raw, { depth: 20, maxArrayLength: null, maxStringLength: null });
  }
}

/** The page that a row came on may differ from run to run; what was rejected, and why, does not. */
function recordKey(record: DeadLetterRecord): string {
  return JSON.stringify([record.date, record.reason, record.raw]);
}

function withoutKnown(records: readonly DeadLetterRecord[], counts: Map<string, number>): DeadLetterRecord[] {
  return records.filter((record) => {
    const key = recordKey(record);
    const known = counts.get(key) ?? 0;
    if (known === 0) return true;
    counts.set(key, known - 1);
    return false;
  });
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function seriesKey(context: DeadLetterContext): string {
  return [context.asset_pair, context.timeframe, context.provider].join("/");
}

function fileTime(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 19).replaceAll(":", "-");
}

function parseLetter(text: string, path: string): DeadLetter {
  const letter = letterOf(text);
  if (letter !== undefined) return letter;
  let why = "it has no context and records";
  try {
    JSON.parse(text);
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  throw new DeadLetterQueueError(
    "UNREADABLE_DEAD_LETTER",
    `${path} cannot be read: ${why}. Mend it, or move it out of the folder.`,
  );
}

function letterOf(text: string): DeadLetter | undefined {
  try {
    const parsed = letterSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

const value = z
  .union([z.string(), z.number().transform(String)])
  .nullable()
  .default(null);

/** What others wrote, or people mended, may lack what we always write. */
const letterSchema = z.looseObject({
  timestamp: z.string().default(""),
  error: z.enum([rowChecksFailed, expectationsFailed]).catch(rowChecksFailed),
  context: z.object({
    asset_pair: z.string(),
    timeframe: z.string(),
    provider: z.string(),
    is_mock: z.boolean().optional(),
  }),
  records: z.array(
    z.looseObject({
      date: z.string().nullable().default(null),
      open: value,
      high: value,
      low: value,
      close: value,
      volume: value,
      reason: z.string().default("unknown"),
      source_file: z.string().default("dead letter queue"),
      raw: z.unknown().default(null),
    }),
  ),
});
