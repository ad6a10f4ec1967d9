import type { Command } from "commander";

import { withCommonOptions } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

export interface ConfigInitOptions extends CommonOptions {
  readonly force?: boolean;
}

/** The grammar of `ffe config`. */
export function addConfigCommands(program: Command, setExitCode: SetExitCode): void {
  const config = program.command("config").description("show, check or write the configuration file");

  withCommonOptions(config.command("show"))
    .description("show the value of every key, with the defaults of those that the file leaves out")
    .action(async (options: CommonOptions) => {
      const { configShow } = await import("../commands/config.ts");
      setExitCode(await configShow(options));
    });

  withCommonOptions(config.command("check"))
    .description("read the file and what it names, and report mistakes by file, line and key")
    .action(async (options: CommonOptions) => {
      const { configCheck } = await import("../commands/config.ts");
      setExitCode(await configCheck(options));
    });

  withCommonOptions(config.command("init"))
    .description("write a file with all keys and their defaults: --config FILE, else config/config.yaml")
    .option("--force", "replace the file that is there")
    .action(async (options: ConfigInitOptions) => {
      const { configInit } = await import("../commands/config.ts");
      setExitCode(await configInit(options));
    });
}
