import type { Command } from "commander";

import { withCommonOptions } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

/** The grammar of `ffe pipeline`. */
export function addPipelineCommands(program: Command, setExitCode: SetExitCode): void {
  const pipeline = program
    .command("pipeline")
    .description("run pipelines: tasks in their order, with retries and a history");
  withCommonOptions(pipeline.command("list"))
    .description("list the pipelines, built in and your own, with what comes next")
    .action(async (options: CommonOptions) => {
      const { pipelineList } = await import("../commands/pipeline-list.ts");
      setExitCode(await pipelineList(options));
    });
}
