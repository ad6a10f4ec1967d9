import { Option } from "commander";
import type { Command } from "commander";

import type { RowTarget } from "../output/row-format.ts";
import {
  common,
  instant,
  known,
  list,
  outgoing,
  positiveInteger,
  versioned,
  wholeNumber,
} from "./options.ts";
import type { CommonOptions, SetExitCode, VersionOptions } from "./options.ts";

export interface ReadOptions extends VersionOptions, RowTarget {
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

export interface ChangesOptions extends CommonOptions, RowTarget {
  readonly from?: number;
  readonly to?: number;
  readonly since?: string;
  readonly until?: string;
  readonly where?: string;
  readonly limit?: number;
}

/** Those of `ffe table` that read. */
export function addReadingCommands(table: Command, setExitCode: SetExitCode): void {
  common(table.command("list"))
    .description("all tables with rows, files and versions")
    .action(async (options: CommonOptions) => {
      const { tableList } = await import("../commands/table.ts");
      setExitCode(await tableList(options));
    });

  versioned(common(table.command("show").alias("describe").argument("<name>")))
    .description("columns, partitions, properties and sizes")
    .action(async (name: string, options: VersionOptions) => {
      const { tableShow } = await import("../commands/table.ts");
      setExitCode(await tableShow(name, options));
    });

  common(table.command("history").argument("<name>"))
    .description("versions and what made them, newest first")
    .addOption(new Option("--limit <n>", "the newest n only").argParser(positiveInteger))
    .action(async (name: string, options: HistoryOptions) => {
      const { tableHistory } = await import("../commands/table.ts");
      setExitCode(await tableHistory(name, options));
    });

  outgoing(known(versioned(common(table.command("read").argument("<name>")))))
    .description("rows, filtered and pruned by partition and statistics")
    .addOption(
      new Option(
        "--columns [list]",
        "in the order wanted; without a list, all, however wide the table (default: all that fit)",
      ).argParser(list),
    )
    .option(
      "--where <expression>",
      "a SQL condition, such as \"asset_pair = 'BTCUSD' AND timestamp >= '2026-01-01'\"",
    )
    .option("--order-by <list>", 'a SQL ORDER BY list, such as "timestamp DESC"')
    .addOption(new Option("--limit <n>", "at most n rows").argParser(wholeNumber))
    .action(async (name: string, options: ReadOptions) => {
      const { tableRead } = await import("../commands/table-read.ts");
      setExitCode(await tableRead(name, options));
    });

  outgoing(common(table.command("changes").argument("<name>")))
    .description("rows that versions inserted, updated and deleted (needs delta.enableChangeDataFeed)")
    .addOption(new Option("--from <version>", "the first version").argParser(wholeNumber).conflicts("since"))
    .addOption(new Option("--to <version>", "the last version (default: the newest)").argParser(wholeNumber))
    .addOption(
      new Option("--since <when>", "instead of --from: a date or an ISO instant, UTC").argParser(instant),
    )
    .addOption(
      new Option("--until <when>", "instead of --to: a date or an ISO instant, UTC").argParser(instant),
    )
    .option("--where <expression>", "a SQL condition over the columns and _change_type")
    .addOption(new Option("--limit <n>", "rows shown on the terminal").argParser(wholeNumber))
    .action(async (name: string, options: ChangesOptions) => {
      const { tableChanges } = await import("../commands/table-read.ts");
      setExitCode(await tableChanges(name, options));
    });
}
