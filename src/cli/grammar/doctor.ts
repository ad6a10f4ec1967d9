import { Option } from "commander";
import type { Command } from "commander";

import { withCommonOptions, withProgressOptions } from "./options.ts";
import { parseList } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

export interface DoctorOptions extends CommonOptions, ProgressOptions {
  readonly only?: readonly string[];
  readonly table?: string;
  readonly online?: boolean;
  readonly strict?: boolean;
}

/** The grammar of `ffe doctor`. */
export function addDoctor(program: Command, setExitCode: SetExitCode): void {
  withProgressOptions(withCommonOptions(program.command("doctor")))
    .description("find what is wrong with the lake and its surroundings, and name the commands that mend it")
    .addOption(
      new Option(
        "--only <areas>",
        "only these areas: config, versions, credentials, providers, clock, disk, storage, tables, files, dead-letters, series, ingestion, schedule, project",
      ).argParser(parseList),
    )
    .option("--table <name>", "only this table, in the areas that are about tables")
    .option("--online", "also send one request to each provider, and compare the clock with theirs")
    .option("--strict", "exit code 1 for warnings too, not for errors alone")
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import("../commands/doctor.ts");
      setExitCode(await doctor(options));
    });
}
