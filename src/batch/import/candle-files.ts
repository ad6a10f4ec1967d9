import { CsvError } from "csv-parse";
import { stat } from "node:fs/promises";
import { extname } from "node:path";

import { DeltaError } from "../../delta/index.ts";
import type { Engine } from "../../delta/index.ts";
import { readInstant } from "../../market/time-range.ts";
import type { ProviderBar } from "../../providers/provider.ts";
import { cellsOf, csvRecords, firstLines } from "./csv-records.ts";
import { IngestionError } from "../ingestion-error.ts";
import { sortedByTime } from "./sorted-bars.ts";
import type { FileRecord } from "./sorted-bars.ts";

export type CandleFileFormat = "csv" | "parquet" | "json";

/** The columns of a file that hold a candle; `volume` is undefined where the market has none. */
export interface CandleFileColumns {
  readonly time: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string | undefined;
}

export type ColumnChoice = Readonly<Partial<Record<keyof CandleFileColumns, string>>>;

/** Names under which candles come, in small letters, the usual ones first. */
const usualNames: Readonly<Record<keyof CandleFileColumns, readonly string[]>> = {
  time: [
    "time",
    "timestamp",
    "date",
    "datetime",
    "open_time",
    "opentime",
    "open time",
    "ts",
    "t",
    "unix",
    "start",
  ],
  open: ["open", "o", "1. open", "open_price"],
  high: ["high", "h", "2. high", "high_price"],
  low: ["low", "l", "3. low", "low_price"],
  close: ["close", "c", "4. close", "close_price"],
  volume: ["volume", "v", "vol", "5. volume", "base_volume", "tick_volume"],
};

/** The format that a file's name says; compressed files have two endings. */
export function formatOfFile(path: string): CandleFileFormat {
  const ending = extname(path.replace(/\.(?:gz|zst)$/i, "")).toLowerCase();
  switch (ending) {
    case ".csv":
    case ".tsv":
    case ".txt":
      return "csv";
    case ".parquet":
    case ".pq":
      return "parquet";
    case ".json":
    case ".jsonl":
    case ".ndjson":
      return "json";
    default:
      throw new IngestionError(
        "INVALID_ARGUMENT",
        `${path}: its name does not say what it is; give --format csv, parquet or json`,
      );
  }
}

export interface CandleFileChoice {
  readonly format?: CandleFileFormat | undefined;
  readonly columns?: ColumnChoice | undefined;
  /** Of the market whose candles they are; `undefined` where it has no volumes. */
  readonly volumeOf?: string | undefined;
}

/**
 * Reads candles of a CSV, Parquet or JSON file by time, earliest first, in batches, nothing checked. Numbers come as the
 * text that the file has; of binary ones the shortest text that means the same.
 *
 * Times may be ISO 8601 (UTC where they have no zone), or numbers since the epoch, in seconds, milliseconds,
 * microseconds or nanoseconds by their size.
 *
 * @throws IngestionError `INVALID_ARGUMENT` for a file that is not there, is none of that format, or lacks a column.
 */
export async function* readCandleFile(
  engine: Engine,
  path: string,
  choice: CandleFileChoice = {},
): AsyncGenerator<readonly ProviderBar[]> {
  const format = choice.format ?? formatOfFile(path);
  await assertFile(path);
  try {
    const { records, hasVolume } =
      format === "csv" ? await csvCandles(path, choice) : await storedCandles(engine, path, format, choice);
    for await (const sorted of sortedByTime(engine, records))
      yield sorted.map((record) => barOf(record, hasVolume));
  } catch (error) {
    if (!(error instanceof CsvError || isUnpackingError(error))) throw error;
    throw new IngestionError("INVALID_ARGUMENT", `${path} cannot be read: ${error.message}`, {
      cause: error,
    });
  }
}

/** A compressed file that was cut off, or is none. */
function isUnpackingError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^(?:Z_|ZSTD_|ERR_)/.test(String(error.code));
}

/** @throws IngestionError `INVALID_ARGUMENT` for a file that is not there, or whose name does not say what it is. */
export async function assertReadable(path: string, format: CandleFileFormat | undefined): Promise<void> {
  if (format === undefined) formatOfFile(path);
  await assertFile(path);
}

interface CandleRecords {
  readonly records: AsyncIterable<FileRecord>;
  readonly hasVolume: boolean;
}

function barOf(record: FileRecord, hasVolume: boolean): ProviderBar {
  const { openTimeMs, flaw, time, open, high, low, close } = record;
  const volume = hasVolume ? record.volume : null;
  if (flaw !== undefined)
    return { openTimeMs, open, high, low, close, volume, flaw: flaw.reason, raw: { record: flaw.record } };
  const raw = { time: time ?? null, open, high, low, close, volume: record.volume };
  return { openTimeMs, open, high, low, close, volume, raw };
}

const delimiters = [",", ";", "\t", "|"] as const;
/** Lines that may stand above the header, such as whose file it is. */
const preambleLinesMax = 20;

