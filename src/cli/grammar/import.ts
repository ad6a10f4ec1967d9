import { Option } from "commander";
import type { Command } from "commander";

import type { ColumnChoice } from "../../batch/import/candle-shape.ts";
import { candleFileFormats } from "../../batch/import/file-reading.ts";
import type { CandleFileFormat } from "../../batch/import/file-reading.ts";
import { layoutNames } from "../../batch/import/positional-layouts.ts";
import type { LayoutName } from "../../batch/import/positional-layouts.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { withCommonOptions, withProgressOptions } from "./options.ts";
import { parseCandleColumns, parseDateRange } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

export interface ImportOptions extends CommonOptions, ProgressOptions {
  readonly asset?: string;
  readonly timeframe: string;
  readonly provider: string;
  readonly format?: CandleFileFormat;
  readonly columns?: ColumnChoice;
  readonly layout?: LayoutName;
  readonly timeFormat?: string;
  readonly timezone?: string;
  readonly decimal?: "." | ",";
  readonly covers?: TimeRange;
  readonly insist?: boolean;
  readonly dryRun?: boolean;
  readonly validate?: boolean;
}

/** The grammar of `ffe import`. */
export function addImport(program: Command, setExitCode: SetExitCode): void {
  withProgressOptions(withCommonOptions(program.command("import").argument("<file...>")))
    .description(
      "bring files of candles into the Bronze tables, through the same checks: CSV, JSON, Parquet, Feather, also packed",
    )
    .option(
      "--asset <pair>",
      "the files' asset pair, such as BTCUSD (default: the symbols that the files name)",
    )
    .requiredOption("--timeframe <timeframe>", "the files' timeframe: 1m, 5m, 15m, 1h, 4h or 1d")
    .requiredOption("--provider <name>", "where the candles come from, such as coinbase")
    .addOption(
      new Option("--format <format>", "format of the files (default: by their first bytes)").choices(
        candleFileFormats,
      ),
    )
    .addOption(
      new Option(
        "--columns <list>",
        "which column is what, when names do not tell: time=opened,close=last, or by position: 0=time,4=close",
      ).argParser(parseCandleColumns),
    )
    .addOption(
      new Option("--layout <name>", "program that wrote the files, when their columns have no names").choices(
        layoutNames,
      ),
    )
    .option(
      "--time-format <format>",
      "form of the times, when two forms fit: %d/%m/%Y %H:%M, or s, ms, us, ns since 1970",
    )
    .option(
      "--timezone <name>",
      "zone of times that name no zone, such as America/New_York, UTC+2 or America/New_York+7",
    )
    .addOption(new Option("--decimal <mark>", "decimal mark of the numbers").choices([".", ","]))
    .addOption(
      new Option(
        "--covers <start/end>",
        "range that the files cover, beyond their first and last bars, such as 2024-01-01/2025-01-01: no backfill fetches it",
      ).argParser(parseDateRange),
    )
    .option(
      "--insist",
      "keep to --asset, --timeframe and --provider when a file's name, the distances of its bars or a known provider's name contradict them",
    )
    .option("--dry-run", "show how the files are read and which rows would come; write nothing")
    .option("--no-validate", "do not validate the new rows against data_quality.suite")
    .action(async (files: readonly string[], options: ImportOptions) => {
      const { importFiles } = await import("../commands/import.ts");
      setExitCode(await importFiles(files, options));
    });
}
