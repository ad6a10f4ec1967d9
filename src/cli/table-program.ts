import { Option } from "commander";
import type { Command } from "commander";

import { bytes, common, instant, known, list, positiveInteger, versioned, wholeNumber } from "./options.ts";
import type { CommonOptions, VersionOptions } from "./options.ts";

export interface ReadOptions extends VersionOptions {
  readonly columns?: readonly string[];
  readonly where?: string;
  readonly limit?: number;
  readonly knownAt?: string;
}

export interface HistoryOptions extends CommonOptions {
  readonly limit?: number;
}

export interface ChangesOptions extends CommonOptions {
  readonly from?: number;
  readonly to?: number;
  readonly since?: string;
  readonly until?: string;
  readonly where?: string;
  readonly limit?: number;
}

export interface ChangingOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

export interface OptimizeOptions extends ChangingOptions {
  readonly where?: string;
  readonly zorder?: readonly string[];
  readonly curve?: "zorder" | "hilbert";
  readonly targetSize?: number;
  readonly memory?: number;
  readonly full?: boolean;
}

export interface VacuumOptions extends ChangingOptions {
  readonly retentionHours?: number;
  readonly force?: boolean;
  readonly lite?: boolean;
}

export interface RestoreOptions extends ChangingOptions, VersionOptions {
  readonly ignoreMissingFiles?: boolean;
}

export interface DeleteOptions extends ChangingOptions {
  readonly where?: string;
  readonly all?: boolean;
}

export interface UpdateOptions extends ChangingOptions {
  readonly set: readonly string[];
  readonly where?: string;
}

export interface RepairOptions extends ChangingOptions {
  readonly lostVectors?: boolean;
}

export interface ConvertOptions extends ChangingOptions {
  readonly partitionBy?: readonly string[];
}

/** The grammar of `ffe table`. */
export function addTableCommands(program: Command, setExitCode: (code: number) => void): void {
  const table = program
    .command("table")
    .description(
      "look at tables and keep them; NAME is one of the lakehouse's, or a path or URI of any Delta table",
    );
  addReadingCommands(table, setExitCode);
  addUpkeepCommands(table, setExitCode);
  addRowCommands(table, setExitCode);
  addDefinitionCommands(table, setExitCode);
}

function addReadingCommands(table: Command, setExitCode: (code: number) => void): void {
  common(table.command("list"))
    .description("all tables with rows, files and versions")
    .action(async (options: CommonOptions) => {
      const { tableList } = await import("./commands/table.ts");
      setExitCode(await tableList(options));
    });

  versioned(common(table.command("show").alias("describe").argument("<name>")))
    .description("columns, partitions, properties and sizes")
    .action(async (name: string, options: VersionOptions) => {
      const { tableShow } = await import("./commands/table.ts");
      setExitCode(await tableShow(name, options));
    });

  common(table.command("history").argument("<name>"))
    .description("versions and what made them, newest first")
    .addOption(new Option("--limit <n>", "the newest n only").argParser(positiveInteger))
    .action(async (name: string, options: HistoryOptions) => {
      const { tableHistory } = await import("./commands/table.ts");
      setExitCode(await tableHistory(name, options));
    });

  known(versioned(common(table.command("read").argument("<name>"))))
    .description("rows, filtered and pruned by partition and statistics")
    .addOption(new Option("--columns <list>", "in the order wanted (default: all)").argParser(list))
    .option(
      "--where <expression>",
      "a SQL condition, such as \"asset_pair = 'BTCUSD' AND timestamp >= '2026-01-01'\"",
    )
    .addOption(new Option("--limit <n>", "at most n rows").argParser(wholeNumber))
    .action(async (name: string, options: ReadOptions) => {
      const { tableRead } = await import("./commands/table.ts");
      setExitCode(await tableRead(name, options));
    });

  common(table.command("changes").argument("<name>"))
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
      const { tableChanges } = await import("./commands/table-rows.ts");
      setExitCode(await tableChanges(name, options));
    });
}

