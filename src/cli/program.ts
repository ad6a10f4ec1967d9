import { Command, Option } from "commander";

import type { CandleFileFormat, ColumnChoice } from "../batch/candle-files.ts";
import type { ResultFormat } from "../data-quality/result-format.ts";
import { packageVersion } from "../delta/version.ts";
import { addDlqCommands } from "./dlq-program.ts";
import {
  candleColumns,
  common,
  known,
  list,
  positiveInteger,
  suiteParameter,
  versioned,
  wholeNumber,
} from "./options.ts";
import type { CommonOptions, VersionOptions } from "./options.ts";
import { addTableCommands } from "./table-program.ts";

export interface BackfillOptions extends CommonOptions {
  readonly assets: readonly string[];
  readonly timeframes?: readonly string[];
  readonly provider?: string;
  readonly days?: number;
  readonly start?: string;
  readonly end?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly fullRefresh?: boolean;
  readonly revisionWindow?: number;
  readonly validate?: boolean;
}

export interface ImportOptions extends CommonOptions {
  readonly asset: string;
  readonly timeframe: string;
  readonly provider: string;
  readonly format?: CandleFileFormat;
  readonly columns?: ColumnChoice;
  readonly dryRun?: boolean;
  readonly validate?: boolean;
}

export interface ValidateOptions extends VersionOptions {
  readonly suite: string;
  readonly resultFormat: ResultFormat;
  readonly parameter: Readonly<Record<string, unknown>>;
  readonly store: boolean;
  readonly from?: number;
}

export interface DataDocsOptions extends CommonOptions {
  readonly output?: string;
}

export interface GapsOptions extends CommonOptions {
  readonly assets?: readonly string[];
  readonly timeframes?: readonly string[];
  readonly provider?: string;
  readonly start?: string;
  readonly end?: string;
  readonly repair?: boolean;
}

export interface SqlOptions extends VersionOptions {
  readonly knownAt?: string;
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
        "whom to ask; auto asks each of providers.chain for what it can serve (default: providers.default of the configuration, auto)",
      ).choices(["auto", "alpha_vantage", "coinbase", "oanda", "demo"]),
    )
    .addOption(
      new Option("--days <n>", "whole UTC days before the end (default: 7)").argParser(positiveInteger),
    )
    .option("--start <when>", "first instant wanted, a date or an ISO instant, UTC")
    .option("--end <when>", "first instant not wanted (default: now)")
    .option("--dry-run", "show ranges, requests and expected rows; fetch and write nothing")
    .option("--force", "fetch the whole range again and add what is new or revised")
    .option(
      "--full-refresh",
      "fetch all that was ever fetched of these series again, and add what is new or revised",
    )
    .addOption(
      new Option(
        "--revision-window <bars>",
        "fetch the last bars again and add those that were revised (default: ingestion.revision_window of the configuration, 0)",
      ).argParser(wholeNumber),
    )
    .option("--no-validate", "do not hold what was added against the suite of data_quality.suite")
    .action(async (options: BackfillOptions) => {
      const { backfill } = await import("./commands/backfill.ts");
      setExitCode(await backfill(options));
    });

  const providers = program
    .command("providers")
    .description("the providers, as configured and as they were doing");
  common(providers.command("status"))
    .description("keys, pace, quota used today, and the circuit breaker of each provider")
    .action(async (options: CommonOptions) => {
      const { providersStatus } = await import("./commands/providers.ts");
      setExitCode(await providersStatus(options));
    });

  common(program.command("import").argument("<file...>"))
    .description(
      "bring CSV, Parquet or JSON files of candles into the Bronze tables, through the same checks",
    )
    .requiredOption("--asset <pair>", "the files' asset pair, such as BTCUSD")
    .requiredOption("--timeframe <timeframe>", "the files' timeframe: 1m, 5m, 15m, 1h, 4h or 1d")
    .requiredOption("--provider <name>", "whose candles they are, such as coinbase")
    .addOption(
      new Option("--format <format>", "what the files are (default: by their names)").choices([
        "csv",
        "parquet",
        "json",
      ]),
    )
    .addOption(
      new Option(
        "--columns <list>",
        "which column is what, where the usual names do not tell: time=opened,close=last",
      ).argParser(candleColumns),
    )
    .option("--dry-run", "check the rows; write nothing")
    .option("--no-validate", "do not hold what was added against the suite of data_quality.suite")
    .action(async (files: readonly string[], options: ImportOptions) => {
      const { importFiles } = await import("./commands/import.ts");
      setExitCode(await importFiles(files, options));
    });

  versioned(common(program.command("validate").argument("<table>")))
    .description("hold a table against a suite of expectations; exit code 1 when a critical one fails")
    .option(
      "--suite <name|file>",
      "a built-in suite, or a file of Great Expectations 1.x in JSON or YAML",
      "market_data_quality",
    )
    .addOption(
      new Option("--result-format <format>", "how much a result shows")
        .choices(["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"])
        .default("SUMMARY"),
    )
    .addOption(
      new Option(
        "--from <version>",
        "only the rows that this version and later ones added; whether they are unique is still seen among all",
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option(
        "--parameter <name=value>",
        'what stands for {"$PARAMETER": "name"} in the suite, as JSON or text; may be given again',
      )
        .argParser(suiteParameter)
        .default({}, "none"),
    )
    .option("--no-store", "do not append the results to ops.quality_results")
    .action(async (table: string, options: ValidateOptions) => {
      const { validate } = await import("./commands/validate.ts");
      setExitCode(await validate(table, options));
    });

  common(program.command("data-docs"))
    .description("write what came of all validations as a page of HTML: history, trends, samples")
    .option("--output <dir>", "the folder of index.html (default: data/data_docs, data_docs in --storage)")
    .action(async (options: DataDocsOptions) => {
      const { dataDocs } = await import("./commands/data-docs.ts");
      setExitCode(await dataDocs(options));
    });

  common(program.command("gaps"))
    .description(
      "bars that are missing although the market was open, by kind, and a heat map of what is there",
    )
    .addOption(new Option("--assets <list>", "asset pairs (default: all that are stored)").argParser(list))
    .addOption(new Option("--timeframes <list>", "any of 1m,5m,15m,1h,4h,1d (default: all)").argParser(list))
    .option("--start <when>", "first instant to look at (default: each series' first bar)")
    .option("--end <when>", "first instant not to look at (default: the end of what was fetched)")
    .option("--repair", "ask the providers once more, and remember what they do not have")
    .addOption(
      new Option("--provider <name>", "whom a repair asks (default: providers.default)").choices([
        "auto",
        "alpha_vantage",
        "coinbase",
        "oanda",
        "demo",
      ]),
    )
    .action(async (options: GapsOptions) => {
      const { gaps } = await import("./commands/gaps.ts");
      setExitCode(await gaps(options));
    });

  known(versioned(common(program.command("sql"))))
    .description("run one SELECT over the tables, by name")
    .argument("<query>", 'such as "SELECT count(*) FROM raw_market_data_1h"')
    .action(async (query: string, options: SqlOptions) => {
      const { sql } = await import("./commands/sql.ts");
      setExitCode(await sql(query, options));
    });

  common(program.command("watermarks"))
    .description("how far each asset and timeframe has been ingested")
    .action(async (options: CommonOptions) => {
      const { watermarks } = await import("./commands/watermarks.ts");
      setExitCode(await watermarks(options));
    });

  addDlqCommands(program, setExitCode);
  addTableCommands(program, setExitCode);
  return program;
}
