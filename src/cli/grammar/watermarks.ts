import type { Command } from "commander";

import { withCommonOptions } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

/** The grammar of `ffe watermarks`. */
export function addWatermarks(program: Command, setExitCode: SetExitCode): void {
  withCommonOptions(program.command("watermarks"))
    .description("show how far each asset and timeframe has been ingested")
    .action(async (options: CommonOptions) => {
      const { watermarks } = await import("../commands/watermarks.ts");
      setExitCode(await watermarks(options));
    });
}