function addUpkeepCommands(table: Command, setExitCode: (code: number) => void): void {
  changing(table.command("optimize").argument("<name>"))
    .description("join small files, or sort rows by columns so that queries skip files")
    .addOption(new Option("--zorder <columns>", "sort along a curve through these columns").argParser(list))
    .addOption(new Option("--curve <name>", "with --zorder (default: zorder)").choices(["zorder", "hilbert"]))
    .option("--where <expression>", "only files that may hold such rows, as those of a partition")
    .addOption(
      new Option(
        "--target-size <size>",
        "of a file, such as 64MB (default: delta.targetFileSize, 128MB)",
      ).argParser(bytes),
    )
    .addOption(new Option("--memory <size>", "memory to take at most, such as 1GB").argParser(bytes))
    .option("--full", "write anew what is well laid out already, too")
    .action(async (name: string, options: OptimizeOptions) => {
      const { tableOptimize } = await import("./commands/table-upkeep.ts");
      setExitCode(await tableOptimize(name, options));
    });

  changing(table.command("vacuum").argument("<name>"))
    .description("delete files that no version within the retention needs")
    .addOption(
      new Option(
        "--retention-hours <n>",
        "keep the files of versions this young (default: the table's, 168)",
      ).argParser(wholeNumber),
    )
    .option("--lite", "only files that the log says were removed: no listing")
    .option("--force", "allow a retention shorter than the table's own")
    .action(async (name: string, options: VacuumOptions) => {
      const { tableVacuum } = await import("./commands/table-upkeep.ts");
      setExitCode(await tableVacuum(name, options));
    });

  versioned(changing(table.command("restore").argument("<name>")))
    .description("make the table what it was at --version or --as-of, as a new version")
    .option("--ignore-missing-files", "restore what is left when vacuum has deleted files")
    .action(async (name: string, options: RestoreOptions) => {
      const { tableRestore } = await import("./commands/table-upkeep.ts");
      setExitCode(await tableRestore(name, options));
    });

  common(table.command("checkpoint").argument("<name>"))
    .description("write a checkpoint of the newest version, from which the table opens fast")
    .action(async (name: string, options: CommonOptions) => {
      const { tableCheckpoint } = await import("./commands/table-upkeep.ts");
      setExitCode(await tableCheckpoint(name, options));
    });

  changing(table.command("clean-up-log").argument("<name>"))
    .description("delete commits and checkpoints past delta.logRetentionDuration")
    .action(async (name: string, options: ChangingOptions) => {
      const { tableCleanUpLog } = await import("./commands/table-upkeep.ts");
      setExitCode(await tableCleanUpLog(name, options));
    });

  changing(table.command("repair").alias("fsck").argument("<name>"))
    .description("take data files that the storage has lost out of the table")
    .option("--lost-vectors", "also files whose deletion vector is lost, with all their rows")
    .action(async (name: string, options: RepairOptions) => {
      const { tableRepair } = await import("./commands/table-upkeep.ts");
      setExitCode(await tableRepair(name, options));
    });

  changing(table.command("convert").argument("<folder>"))
    .description("make a table of a folder of Parquet files where they lie")
    .addOption(
      new Option(
        "--partition-by <list>",
        "columns that the folders stand for, with types: day:date,asset:string",
      ).argParser(list),
    )
    .action(async (folder: string, options: ConvertOptions) => {
      const { tableConvert } = await import("./commands/table-upkeep.ts");
      setExitCode(await tableConvert(folder, options));
    });
}

const nothingSet: readonly string[] = [];

function addRowCommands(table: Command, setExitCode: (code: number) => void): void {
  changing(table.command("delete").argument("<name>"))
    .description("delete the rows for which a SQL condition is true")
    .option("--where <expression>", "such as \"timestamp < '2020-01-01'\"")
    .option("--all", "instead of --where: every row")
    .action(async (name: string, options: DeleteOptions) => {
      const { tableDelete } = await import("./commands/table-rows.ts");
      setExitCode(await tableDelete(name, options));
    });

  changing(table.command("update").argument("<name>"))
    .description("set columns of the rows for which a SQL condition is true")
    .addOption(
      new Option("--set <column=expression>", "may be given several times")
        .default(nothingSet)
        .argParser((text: string, before: readonly string[]) => [...before, text]),
    )
    .option("--where <expression>", "which rows (default: all)")
    .action(async (name: string, options: UpdateOptions) => {
      const { tableUpdate } = await import("./commands/table-rows.ts");
      setExitCode(await tableUpdate(name, options));
    });
}

function addDefinitionCommands(table: Command, setExitCode: (code: number) => void): void {
  changing(table.command("add-columns").argument("<name>").argument("<column:type...>"))
    .description("add nullable columns, such as note:string fee:decimal(18,8)")
    .action(async (name: string, columns: readonly string[], options: ChangingOptions) => {
      const { tableAddColumns } = await import("./commands/table-definition.ts");
      setExitCode(await tableAddColumns(name, columns, options));
    });

  changing(table.command("rename-column").argument("<name>").argument("<from>").argument("<to>"))
    .description("give a column another name (needs delta.columnMapping.mode)")
    .action(async (name: string, from: string, to: string, options: ChangingOptions) => {
      const { tableRenameColumn } = await import("./commands/table-definition.ts");
      setExitCode(await tableRenameColumn(name, from, to, options));
    });

  changing(table.command("drop-columns").argument("<name>").argument("<column...>"))
    .description("take columns away (needs delta.columnMapping.mode)")
    .action(async (name: string, columns: readonly string[], options: ChangingOptions) => {
      const { tableDropColumns } = await import("./commands/table-definition.ts");
      setExitCode(await tableDropColumns(name, columns, options));
    });

  changing(table.command("set-properties").argument("<name>").argument("<key=value...>"))
    .description("set table properties, such as delta.enableDeletionVectors=true")
    .action(async (name: string, properties: readonly string[], options: ChangingOptions) => {
      const { tableSetProperties } = await import("./commands/table-definition.ts");
      setExitCode(await tableSetProperties(name, properties, options));
    });

  changing(table.command("unset-properties").argument("<name>").argument("<key...>"))
    .description("take table properties away, so that their defaults hold")
    .action(async (name: string, keys: readonly string[], options: ChangingOptions) => {
      const { tableUnsetProperties } = await import("./commands/table-definition.ts");
      setExitCode(await tableUnsetProperties(name, keys, options));
    });

  changing(
    table.command("add-constraint").argument("<name>").argument("<constraint>").argument("<expression>"),
  )
    .description('add a CHECK constraint that every row must satisfy, such as positive "close > 0"')
    .action(async (name: string, constraint: string, expression: string, options: ChangingOptions) => {
      const { tableAddConstraint } = await import("./commands/table-definition.ts");
      setExitCode(await tableAddConstraint(name, constraint, expression, options));
    });

  changing(table.command("drop-constraint").argument("<name>").argument("<constraint>"))
    .description("take a CHECK constraint away")
    .action(async (name: string, constraint: string, options: ChangingOptions) => {
      const { tableDropConstraint } = await import("./commands/table-definition.ts");
      setExitCode(await tableDropConstraint(name, constraint, options));
    });
}

function changing(command: Command): Command {
  return common(command).option("--dry-run", "say what would be done and do nothing");
}
