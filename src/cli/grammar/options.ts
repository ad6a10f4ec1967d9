import { Option } from "commander";
import type { Command } from "commander";

import type { ProgressOptions } from "../output/progress-bar.ts";
import { rowFormats } from "../output/row-format.ts";
import { parseFolder, parseWholeNumber } from "./parsers.ts";

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

/** What every command understands that changes a table. */
export interface ChangingOptions extends CommonOptions, ProgressOptions {
  readonly dryRun?: boolean;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option(
      "--config <file>",
      "configuration file (default: FFE_CONFIG, config/config.local.yaml, config/config.yaml)",
    )
    .addOption(
      new Option(
        "--storage <dir>",
        "storage root, with its dead letters in DIR/dlq (default: delta_lake.storage_path)",
      ).argParser(parseFolder),
    )
    .option("--json", "one JSON document on stdout and nothing else there");
}

export function withChangeOptions(command: Command): Command {
  return withProgressOptions(withCommonOptions(command)).option(
    "--dry-run",
    "say what would be done and do nothing",
  );
}

export function withVersion(command: Command): Command {
  return command
    .addOption(
      new Option("--version <n>", "the table as of a version").argParser(parseWholeNumber).conflicts("asOf"),
    )
    .option("--as-of <when>", "the table as of a date or an ISO instant, UTC");
}

/** What a command understands that prints a wide table of its own making. */
export function withAllColumns(command: Command): Command {
  return command.option("--columns", "show every column, however wide the table");
}

export interface WideOptions {
  readonly columns?: boolean;
}

/** What a command understands that may take long. */
export function withProgressOptions(command: Command): Command {
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
export function withRowOutput(command: Command): Command {
  return withProgressOptions(command)
    .addOption(
      new Option(
        "--format <format>",
        "of the rows (default: by the name of --output, else a table); parquet needs --output",
      ).choices(rowFormats),
    )
    .option("--output <file>", "write the rows into a file, which gets its name when it is whole");
}

/** As much as was known at an instant. */
export function withKnownAt(command: Command): Command {
  return command.addOption(
    new Option(
      "--known-at <when>",
      "bars as they were known then, without later revisions; other tables as of then",
    ).conflicts(["version", "asOf"]),
  );
}
