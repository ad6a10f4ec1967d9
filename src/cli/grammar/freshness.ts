import { Option } from "commander";
import type { Command } from "commander";

import { withAllColumns, withCommonOptions, withProgressOptions } from "./options.ts";
import { parseList } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode, WideOptions } from "./options.ts";

export interface FreshnessOptions extends CommonOptions, ProgressOptions, WideOptions {
  readonly assets?: readonly string[];
  readonly timeframes?: readonly string[];
}

/** The grammar of `ffe freshness`. */
export function addFreshness(program: Command, setExitCode: SetExitCode): void {
  withAllColumns(withProgressOptions(withCommonOptions(program.command("freshness"))))
    .description(
      "check that each series has its newest bar, by the hours of its market; exit code 1 when one is stale",
    )
    .addOption(
      new Option(
        "--assets <list>",
        "asset pairs (default: all that are stored, and ingestion.assets)",
      ).argParser(parseList),
    )
    .addOption(
      new Option("--timeframes <list>", "any of 1m,5m,15m,1h,4h,1d (default: all that are stored)").argParser(
        parseList,
      ),
    )
    .action(async (options: FreshnessOptions) => {
      const { freshness } = await import("../commands/freshness.ts");
      setExitCode(await freshness(options));
    });
}