async function csvCandles(path: string, choice: CandleFileChoice): Promise<CandleRecords> {
  const lines = await firstLines(path);
  const header = headerOf(path, lines, choice);
  const { columns, names, delimiter } = header;
  const at = (role: keyof CandleFileColumns): number => names.indexOf(columns[role] ?? "");
  const [time, open, high, low, close, volume] = [
    at("time"),
    at("open"),
    at("high"),
    at("low"),
    at("close"),
    at("volume"),
  ];
  const toRecord = (cells: readonly string[]): FileRecord => {
    const text = filled(cells[time]);
    const record = {
      openTimeMs: text === undefined ? undefined : parseTime(text),
      time: text,
      open: filled(cells[open]),
      high: filled(cells[high]),
      low: filled(cells[low]),
      close: filled(cells[close]),
      volume: filled(cells[volume]),
    };
    if (cells.length === names.length) return record;
    const reason = `${cells.length} fields where the header has ${names.length}`;
    return { ...record, flaw: { reason, record: JSON.stringify(cells) } };
  };
  const recordsOf = async function* (): AsyncGenerator<FileRecord> {
    for await (const cells of csvRecords(path, delimiter, header.line + 1)) {
      const record = toRecord(cells);
      // Files that were joined have a header each.
      if (record.openTimeMs === undefined && isHeader(cells, choice)) assertSameHeader(path, names, cells);
      else yield record;
    }
  };
  return { records: recordsOf(), hasVolume: columns.volume !== undefined };
}

function isHeader(cells: readonly string[], choice: CandleFileChoice): boolean {
  try {
    chooseColumns("", cells, choice);
    return true;
  } catch {
    return false;
  }
}

function assertSameHeader(path: string, names: readonly string[], cells: readonly string[]): void {
  const [before, now] = [names, cells].map((all) => all.map((name) => name.trim()).join(", "));
  if (before === now) return;
  throw new IngestionError(
    "INVALID_ARGUMENT",
    `${path}: its columns are (${before}), and further down (${now}): make two files of it. Nothing of it was imported.`,
  );
}

interface CsvHeader {
  readonly names: readonly string[];
  readonly columns: CandleFileColumns;
  readonly delimiter: string;
  /** Counted from 1. */
  readonly line: number;
}

/** The first line that names the columns. What stands above it is no candle, or the file is refused. */
function headerOf(path: string, lines: readonly string[], choice: CandleFileChoice): CsvHeader {
  let problem: unknown;
  for (const [index, line] of lines.slice(0, preambleLinesMax).entries()) {
    for (const delimiter of delimiters) {
      const names = cellsOf(line, delimiter);
      if (names.length < 2) continue;
      try {
        return { names, columns: chooseColumns(path, names, choice), delimiter, line: index + 1 };
      } catch (error) {
        problem ??= error;
      }
    }
    if (isCandle(line)) break;
  }
  throw (
    problem ??
    new IngestionError(
      "INVALID_ARGUMENT",
      `${path} cannot be read as CSV: no line names columns, separated by a comma, a semicolon, a tab or a bar`,
    )
  );
}

/** Whether a line has a row of numbers. */
function isCandle(line: string): boolean {
  return delimiters.some((delimiter) => {
    const numbers = cellsOf(line, delimiter).filter((cell) => /^-?\d+(?:[.,]\d+)?$/.test(cell));
    return numbers.length >= 4;
  });
}

async function storedCandles(
  engine: Engine,
  path: string,
  format: "parquet" | "json",
  choice: CandleFileChoice,
): Promise<CandleRecords> {
  const names = await columnNames(engine, path, format);
  const columns = chooseColumns(path, names, choice);
  const roles = ["time", "open", "high", "low", "close", "volume"] as const;
  const values = roles.map((role) => {
    const name = columns[role];
    return `${name === undefined ? "NULL" : `CAST(${quoted(name)} AS VARCHAR)`} AS ${role}`;
  });
  const sql = `SELECT ${values.join(", ")} FROM ${sourceSql(path, format, names)}`;
  const { batches } = await query(engine, path, sql);
  const recordsOf = async function* (): AsyncGenerator<FileRecord> {
    for await (const batch of batches) {
      for (const row of batch.toRows()) {
        const time = filled(row["time"]);
        yield {
          openTimeMs: time === undefined ? undefined : parseTime(time),
          time,
          open: filled(row["open"]),
          high: filled(row["high"]),
          low: filled(row["low"]),
          close: filled(row["close"]),
          volume: filled(row["volume"]),
        };
      }
    }
  };
  return { records: recordsOf(), hasVolume: columns.volume !== undefined };
}

