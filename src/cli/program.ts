import { Command, InvalidArgumentError, Option } from "commander";

import { packageVersion } from "../delta/version.ts";

/** What every command understands. */
export interface CommonOptions {
  readonly config?: string;
  readonly storage?: string;
  readonly json?: boolean;
}

export interface BackfillOptions extends CommonOptions {
  readonly assets: readonly string[];
  readonly timeframes?: readonly string[];
  readonly provider?: string;
  readonly days?: number;
  readonly start?: string;
  readonly end?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export interface VersionOptions extends CommonOptions {
  readonly version?: number;
  readonly asOf?: string;
}

export interface ReadOptions extends VersionOptions {
  readonly columns?: readonly string[];
  readonly where?: string;
  readonly limit?: number;
}

export interface HistoryOptions extends CommonOptions {
  readonly limit?: number;
}

/**
 * The command line. Only its grammar is loaded here; what a command does is imported when it is called, so that
 * `--help` answers at once.
 */
export function buildProgram(setExitCode: (code: number) => void): Command {
  const program = new Command("ffe")
    .description("A market-data lakehouse: OHLCV in open Delta Lake tables, gated by data quality.")
    .version(packageVersion)
    .enablePositionalOptions()
    .showHelpAfterError("(ffe --help shows what there is)")
    .exitOverride();

  common(program.command("quickstart"))
    .description("seven days of BTCUSD and ETHUSD from the embedded demo provider, then a tour")
    .action(async (options: CommonOptions) => {
      const { quickstart } = await import("./commands/quickstart.ts");
      setExitCode(await quickstart(options));
    });

  common(program.command("backfill"))
    .description("fetch history into the Bronze tables, from where the last run stopped")
    .addOption(
      new Option("--assets <list>", "asset pairs, such as BTCUSD,EUR_USD")
        .argParser(list)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--timeframes <list>", "any of 1m,5m,15m,1h,4h,1d (default: all six)").argParser(list),
    )
    .addOption(
      new Option(
        "--provider <name>",
        "whom to ask (default: providers.default of the configuration)",
      ).choices(["alpha_vantage", "coinbase", "oanda", "demo"]),
    )
    .addOption(
      new Option("--days <n>", "whole UTC days before the end (default: 7)").argParser(positiveInteger),
    )
    .option("--start <when>", "first instant wanted, a date or an ISO instant, UTC")
    .option("--end <when>", "first instant not wanted (default: now)")
    .option("--dry-run", "show ranges, requests and expected rows; fetch and write nothing")
    .option("--force", "ignore the watermark: fetch the range again and add what is new or revised")
    .action(async (options: BackfillOptions) => {
      const { backfill } = await import("./commands/backfill.ts");
      setExitCode(await backfill(options));
    });

  versioned(common(program.command("sql")))
    .description("run one SELECT over the tables, by name")
    .argument("<query>", 'such as "SELECT count(*) FROM raw_market_data_1h"')
    .action(async (query: string, options: VersionOptions) => {
      const { sql } = await import("./commands/sql.ts");
      setExitCode(await sql(query, options));
    });

  common(program.command("watermarks"))
    .description("how far each asset and timeframe has been ingested")
    .action(async (options: CommonOptions) => {
      const { watermarks } = await import("./commands/watermarks.ts");
      setExitCode(await watermarks(options));
    });

  addTableCommands(program, setExitCode);
  return program;
}

function addTableCommands(program: Command, setExitCode: (code: number) => void): void {
  const table = program
    .command("table")
    .description("look at tables; NAME is one of the lakehouse's, or a path or URI of any Delta table");

  common(table.command("list"))
    .description("all tables with rows, files and versions")
    .action(async (options: CommonOptions) => {
      const { tableList } = await import("./commands/table.ts");
      setExitCode(await tableList(options));
    });

  versioned(common(table.command("show").argument("<name>")))
    .description("columns, partitions, properties and sizes")
    .action(async (name: string, options: VersionOptions) => {
      const { tableShow } = await import("./commands/table.ts");
      setExitCode(await tableShow(name, options));
    });

  common(table.command("history").argument("<name>"))
    .description("versions and what made them, newest first")
    .addOption(new Option("--limit <n>", "the newest n only").argParser(positiveInteger))
    .action(async (name: string, options: HistoryOptions) => {
      const { tableHistory } = await import("./commands/table.ts");
      setExitCode(await tableHistory(name, options));
    });

  versioned(common(table.command("read").argument("<name>")))
    .description("rows, filtered and pruned by partition and statistics")
    .addOption(new Option("--columns <list>", "in the order wanted (default: all)").argParser(list))
    .option(
      "--where <expression>",
      "a SQL condition, such as \"asset_pair = 'BTCUSD' AND timestamp >= '2026-01-01'\"",
    )
    .addOption(new Option("--limit <n>", "at most n rows").argParser(wholeNumber))
    .action(async (name: string, options: ReadOptions) => {
      const { tableRead } = await import("./commands/table.ts");
      setExitCode(await tableRead(name, options));
    });
}

function common(command: Command): Command {
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

function versioned(command: Command): Command {
  return command
    .addOption(
      new Option("--version <n>", "the table as of a version").argParser(wholeNumber).conflicts("asOf"),
    )
    .option("--as-of <when>", "the table as of a date or an ISO instant, UTC");
}

function folder(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Give a folder.");
  return text;
}

function list(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === "")) throw new InvalidArgumentError("Give names separated by commas.");
  return items;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Number(text);
}

function positiveInteger(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError("Give a number above zero.");
  return value;
}
