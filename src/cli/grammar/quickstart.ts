import type { Command } from "commander";

import { withCommonOptions, withProgressOptions } from "./options.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

export interface QuickstartOptions extends CommonOptions, ProgressOptions {}

/** The grammar of `ffe quickstart`. */
export function addQuickstart(program: Command, setExitCode: SetExitCode): void {
  withProgressOptions(withCommonOptions(program.command("quickstart")))
    .description(
      "load BTCUSD and ETHUSD from the embedded demo provider, with made-up trades, into a lake of their own (--storage, data/demo), build Silver and Gold from it, then show how trading went",
    )
    .action(async (options: QuickstartOptions) => {
      const { quickstart } = await import("../commands/quickstart.ts");
      setExitCode(await quickstart(options));
    });
}
