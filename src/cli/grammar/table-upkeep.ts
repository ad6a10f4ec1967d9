import { Option } from "commander";
import type { Command } from "commander";

import { withChangeOptions, withCommonOptions, withProgressOptions, withVersion } from "./options.ts";
import { parseBytes, parseList, parseWholeNumber } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { ChangingOptions, CommonOptions, SetExitCode, VersionOptions } from "./options.ts";

export interface OptimizeOptions extends ChangingOptions {
  readonly where?: string;
  readonly zorder?: readonly string[];
  readonly curve?: "zorder" | "hilbert";
  readonly targetSize?: number;
  readonly memory?: number;
  readonly full?: boolean;
  readonly all?: boolean;
  readonly ifNeeded?: boolean;
}

export interface VacuumOptions extends ChangingOptions {
  readonly all?: boolean;
  readonly retentionHours?: number;
  readonly force?: boolean;
  readonly lite?: boolean;
}

export interface RestoreOptions extends ChangingOptions, VersionOptions {
  readonly ignoreMissingFiles?: boolean;
}

export interface RepairOptions extends ChangingOptions {
  readonly lostVectors?: boolean;
  readonly damagedFiles?: boolean;
  readonly log?: boolean;
}

export interface CleanUpLogOptions extends ChangingOptions {
  readonly all?: boolean;
}

export interface CheckpointOptions extends CommonOptions, ProgressOptions {}

export interface ConvertOptions extends ChangingOptions {
  readonly partitionBy?: readonly string[];
}

/** Adds the commands of `ffe table` that rearrange or delete files. */
export function addUpkeepCommands(table: Command, setExitCode: SetExitCode): void {
  withAll(withChangeOptions(table.command("optimize").argument("[name]")))
    .description("compact small files, or sort rows by columns so that queries skip files")
    .addOption(
      new Option("--zorder <columns>", "sort along a curve through these columns").argParser(parseList),
    )
    .addOption(
      new Option("--curve <name>", "curve of --zorder (default: zorder)").choices(["zorder", "hilbert"]),
    )
    .option(
      "--where <expression>",
      "only files that may hold rows of this SQL condition, such as a partition",
    )
    .addOption(
      new Option(
        "--target-size <size>",
        "size of a file, such as 64MB (default: delta.targetFileSize, 128MB)",
      ).argParser(parseBytes),
    )
    .addOption(new Option("--memory <size>", "memory to take at most, such as 1GB").argParser(parseBytes))
    .option("--full", "rewrite files that are well laid out already, too")
    .option("--if-needed", "leave tables alone in which few files would be joined")
    .action(async (name: string | undefined, options: OptimizeOptions) => {
      const { optimizeTables } = await import("../commands/tables-upkeep.ts");
      setExitCode(await optimizeTables(name, options));
    });

  withAll(withChangeOptions(table.command("vacuum").argument("[name]")))
    .description("delete files that no version within the retention needs")
    .addOption(
      new Option(
        "--retention-hours <n>",
        "keep the files that versions of the last n hours need (default: the table's own, 168)",
      ).argParser(parseWholeNumber),
    )
    .option("--lite", "delete only files that the log says were removed; list nothing")
    .option("--force", "allow a retention shorter than the table's own")
    .action(async (name: string | undefined, options: VacuumOptions) => {
      const { vacuumTables } = await import("../commands/tables-upkeep.ts");
      setExitCode(await vacuumTables(name, options));
    });

  withVersion(withChangeOptions(table.command("restore").argument("<name>")))
    .description("restore the table to --version or --as-of, as a new version")
    .option("--ignore-missing-files", "restore what is left when vacuum has deleted files")
    .action(async (name: string, options: RestoreOptions) => {
      const { tableRestore } = await import("../commands/table-upkeep.ts");
      setExitCode(await tableRestore(name, options));
    });

  withProgressOptions(withCommonOptions(table.command("checkpoint").argument("<name>")))
    .description("write a checkpoint of the newest version, so that the table opens faster")
    .action(async (name: string, options: CheckpointOptions) => {
      const { tableCheckpoint } = await import("../commands/table-upkeep.ts");
      setExitCode(await tableCheckpoint(name, options));
    });

  withAll(withChangeOptions(table.command("clean-up-log").argument("[name]")))
    .description("delete commits and checkpoints past delta.logRetentionDuration")
    .action(async (name: string | undefined, options: CleanUpLogOptions) => {
      const { cleanUpLogs } = await import("../commands/tables-upkeep.ts");
      setExitCode(await cleanUpLogs(name, options));
    });

  withChangeOptions(table.command("repair").alias("fsck").argument("<name>"))
    .description("remove data files that the storage has lost from the table")
    .option("--lost-vectors", "also remove files whose deletion vector is lost, with all their rows")
    .option("--damaged-files", "also remove files that have another size than the log says")
    .addOption(
      new Option(
        "--log",
        "go back to the newest version that can be read, when the log is damaged; keeps copies of what it replaces",
      ).conflicts(["lostVectors", "damagedFiles"]),
    )
    .action(async (name: string, options: RepairOptions) => {
      const { tableRepair } = await import("../commands/table-upkeep.ts");
      setExitCode(await tableRepair(name, options));
    });

  withChangeOptions(table.command("convert").argument("<folder>"))
    .description("convert a folder of Parquet files into a table, in place")
    .addOption(
      new Option(
        "--partition-by <list>",
        "partition columns of the folders, with types: day:date,asset:string",
      ).argParser(parseList),
    )
    .action(async (folder: string, options: ConvertOptions) => {
      const { tableConvert } = await import("../commands/table-upkeep.ts");
      setExitCode(await tableConvert(folder, options));
    });
}

function withAll(command: Command): Command {
  return command.option("--all", "all tables of the lakehouse");
}
