import { Argument, Option } from "commander";
import type { Command } from "commander";

import { airflowRunners } from "../../orchestration/airflow/runner-operators.ts";
import type { AirflowRunner } from "../../orchestration/airflow/runner-operators.ts";
import { oldestAirflow } from "../../orchestration/airflow/airflow-version.ts";
import type { AirflowVersion } from "../../orchestration/airflow/airflow-version.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import { withChangeOptions, withCommonOptions, withConfigOptions, withProgressOptions } from "./options.ts";
import type { ChangingOptions, CommonOptions, SetExitCode } from "./options.ts";
import {
  parseAirflowVersion,
  parseDay,
  parseDurations,
  parseFolder,
  parseParameter,
  parsePositiveInteger,
} from "./parsers.ts";

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

export interface PipelineExportOptions extends Omit<ChangingOptions, "storage"> {
  readonly output: string;
  readonly plugins?: string;
  readonly runner: AirflowRunner;
  readonly airflowVersion: AirflowVersion;
  readonly deadline: "logical_date" | "queued_at" | false;
  readonly retryDelays?: readonly number[];
  readonly startDate?: string;
}

/** The grammar of `ffe pipeline`. */
export function addPipelineCommands(program: Command, setExitCode: SetExitCode): void {
  const pipeline = program
    .command("pipeline")
    .description("run pipelines: tasks in their order, with retries and a history");
  withCommonOptions(pipeline.command("list"))
    .description("list the pipelines, built in and your own, with their next times")
    .action(async (options: CommonOptions) => {
      const { pipelineList } = await import("../commands/pipeline-list.ts");
      setExitCode(await pipelineList(options));
    });

  withChangeOptions(pipeline.command("run").argument("<name>", "such as daily_market_data"))
    .description("run a pipeline now, and show the outcome of each task")
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

  addExport(pipeline, setExitCode);
}

function addExport(pipeline: Command, setExitCode: SetExitCode): void {
  const target = new Argument("<target>", "what the files are for").choices(["airflow"]);
  withConfigOptions(withProgressOptions(pipeline.command("export").addArgument(target)))
    .argument("[names...]", "of pipelines (default: all)")
    .description("write pipelines as DAG files of Airflow, which runs the same tasks by the same rules")
    .addOption(
      new Option("--output <dir>", "the folder of DAG files, such as dags/")
        .argParser(parseFolder)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        "--plugins <dir>",
        "the folder of plugins, for the alert of a deadline (default: beside an --output called dags, else in it)",
      ).argParser(parseFolder),
    )
    .addOption(
      new Option("--runner <where>", "where Airflow runs the commands")
        .choices(airflowRunners)
        .default("local"),
    )
    .addOption(
      new Option(
        "--airflow-version <version>",
        "the oldest Airflow that reads the files; 3.3 keeps delays exactly",
      )
        .argParser(parseAirflowVersion)
        .default(parseAirflowVersion(oldestAirflow), oldestAirflow),
    )
    .addOption(
      new Option(
        "--deadline <since>",
        "since when the deadline of a run counts: its time, or since it was queued",
      )
        .choices(["logical_date", "queued_at"])
        .default("logical_date"),
    )
    .option("--no-deadline", "leave deadlines out")
    .addOption(
      new Option(
        "--retry-delays <list>",
        "delays in place of those of all tasks, such as 5m,10m,20m",
      ).argParser(parseDurations),
    )
    .addOption(
      new Option(
        "--start-date <date>",
        "the first day on which pipelines run (default: 2024-01-01; needed with catch_up: all)",
      ).argParser(parseDay),
    )
    .option("--dry-run", "show what would be written; change nothing")
    .action(async (_: string, names: readonly string[], options: PipelineExportOptions) => {
      const { pipelineExport } = await import("../commands/pipeline-export.ts");
      setExitCode(await pipelineExport(names, options));
    });
}
