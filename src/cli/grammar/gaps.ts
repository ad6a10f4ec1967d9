import { Option } from "commander";
import type { Command } from "commander";

import { withCommonOptions, withProgressOptions } from "./options.ts";
import { parseList } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

export interface GapsOptions extends CommonOptions, ProgressOptions {
  readonly assets?: readonly string[];
  readonly timeframes?: readonly string[];
  readonly provider?: string;
  readonly start?: string;
  readonly end?: string;
  readonly repair?: boolean;
  readonly session?: string;
}

/** The grammar of `ffe gaps`. */
export function addGaps(program: Command, setExitCode: SetExitCode): void {
  withProgressOptions(withCommonOptions(program.command("gaps")))
    .description(
      "bars that are missing although the market was open, by kind, and a heat map of what is there",
    )
    .addOption(
      new Option("--assets <list>", "asset pairs (default: all that are stored)").argParser(parseList),
    )
    .addOption(
      new Option("--timeframes <list>", "any of 1m,5m,15m,1h,4h,1d (default: all)").argParser(parseList),
    )
    .option("--start <when>", "first instant to look at (default: each series' first bar)")
    .option("--end <when>", "first instant not to look at (default: the end of what was fetched)")
    .addOption(
      new Option(
        "--session <name>",
        "hours of stocks (default: market.sessions, or as the bars show)",
      ).choices(["regular", "extended"]),
    )
    .option(
      "--repair",
      "ask the providers that the bars came from once more, and remember what they do not have",
    )
    .option(
      "--provider <name>",
      "which provider a repair asks instead, of those that ffe providers status lists",
    )
    .action(async (options: GapsOptions) => {
      const { gaps } = await import("../commands/gaps.ts");
      setExitCode(await gaps(options));
    });
}
