import { Option } from "commander";
import type { Command } from "commander";

import { withCommonOptions, withProgressOptions } from "./options.ts";
import { parseList } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

/** Chooses files of the queue; without any of these, a command works on all files. */
export interface DlqOptions extends CommonOptions {
  readonly assets?: readonly string[];
  readonly provider?: string;
  readonly before?: string;
  readonly error?: string;
}

export interface ReplayOptions extends DlqOptions, ProgressOptions {
  readonly dryRun?: boolean;
  readonly all?: boolean;
}

export interface PurgeOptions extends ReplayOptions {
  readonly moveTo?: string;
}

/** The grammar of `ffe dlq`. */
export function addDlqCommands(program: Command, setExitCode: SetExitCode): void {
  const dlq = program
    .command("dlq")
    .description("dead letters: rows that failed a check, with their reasons, in JSON files");

  withFileFilters(dlq.command("list"))
    .description("list the files, one for each series and day of bars")
    .action(async (options: DlqOptions) => {
      const { dlqList } = await import("../commands/dlq.ts");
      setExitCode(await dlqList(options));
    });

  withFileFilters(dlq.command("show").argument("[file...]"))
    .description("show rejected rows with their reasons; --json adds what the provider sent")
    .action(async (files: readonly string[], options: DlqOptions) => {
      const { dlqShow } = await import("../commands/dlq.ts");
      setExitCode(await dlqShow(files, options));
    });

  withFileFilters(dlq.command("stats"))
    .description("count rejected rows by reason and by series")
    .action(async (options: DlqOptions) => {
      const { dlqStats } = await import("../commands/dlq.ts");
      setExitCode(await dlqStats(options));
    });

  withProgressOptions(withFileFilters(dlq.command("replay").argument("[file...]")))
    .description("check rows again after a fix: those that pass move into Bronze, the others stay")
    .option("--dry-run", "show what would move; change nothing")
    .action(async (files: readonly string[], options: ReplayOptions) => {
      const { dlqReplay } = await import("../commands/dlq-replay.ts");
      setExitCode(await dlqReplay(files, options));
    });

  withFileFilters(dlq.command("purge").argument("[file...]"))
    .description("delete files for good, or move them away")
    .option("--all", "delete all files")
    .option("--move-to <folder>", "move files to this folder instead of deleting them")
    .option("--dry-run", "show what would be deleted; change nothing")
    .action(async (files: readonly string[], options: PurgeOptions) => {
      const { dlqPurge } = await import("../commands/dlq.ts");
      setExitCode(await dlqPurge(files, options));
    });
}

function withFileFilters(command: Command): Command {
  return withCommonOptions(command)
    .addOption(new Option("--assets <list>", "only files of these asset pairs").argParser(parseList))
    .option("--provider <name>", "only files of this provider")
    .option("--error <name>", "only files of this error: row_checks_failed or expectations_failed")
    .option("--before <when>", "only files of bars before this day, a date or an instant");
}
