import type { Command } from "commander";

import { withCommonOptions } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

export interface ConfigInitOptions extends CommonOptions {
  readonly force?: boolean;
}

/** The grammar of `ffe config`. */
export function addConfigCommands(program: Command, setExitCode: SetExitCode): void {
  const config = program.command("config").description("the configuration file: what is in force, and why");

  withCommonOptions(config.command("show"))
    .description("every key as it is in force, with its default where the file does not say")
    .action(async (options: CommonOptions) => {
      const { configShow } = await import("../commands/config.ts");
      setExitCode(await configShow(options));
    });

  withCommonOptions(config.command("check"))
    .description("read the file and what it names, and say what is wrong by file, line and key")
    .action(async (options: CommonOptions) => {
      const { configCheck } = await import("../commands/config.ts");
      setExitCode(await configCheck(options));
    });

  withCommonOptions(config.command("init"))
    .description("write a file of all keys with their defaults: --config FILE, else config/config.yaml")
    .option("--force", "in the place of the file that is there")
    .action(async (options: ConfigInitOptions) => {
      const { configInit } = await import("../commands/config.ts");
      setExitCode(await configInit(options));
    });
}
