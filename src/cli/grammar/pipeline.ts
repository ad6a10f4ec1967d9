import { Option } from "commander";
import type { Command } from "commander";

import type { ProgressOptions } from "../output/progress-bar.ts";
import { withChangeOptions, withCommonOptions } from "./options.ts";
import type { ChangingOptions, CommonOptions, SetExitCode } from "./options.ts";
import { parseDay, parseParameter, parsePositiveInteger } from "./parsers.ts";

export interface PipelineRunOptions extends ChangingOptions, ProgressOptions {
  readonly date?: string;
  readonly from?: string;
  readonly parameter: Readonly<Record<string, string>>;
}

export interface PipelineBackfillOptions extends ChangingOptions, ProgressOptions {
  readonly from: string;
  readonly to: string;
  readonly reprocess: "none" | "failed" | "completed";
  readonly maxActive: number;
  readonly newestFirst?: boolean;
}

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

  withChangeOptions(pipeline.command("run").argument("<name>", "such as daily_market_data"))
    .description("run a pipeline now, and show what becomes of each task")
    .addOption(
      new Option(
        "--date <date>",
        "the UTC day that the run is about, {date} in commands (default: yesterday)",
      ).argParser(parseDay),
    )
    .option("--from <task>", "run only this task and those that wait for it")
    .addOption(
      new Option("--parameter <name=value>", "another value for a parameter of the pipeline; may be repeated")
        .argParser(parseParameter)
        .default({}, "none"),
    )
    .action(async (name: string, options: PipelineRunOptions) => {
      const { pipelineRun } = await import("../commands/pipeline-run.ts");
      setExitCode(await pipelineRun(name, options));
    });

  withChangeOptions(pipeline.command("backfill").argument("[name]", "of the pipeline", "daily_market_data"))
    .description("run a pipeline for each of its scheduled times about the dates of a range")
    .addOption(new Option("--from <date>", "the first date").argParser(parseDay).makeOptionMandatory())
    .addOption(
      new Option("--to <date>", "the end of the range, not included")
        .argParser(parseDay)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        "--reprocess <which>",
        "dates that have a run already: none, those whose run failed, or completed ones too",
      )
        .choices(["none", "failed", "completed"])
        .default("none"),
    )
    .addOption(
      new Option("--max-active <n>", "how many runs at once").argParser(parsePositiveInteger).default(1),
    )
    .option("--newest-first", "begin with the newest date")
    .action(async (name: string, options: PipelineBackfillOptions) => {
      const { pipelineBackfill } = await import("../commands/pipeline-backfill.ts");
      setExitCode(await pipelineBackfill(name, options));
    });
}
