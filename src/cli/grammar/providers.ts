import type { Command } from "commander";

import { common } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

/** The grammar of `ffe providers`. */
export function addProviderCommands(program: Command, setExitCode: SetExitCode): void {
  const providers = program
    .command("providers")
    .description("the providers, as configured and as they were doing");
  common(providers.command("status"))
    .description("keys, pace, quota used today, and the circuit breaker of each provider")
    .action(async (options: CommonOptions) => {
      const { providersStatus } = await import("../commands/providers.ts");
      setExitCode(await providersStatus(options));
    });
}
