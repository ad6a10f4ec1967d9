import { Option } from "commander";
import type { Command } from "commander";

import type { Clock } from "../../seams/clock.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import { rowFormats } from "../output/row-format.ts";
import { parseFolder, parseWholeNumber } from "./parsers.ts";

/** Where a command's exit code goes when its work is done. */
export type SetExitCode = (code: number) => void;

/** The options of every command. */
export interface CommonOptions {
  /** Set by the program, not by a flag. */
  readonly clock: Clock;
  readonly config?: string;
  readonly storage?: string;
  readonly json?: boolean;
}

export interface VersionOptions extends CommonOptions {
  readonly version?: number;
  readonly asOf?: string;
}

/** The options of every command that changes a table. */
export interface ChangingOptions extends CommonOptions, ProgressOptions {
  readonly dryRun?: boolean;
}

export function withCommonOptions(command: Command): Command {
  return withConfigOptions(command, (configured) =>
    configured.addOption(
      new Option(
        "--storage <dir>",
        "folder or URI of the lake; its dead letters lie in DIR/dlq (default: delta_lake.storage_path)",
      ).argParser(parseFolder),
    ),
  );
}

/** Adds the options of a command that needs no lake. */
export function withConfigOptions(
  command: Command,
  between: (command: Command) => Command = (configured) => configured,
): Command {
  const configured = command.option(
    "--config <file>",
    "configuration file (default: FFE_CONFIG, config/config.local.yaml, config/config.yaml)",
  );
  return between(configured).option("--json", "print one JSON document on stdout, and nothing else");
}

export function withChangeOptions(command: Command): Command {
  return withProgressOptions(withCommonOptions(command)).option(
    "--dry-run",
    "show what would be done; change nothing",
  );
}

export function withVersion(command: Command): Command {
  return command
    .addOption(
      new Option("--version <n>", "read the table at a version")
        .argParser(parseWholeNumber)
        .conflicts("asOf"),
    )
    .option("--as-of <when>", "read the table as it was at a date or an ISO instant, UTC");
}

/** Adds the option of a command that prints a wide table. */
export function withAllColumns(command: Command): Command {
  return command.option("--columns", "show every column, however wide the table");
}

export interface WideOptions {
  readonly columns?: boolean;
}

/** Adds the options of a command that may take long. */
export function withProgressOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--log-format <format>",
        "format of progress and messages on stderr (default: text)",
      ).choices(["text", "json"]),
    )
    .option("--quiet", "print only the result, and errors");
}

/** Adds the options that say where rows go, and in which format. */
export function withRowOutput(command: Command): Command {
  return withProgressOptions(command)
    .addOption(
      new Option(
        "--format <format>",
        "format of the rows (default: by the name of --output, else a table); parquet needs --output",
      ).choices(rowFormats),
    )
    .option("--output <file>", "write the rows to a file, which gets its name when it is complete");
}

/** Adds `--known-at`. */
export function withKnownAt(command: Command): Command {
  return command.addOption(
    new Option(
      "--known-at <when>",
      "read bars as they were known then, without later revisions; other tables as they were then",
    ).conflicts(["version", "asOf"]),
  );
}
