import { Option } from "commander";
import type { Command } from "commander";

import type { ProgressOptions } from "../output/progress-bar.ts";
import type { RowTarget } from "../output/row-format.ts";
import { withCommonOptions, withKnownAt, withRowOutput, withVersion } from "./options.ts";
import { parseInstantText, parseList, parsePositiveInteger, parseWholeNumber } from "./parsers.ts";
import type { CommonOptions, SetExitCode, VersionOptions } from "./options.ts";

export interface ReadOptions extends VersionOptions, RowTarget, ProgressOptions {
  readonly orderBy?: string;
  /** Without a list: all of them, however wide the table gets. */
  readonly columns?: readonly string[] | true;
  readonly where?: string;
  readonly limit?: number;
  readonly knownAt?: string;
}

export interface HistoryOptions extends CommonOptions {
  readonly limit?: number;
}

export interface ChangesOptions extends CommonOptions, RowTarget, ProgressOptions {
  readonly from?: number;
  readonly to?: number;
  readonly since?: string;
  readonly until?: string;
  readonly where?: string;
  readonly limit?: number;
}

/** Adds the commands of `ffe table` that read. */
export function addReadingCommands(table: Command, setExitCode: SetExitCode): void {
  withCommonOptions(table.command("list"))
    .description("list all tables with rows, files and versions")
    .action(async (options: CommonOptions) => {
      const { tableList } = await import("../commands/table.ts");
      setExitCode(await tableList(options));
    });

  withVersion(withCommonOptions(table.command("show").alias("describe").argument("<name>")))
    .description("show columns, partitions, properties and sizes")
    .action(async (name: string, options: VersionOptions) => {
      const { tableShow } = await import("../commands/table.ts");
      setExitCode(await tableShow(name, options));
    });

  withCommonOptions(table.command("history").argument("<name>"))
    .description("list versions and what made them, newest first")
    .addOption(new Option("--limit <n>", "at most n versions").argParser(parsePositiveInteger))
    .action(async (name: string, options: HistoryOptions) => {
      const { tableHistory } = await import("../commands/table.ts");
      setExitCode(await tableHistory(name, options));
    });

  withRowOutput(withKnownAt(withVersion(withCommonOptions(table.command("read").argument("<name>")))))
    .description("read rows, filtered and pruned by partition and statistics")
    .addOption(
      new Option(
        "--columns [list]",
        "columns, in this order; without a list all of them, however wide the table (default: all that fit)",
      ).argParser(parseList),
    )
    .option(
      "--where <expression>",
      "a SQL condition, such as \"asset_pair = 'BTCUSD' AND timestamp >= '2026-01-01'\"",
    )
    .option("--order-by <list>", 'a SQL ORDER BY list, such as "timestamp DESC"')
    .addOption(new Option("--limit <n>", "at most n rows").argParser(parseWholeNumber))
    .action(async (name: string, options: ReadOptions) => {
      const { tableRead } = await import("../commands/table-read.ts");
      setExitCode(await tableRead(name, options));
    });

  withRowOutput(withCommonOptions(table.command("changes").argument("<name>")))
    .description(
      "read the rows that versions inserted, updated and deleted (needs delta.enableChangeDataFeed)",
    )
    .addOption(
      new Option("--from <version>", "the first version").argParser(parseWholeNumber).conflicts("since"),
    )
    .addOption(
      new Option("--to <version>", "the last version (default: the newest)").argParser(parseWholeNumber),
    )
    .addOption(
      new Option("--since <when>", "instead of --from: a date or an ISO instant, UTC").argParser(
        parseInstantText,
      ),
    )
    .addOption(
      new Option("--until <when>", "instead of --to: a date or an ISO instant, UTC").argParser(
        parseInstantText,
      ),
    )
    .option("--where <expression>", "a SQL condition over the columns and _change_type")
    .addOption(new Option("--limit <n>", "rows in the table on the terminal").argParser(parseWholeNumber))
    .action(async (name: string, options: ChangesOptions) => {
      const { tableChanges } = await import("../commands/table-read.ts");
      setExitCode(await tableChanges(name, options));
    });
}
