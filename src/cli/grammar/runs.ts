import { Option } from "commander";
import type { Command } from "commander";

import type { ProgressOptions } from "../output/progress-bar.ts";
import { withCommonOptions, withProgressOptions } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";
import { parseList, parsePositiveInteger } from "./parsers.ts";

export interface RunsListOptions extends CommonOptions {
  readonly pipeline?: string;
  readonly state?: readonly string[];
  readonly limit: number;
}

export interface RunsLogsOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly try?: number;
}

export interface RunsRetryOptions extends CommonOptions, ProgressOptions {
  readonly all?: boolean;
  readonly from?: string;
  readonly latest?: boolean;
}

const idText =
  "id of the run, or its last letters; latest, or a pipeline, for the run at work, else the newest";

/** The grammar of `ffe runs`. */
export function addRunsCommands(program: Command, setExitCode: SetExitCode): void {
  const runs = program
    .command("runs")
    .description("the history of pipelines: what ran, why it failed, its logs");
  withCommonOptions(runs.command("list"))
    .description("list runs, the newest first")
    .option("--pipeline <name>", "only runs of this pipeline")
    .addOption(new Option("--state <list>", "only runs in these states").argParser(parseList))
    .addOption(new Option("--limit <n>", "at most so many").argParser(parsePositiveInteger).default(20))
    .action(async (options: RunsListOptions) => {
      const { runsList } = await import("../commands/runs.ts");
      setExitCode(await runsList(options));
    });
  withCommonOptions(runs.command("show").argument("<id>", idText))
    .description("show the tasks of a run, with their tries")
    .action(async (id: string, options: CommonOptions) => {
      const { runsShow } = await import("../commands/runs.ts");
      setExitCode(await runsShow(id, options));
    });
  withCommonOptions(runs.command("logs").argument("<id>", idText).argument("[task]", "only this task"))
    .description("print what the tasks of a run wrote")
    .option("--follow", "go on until the run is over")
    .addOption(new Option("--try <n>", "of which try (default: the last)").argParser(parsePositiveInteger))
    .action(async (id: string, task: string | undefined, options: RunsLogsOptions) => {
      const { runsLogs } = await import("../commands/runs-logs.ts");
      setExitCode(await runsLogs(id, task, options));
    });
  withProgressOptions(withCommonOptions(runs.command("retry").argument("<id>", idText)))
    .description("run again the tasks that failed, crashed or did not run")
    .option("--all", "run all tasks again")
    .addOption(new Option("--from <task>", "run this task again and those that wait for it").conflicts("all"))
    .option("--latest", "by today's definition of the pipeline, not by the run's own")
    .action(async (id: string, options: RunsRetryOptions) => {
      const { runsRetry } = await import("../commands/runs-rerun.ts");
      setExitCode(await runsRetry(id, options));
    });
  withProgressOptions(withCommonOptions(runs.command("resume").argument("<id>", idText)))
    .description("continue a run that crashed or was cancelled")
    .action(async (id: string, options: CommonOptions & ProgressOptions) => {
      const { runsResume } = await import("../commands/runs-rerun.ts");
      setExitCode(await runsResume(id, options));
    });
  withCommonOptions(runs.command("cancel").argument("<id>", idText))
    .description("stop a run: its tasks get SIGTERM, and SIGKILL 30 s later")
    .action(async (id: string, options: CommonOptions) => {
      const { runsCancel } = await import("../commands/runs-cancel.ts");
      setExitCode(await runsCancel(id, options));
    });
}
