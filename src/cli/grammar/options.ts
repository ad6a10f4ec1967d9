import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";

import { columnRoles } from "../../batch/import/column-names.ts";
import type { ColumnRole } from "../../batch/import/column-names.ts";
import type { ColumnChoice } from "../../batch/import/candle-shape.ts";
import { readInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { rowFormats } from "../output/row-format.ts";
import { parseInstant } from "../../market/time-range.ts";

/** Where a command's exit code goes when its work is done. */
export type SetExitCode = (code: number) => void;

/** What every command understands. */
export interface CommonOptions {
  readonly config?: string;
  readonly storage?: string;
  readonly json?: boolean;
}

export interface VersionOptions extends CommonOptions {
  readonly version?: number;
  readonly asOf?: string;
}

/** What every command understands that changes data. */
export interface ChangingOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

export function common(command: Command): Command {
  return command
    .option(
      "--config <file>",
      "configuration file (default: FFE_CONFIG, config/config.local.yaml, config/config.yaml)",
    )
    .addOption(
      new Option(
        "--storage <dir>",
        "storage root, with its dead letters in DIR/dlq (default: delta_lake.storage_path)",
      ).argParser(folder),
    )
    .option("--json", "one JSON document on stdout and nothing else there");
}

export function changing(command: Command): Command {
  return common(command).option("--dry-run", "say what would be done and do nothing");
}

export function versioned(command: Command): Command {
  return command
    .addOption(
      new Option("--version <n>", "the table as of a version").argParser(wholeNumber).conflicts("asOf"),
    )
    .option("--as-of <when>", "the table as of a date or an ISO instant, UTC");
}

/** What a command understands that prints a wide table of its own making. */
export function wide(command: Command): Command {
  return command.option("--columns", "show every column, however wide the table");
}

export interface WideOptions {
  readonly columns?: boolean;
}

/** What a command understands that may take long. */
export function watchable(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--log-format <format>",
        "how progress is said where there is no terminal (default: text)",
      ).choices(["text", "json"]),
    )
    .option("--quiet", "say nothing before the result, except errors");
}

/** Where rows go, and as what. */
export function outgoing(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--format <format>",
        "of the rows (default: by the name of --output, else a table); parquet needs --output",
      ).choices(rowFormats),
    )
    .option("--output <file>", "write the rows into a file, which gets its name when it is whole");
}

/** As much as was known at an instant. */
export function known(command: Command): Command {
  return command.addOption(
    new Option(
      "--known-at <when>",
      "bars as they were known then, without later revisions; other tables as of then",
    ).conflicts(["version", "asOf"]),
  );
}

function folder(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Give a folder.");
  return text;
}

export function list(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === "")) throw new InvalidArgumentError("Give names separated by commas.");
  return items;
}

/** `2024-01-01/2025-01-01`, half-open. */
export function dateRange(text: string): TimeRange {
  const [start = "", end = "", ...more] = text.split("/");
  const [startMs, endMs] = [readInstant(start), readInstant(end)];
  if (startMs === undefined || endMs === undefined || more.length > 0 || startMs >= endMs)
    throw new InvalidArgumentError(
      "Give two dates or instants, the earlier one first, as in 2024-01-01/2025-01-01; the second is not in it.",
    );
  return { startMs, endMs };
}

/** `time=opened,close=last`, or by places from 0 on: `0=time,4=close`. */
export function candleColumns(text: string): ColumnChoice {
  const choice: Partial<Record<ColumnRole, string | number>> = {};
  for (const item of list(text)) {
    const [, left = "", right = ""] = /^([^=]+)=(.+)$/.exec(item) ?? [];
    const isPlace = /^\d{1,3}$/.test(left.trim());
    const wanted = (isPlace ? right : left).trim().toLowerCase();
    const role = columnRoles.find((candidate) => candidate === wanted);
    if (role === undefined)
      throw new InvalidArgumentError(
        `Give pairs such as time=opened, or of a file without names 0=time; a column can be ${columnRoles.join(", ")}.`,
      );
    choice[role] = isPlace ? Number(left) : right.trim();
  }
  return choice;
}

/** `name=value`, beside those that were given before it. */
export function suiteParameter(
  text: string,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError("Give a name and a value, as in --parameter limit=100.");
  let parsed: unknown = value;
  try {
    parsed = JSON.parse(value);
  } catch {
    // It is a text.
  }
  return { ...before, [name.trim()]: parsed };
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Number(text);
}

export function positiveInteger(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError("Give a number above zero.");
  return value;
}

/** `64MB` as bytes; K, M and G are powers of 1024. */
export function bytes(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,12})\s*([kmg]?)i?b?$/i.exec(text.trim()) ?? [];
  const value = Number(digits) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase());
  if (!(value > 0)) throw new InvalidArgumentError("Give a size such as 64MB or 1GB.");
  return value;
}

/** A date or an instant, as ISO text. */
export function instant(text: string): string {
  try {
    return new Date(parseInstant(text)).toISOString();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
