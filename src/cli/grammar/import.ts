import { Option } from "commander";
import type { Command } from "commander";

import type { CandleFileFormat, ColumnChoice } from "../../batch/import/candle-files.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { candleColumns, common, dateRange } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

export interface ImportOptions extends CommonOptions {
  readonly asset: string;
  readonly timeframe: string;
  readonly provider: string;
  readonly format?: CandleFileFormat;
  readonly columns?: ColumnChoice;
  readonly covers?: TimeRange;
  readonly dryRun?: boolean;
  readonly validate?: boolean;
}

/** The grammar of `ffe import`. */
export function addImport(program: Command, setExitCode: SetExitCode): void {
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
    .addOption(
      new Option(
        "--covers <start/end>",
        "what the files are known to cover beside their bars, such as 2024-01-01/2025-01-01: no backfill fetches it",
      ).argParser(dateRange),
    )
    .option("--dry-run", "check the rows; write nothing")
    .option("--no-validate", "do not hold what was added against the suite of data_quality.suite")
    .action(async (files: readonly string[], options: ImportOptions) => {
      const { importFiles } = await import("../commands/import.ts");
      setExitCode(await importFiles(files, options));
    });
}
