import type { Command } from "commander";

import { common } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

/** The grammar of `ffe quickstart`. */
export function addQuickstart(program: Command, setExitCode: SetExitCode): void {
  common(program.command("quickstart"))
    .description(
      "seven days of BTCUSD and ETHUSD from the embedded demo provider, in a lake of their own (--storage, data/demo), then a tour",
    )
    .action(async (options: CommonOptions) => {
      const { quickstart } = await import("../commands/quickstart.ts");
      setExitCode(await quickstart(options));
    });
}
