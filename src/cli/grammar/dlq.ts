import { Option } from "commander";
import type { Command } from "commander";

import { withCommonOptions, withProgressOptions } from "./options.ts";
import { parseList } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";

/** Which files of the queue a command is about; all without any. */
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

/** The grammar of `ffe dlq`. */
export function addDlqCommands(program: Command, setExitCode: SetExitCode): void {
  const dlq = program
    .command("dlq")
    .description("rows that failed a check, and why; as JSON files they wait here");

  chosen(dlq.command("list"))
    .description("the files, one for each series and day of bars")
    .action(async (options: DlqOptions) => {
      const { dlqList } = await import("../commands/dlq.ts");
      setExitCode(await dlqList(options));
    });

  chosen(dlq.command("show").argument("[file...]"))
    .description("the rows of files, with their reasons; --json has what the provider sent, too")
    .action(async (files: readonly string[], options: DlqOptions) => {
      const { dlqShow } = await import("../commands/dlq.ts");
      setExitCode(await dlqShow(files, options));
    });

  chosen(dlq.command("stats"))
    .description("how many rows were rejected for which reason, and of which series")
    .action(async (options: DlqOptions) => {
      const { dlqStats } = await import("../commands/dlq.ts");
      setExitCode(await dlqStats(options));
    });

  withProgressOptions(chosen(dlq.command("replay").argument("[file...]")))
    .description("check rows again, after a fix: what passes moves into Bronze, once, and the rest stays")
    .option("--dry-run", "say what would move; change nothing")
    .action(async (files: readonly string[], options: ReplayOptions) => {
      const { dlqReplay } = await import("../commands/dlq.ts");
      setExitCode(await dlqReplay(files, options));
    });

  chosen(dlq.command("purge").argument("[file...]"))
    .description("delete files for good")
    .option("--all", "all that there are")
    .option("--dry-run", "say what would be deleted; change nothing")
    .action(async (files: readonly string[], options: ReplayOptions) => {
      const { dlqPurge } = await import("../commands/dlq.ts");
      setExitCode(await dlqPurge(files, options));
    });
}

function chosen(command: Command): Command {
  return withCommonOptions(command)
    .addOption(new Option("--assets <list>", "those of these asset pairs").argParser(parseList))
    .option("--provider <name>", "those of a provider")
    .option("--error <name>", "those of an error: row_checks_failed or expectations_failed")
    .option("--before <when>", "those of bars before this day, a date or an instant");
}
