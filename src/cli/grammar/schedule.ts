import { Option } from "commander";
import type { Command } from "commander";

import { withCommonOptions } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";
import { parsePositiveInteger } from "./parsers.ts";

export interface ScheduleRunOptions extends CommonOptions {
  /** Prints what the process of the scheduler takes from the configuration. */
  readonly settings?: boolean;
}

export interface SchedulePruneOptions extends CommonOptions {
  readonly days: number;
  readonly keep: number;
}

export interface ScheduleInstallOptions extends CommonOptions {
  readonly systemd?: boolean;
  readonly cron?: boolean;
}

/** The grammar of `ffe schedule`. */
export function addScheduleCommands(program: Command, setExitCode: SetExitCode): void {
  const schedule = program
    .command("schedule")
    .description("run pipelines at their times, until it is stopped");
  withCommonOptions(schedule.command("run", { isDefault: true }))
    .description("run pipelines at their times until it is stopped")
    .addOption(new Option("--settings", "print what the scheduler reads from the configuration").hideHelp())
    .action(async (options: ScheduleRunOptions) => {
      const { scheduleRun } = await import("../commands/schedule.ts");
      setExitCode(await scheduleRun(options));
    });
  withCommonOptions(schedule.command("list"))
    .description("show the next three times of each pipeline, in UTC and local time")
    .action(async (options: CommonOptions) => {
      const { scheduleList } = await import("../commands/schedule-list.ts");
      setExitCode(await scheduleList(options));
    });
  withCommonOptions(schedule.command("status"))
    .description("show whether a scheduler runs, and how the pipelines are")
    .action(async (options: CommonOptions) => {
      const { scheduleStatus } = await import("../commands/schedule-list.ts");
      setExitCode(await scheduleStatus(options));
    });
  for (const name of ["pause", "resume"] as const)
    withCommonOptions(schedule.command(name).argument("<pipeline>"))
      .description(
        name === "pause" ? "start no more runs of a pipeline" : "start runs of a pipeline again at its times",
      )
      .action(async (pipeline: string, options: CommonOptions) => {
        const { schedulePause } = await import("../commands/schedule-list.ts");
        setExitCode(await schedulePause(pipeline, name === "pause", options));
      });
  withCommonOptions(schedule.command("test-alert").argument("[receiver...]"))
    .description("send a test alert to the receivers of the configuration, or to those that are named")
    .action(async (receivers: string[], options: CommonOptions) => {
      const { scheduleTestAlert } = await import("../commands/schedule-test-alert.ts");
      setExitCode(await scheduleTestAlert(receivers, options));
    });
  withCommonOptions(schedule.command("prune"))
    .description("delete old runs, with their logs")
    .addOption(
      new Option("--days <n>", "those that ended longer ago").argParser(parsePositiveInteger).default(90),
    )
    .addOption(new Option("--keep <n>", "all but the newest").argParser(parsePositiveInteger).default(10_000))
    .action(async (options: SchedulePruneOptions) => {
      const { schedulePrune } = await import("../commands/schedule-list.ts");
      setExitCode(await schedulePrune(options));
    });
  withCommonOptions(schedule.command("install"))
    .description("print a systemd unit, or a line for cron, that keeps the scheduler running")
    .option("--systemd", "a unit of systemd")
    .addOption(new Option("--cron", "a line for crontab").conflicts("systemd"))
    .action(async (options: ScheduleInstallOptions) => {
      const { scheduleInstall } = await import("../commands/schedule-install.ts");
      setExitCode(await scheduleInstall(options));
    });
}
