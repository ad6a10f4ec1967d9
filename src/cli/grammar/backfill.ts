import { Option } from "commander";
import type { Command } from "commander";

import { withCommonOptions, withProgressOptions } from "./options.ts";
import { parseList, parsePositiveInteger, parseWholeNumber } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

export interface BackfillOptions extends CommonOptions, ProgressOptions {
  readonly assets?: readonly string[];
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
  readonly news?: boolean;
}

/** The grammar of `ffe backfill`. */
export function addBackfill(program: Command, setExitCode: SetExitCode): void {
  withProgressOptions(withCommonOptions(program.command("backfill")))
    .description("fetch history into the Bronze tables, from where the last run stopped")
    .addOption(
      new Option(
        "--assets <list>",
        "asset pairs, such as BTCUSD,EUR_USD (default: ingestion.assets of the configuration)",
      ).argParser(parseList),
    )
    .addOption(
      new Option(
        "--timeframes <list>",
        "any of 1m,5m,15m,1h,4h,1d (default: ingestion.timeframes, all six)",
      ).argParser(parseList),
    )
    .option(
      "--provider <name>",
      "provider to ask (ffe providers status lists them); auto asks each one of providers.chain for what it can serve (default: providers.default of the configuration, auto)",
    )
    .addOption(
      new Option(
        "--days <n>",
        "whole UTC days before the end (default: from ingestion.start, else 7)",
      ).argParser(parsePositiveInteger),
    )
    .option("--start <when>", "start of the range: a date or an ISO instant, UTC")
    .option("--end <when>", "end of the range, not included (default: now)")
    .option("--dry-run", "show ranges, requests and expected rows; fetch and write nothing")
    .option("--force", "fetch the whole range again and add what is new or revised")
    .option(
      "--full-refresh",
      "fetch again all that was ever fetched of these series, and add what is new or revised",
    )
    .addOption(
      new Option(
        "--revision-window <bars>",
        "fetch the last n bars again and add those that were revised (default: ingestion.revision_window of the configuration, 0)",
      ).argParser(parseWholeNumber),
    )
    .option(
      "--news",
      "fetch news with its sentiment from Alpha Vantage instead of bars: about --assets, from --start to --end, or of --days",
    )
    .option("--no-validate", "do not validate the new rows against data_quality.suite")
    .action(async (options: BackfillOptions) => {
      if (options.news === true) {
        const { backfillNewsOf } = await import("../commands/backfill-news.ts");
        setExitCode(await backfillNewsOf(options));
        return;
      }
      const { backfill } = await import("../commands/backfill.ts");
      setExitCode(await backfill(options));
    });
}
