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
      "list bars that are missing although the market was open, by kind, with a heat map of what is stored",
    )
    .addOption(
      new Option("--assets <list>", "asset pairs (default: all that are stored)").argParser(parseList),
    )
    .addOption(
      new Option("--timeframes <list>", "any of 1m,5m,15m,1h,4h,1d (default: all)").argParser(parseList),
    )
    .option("--start <when>", "start of the range (default: each series' first bar)")
    .option("--end <when>", "end of the range, not included (default: the end of what was fetched)")
    .addOption(
      new Option(
        "--session <name>",
        "trading hours of stocks (default: market.sessions, else found from the bars)",
      ).choices(["regular", "extended"]),
    )
    .option(
      "--repair",
      "fetch missing bars again from the providers of the series, and remember what they do not have",
    )
    .option("--provider <name>", "provider that --repair asks instead (ffe providers status lists them)")
    .action(async (options: GapsOptions) => {
      const { gaps } = await import("../commands/gaps.ts");
      setExitCode(await gaps(options));
    });
}
