import type { Command } from "commander";

import { withAllColumns, withCommonOptions } from "./options.ts";
import type { CommonOptions, SetExitCode, WideOptions } from "./options.ts";

export type ProvidersOptions = CommonOptions & WideOptions;

/** The grammar of `ffe providers`. */
export function addProviderCommands(program: Command, setExitCode: SetExitCode): void {
  const providers = program
    .command("providers")
    .description("show how the providers are configured and how they are doing");
  withAllColumns(withCommonOptions(providers.command("status")))
    .description("show keys, rate, quota used today and circuit breaker of each provider")
    .action(async (options: ProvidersOptions) => {
      const { providersStatus } = await import("../commands/providers.ts");
      setExitCode(await providersStatus(options));
    });
}
