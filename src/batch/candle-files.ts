import { stat } from "node:fs/promises";
import { extname } from "node:path";

import { DeltaError } from "../delta/index.ts";
import type { Engine } from "../delta/index.ts";
import { readInstant } from "../market/time-range.ts";
import type { ProviderBar } from "../providers/provider.ts";
import { IngestionError } from "./ingestion-error.ts";

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
  choice: {
    readonly format?: CandleFileFormat | undefined;
    readonly columns?: ColumnChoice | undefined;
  } = {},
): AsyncGenerator<readonly ProviderBar[]> {
  const format = choice.format ?? formatOfFile(path);
  await assertFile(path);
  const names = await columnNames(engine, path, format);
  const columns = chooseColumns(path, names, choice.columns ?? {});
  const source = sourceSql(path, format, names);
  const time = quoted(columns.time);
  const values = [columns.open, columns.high, columns.low, columns.close, columns.volume].map(
    (name, index) => `${name === undefined ? "NULL" : `CAST(${quoted(name)} AS VARCHAR)`} AS v${index}`,
  );
  const sql = `SELECT CAST(${time} AS VARCHAR) AS time, ${values.join(", ")}
    FROM ${source} ORDER BY TRY_CAST(${time} AS DOUBLE) NULLS LAST, ${time}`;
  for await (const batch of (await query(engine, path, sql)).batches) {
    yield batch.toRows().map((row): ProviderBar => {
      const [open, high, low, close, volume] = [0, 1, 2, 3, 4].map((index) => textOf(row[`v${index}`]));
      const text = textOf(row["time"]);
      return {
        openTimeMs: text === undefined ? undefined : parseTime(text),
        open,
        high,
        low,
        close,
        volume: columns.volume === undefined ? null : volume,
        raw: { time: text ?? null, open, high, low, close, volume },
      };
    });
  }
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

function chooseColumns(path: string, names: readonly string[], choice: ColumnChoice): CandleFileColumns {
  const byName = new Map(names.map((name) => [name.trim().toLowerCase(), name]));
  const find = (role: keyof CandleFileColumns): string | undefined => {
    const chosen = choice[role];
    const wanted = chosen === undefined ? usualNames[role] : [chosen.toLowerCase()];
    const found = wanted.map((name) => byName.get(name)).find((name) => name !== undefined);
    if (found !== undefined || (role === "volume" && chosen === undefined)) return found;
    const hint =
      chosen === undefined ? `name it, as in --columns ${role}=NAME` : "there is none of that name";
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${path}: which column is the ${role}${chosen === undefined ? "" : ` (${chosen})`}? ${hint}. The columns: ${names.join(", ")}`,
    );
  };
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
  format: CandleFileFormat,
): Promise<readonly string[]> {
  const answer = await query(engine, path, `SELECT * FROM ${sourceSql(path, format)} LIMIT 0`);
  return answer.schema.fields.map(({ name }) => name);
}

/** @param names with them, JSON values come as the text that they are in the file. */
function sourceSql(path: string, format: CandleFileFormat, names?: readonly string[]): string {
  // A name is no pattern: in brackets its stars and brackets stand for themselves.
  const file = textLiteral(path.replaceAll(/[[*?]/g, "[$&]"));
  switch (format) {
    case "csv":
      return `read_csv(${file}, all_varchar=true, header=true)`;
    case "parquet":
      return `read_parquet(${file}, hive_partitioning=false)`;
    case "json": {
      const types = names?.map((name) => `${textLiteral(name)}: 'VARCHAR'`).join(", ");
      return `read_json(${file}${types === undefined ? "" : `, columns={${types}}`})`;
    }
  }
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

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