/** `2020-01-01 00:00:00`, with a zone or without, or a number since the epoch; `undefined` for anything else. */
export function parseTime(text: string): number | undefined {
  const plain = text.trim();
  if (/^-?\d+(?:\.\d+)?$/.test(plain)) {
    const value = Number(plain);
    const size = Math.abs(value);
    const ms = size < 1e11 ? value * 1e3 : size < 1e14 ? value : size < 1e17 ? value / 1e3 : value / 1e6;
    return Number.isFinite(ms) ? Math.round(ms) : undefined;
  }
  // As databases write them: `05:00:00 UTC`, `05:00:00+02`.
  const [, wallTime = plain, zone = ""] =
    /^(.*:\d{2}(?:\.\d+)?) ?(utc|[+-]\d{2}(?::?\d{2})?)$/i.exec(plain) ?? [];
  return readInstant(wallTime + zone.replace(/^utc$/i, "Z").replace(/^([+-]\d{2})$/, "$1:00"));
}

/** What `--columns volume=none` says of a file of a market that has volumes. */
const noVolume = "none";

function chooseColumns(
  path: string,
  names: readonly string[],
  { columns: choice = {}, volumeOf }: CandleFileChoice,
): CandleFileColumns {
  const byName = new Map(names.map((name) => [name.trim().toLowerCase(), name]));
  const isTwice = (found: string): boolean =>
    names.filter((name) => name.trim().toLowerCase() === found.trim().toLowerCase()).length > 1;
  const usual = (role: keyof CandleFileColumns): readonly string[] =>
    role === "volume" && volumeOf !== undefined
      ? [...usualNames.volume, `volume ${volumeOf.toLowerCase()}`, `volume_${volumeOf.toLowerCase()}`]
      : usualNames[role];
  const find = (role: keyof CandleFileColumns): string | undefined => {
    const chosen = choice[role];
    if (role === "volume" && chosen === noVolume) return undefined;
    const wanted = chosen === undefined ? usual(role) : [chosen.toLowerCase()];
    const found = wanted.map((name) => byName.get(name)).find((name) => name !== undefined);
    if (found !== undefined && isTwice(found))
      throw new IngestionError("INVALID_ARGUMENT", `${path}: there are two columns called ${found}`);
    if (found !== undefined || (role === "volume" && chosen === undefined && volumeOf === undefined))
      return found;
    const hint =
      chosen === undefined ? `name it, as in --columns ${role}=NAME` : "there is none of that name";
    const without = role === "volume" && chosen === undefined ? `, or say --columns volume=${noVolume}` : "";
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${path}: which column is the ${role}${chosen === undefined ? "" : ` (${chosen})`}? ${hint}${without}. The columns: ${names.join(", ")}`,
    );
  };
  if (choice.time === undefined && byName.has("date") && byName.has("time"))
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${path}: which column is the time, date or time? Name it, as in --columns time=date; a time in two columns has to be joined first. The columns: ${names.join(", ")}`,
    );
  const required = (role: Exclude<keyof CandleFileColumns, "volume">): string => find(role) ?? "";
  return {
    time: required("time"),
    open: required("open"),
    high: required("high"),
    low: required("low"),
    close: required("close"),
    volume: find("volume"),
  };
}

/** The engine would take a name with `*` for many files, and a folder for one it cannot read. */
async function assertFile(path: string): Promise<void> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new IngestionError("INVALID_ARGUMENT", `${path} cannot be read: ${why}`, { cause });
  };
  const info = await stat(path).catch((error: NodeJS.ErrnoException) =>
    refuse(error.code === "ENOENT" ? "it does not exist" : error.message, error),
  );
  if (info.isDirectory()) refuse("it is a folder");
  if (info.size === 0) refuse("it is empty");
}

async function columnNames(
  engine: Engine,
  path: string,
  format: "parquet" | "json",
): Promise<readonly string[]> {
  const answer = await query(engine, path, `SELECT * FROM ${sourceSql(path, format)} LIMIT 0`);
  return answer.schema.fields.map(({ name }) => name);
}

/** @param names with them, JSON values come as the text that they are in the file. */
function sourceSql(path: string, format: "parquet" | "json", names?: readonly string[]): string {
  // A name is no pattern: in brackets its stars and brackets stand for themselves.
  const file = textLiteral(path.replaceAll(/[[*?]/g, "[$&]"));
  if (format === "parquet") return `read_parquet(${file}, hive_partitioning=false)`;
  const types = names?.map((name) => `${textLiteral(name)}: 'VARCHAR'`).join(", ");
  // Every record is looked at for its members: one that only the last has is a column all the same.
  return `read_json(${file}, ${types === undefined ? "sample_size=-1" : `columns={${types}}`})`;
}

async function query(engine: Engine, path: string, sql: string): ReturnType<Engine["query"]> {
  try {
    return await engine.query(sql, async () => undefined);
  } catch (error) {
    if (!(error instanceof DeltaError)) throw error;
    const why =
      error.code === "DATA_FILE_UNREADABLE" ? "it is no Parquet file, or a damaged one" : error.message;
    throw new IngestionError("INVALID_ARGUMENT", `${path} cannot be read: ${why}`, { cause: error });
  }
}

function filled(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
