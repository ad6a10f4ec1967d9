import { Option } from "commander";
import type { Command } from "commander";

import { withCommonOptions, withProgressOptions } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";
import { parsePositiveInteger, parseWholeNumber } from "./parsers.ts";
import { withProject, withSelection } from "./project-options.ts";
import type { SelectionOptions } from "./project-options.ts";
import { addDocsCommands } from "./transform-docs.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";

export interface TransformOptions extends SelectionOptions {
  readonly fullRefresh?: boolean;
  readonly dryRun?: boolean;
  readonly failFast?: boolean;
  readonly storeFailures?: boolean;
  readonly threads?: number;
}

export interface ListOptions extends SelectionOptions {
  readonly resourceType?: readonly string[];
  readonly output: "selector" | "name" | "path" | "json";
}

export interface InitOptions extends ProgressOptions {
  readonly json?: boolean;
  readonly name?: string;
}

export interface LineageOptions extends CommonOptions {
  readonly version?: number;
}

const runs = [
  [
    "build",
    "run models, seeds, snapshots and tests in the order of their graph; a failed test stops what comes behind it",
  ],
  ["run", "run models"],
  ["test", "run data tests"],
  ["seed", "load CSV files into tables"],
  ["snapshot", "keep versions of rows that change"],
  ["compile", "write the SQL of models and tests below target/compiled, and run nothing"],
] as const;

/** The grammar of `ffe transform` and `ffe lineage`. */
export function addTransformCommands(program: Command, setExitCode: SetExitCode): void {
  const transform = program
    .command("transform")
    .description("build Silver and Gold: run a dbt project on the embedded engine, without Python");
  for (const [name, description] of runs) {
    withRun(withSelection(transform.command(name)))
      .description(description)
      .action(async (options: TransformOptions) => {
        const { transformRun } = await import("../commands/transform.ts");
        setExitCode(await transformRun(name, options));
      });
  }
  withRun(withProject(transform.command("retry")))
    .description("run again what failed or was skipped in the last run")
    .action(async (options: TransformOptions) => {
      const { transformRetry } = await import("../commands/transform.ts");
      setExitCode(await transformRetry(options));
    });
  withSelection(transform.command("list").alias("ls"))
    .description("list the resources of the project")
    .option("--resource-type <type...>", "only these: model, seed, snapshot, test, source, exposure")
    .addOption(
      new Option("--output <kind>", "what to print of each")
        .choices(["selector", "name", "path", "json"])
        .default("selector"),
    )
    .action(async (options: ListOptions) => {
      const { transformList } = await import("../commands/transform-list.ts");
      setExitCode(await transformList(options));
    });
  withSelection(transform.command("freshness"))
    .description("hold the newest row of each source against the source's limits")
    .action(async (options: SelectionOptions) => {
      const { transformFreshness } = await import("../commands/transform-freshness.ts");
      setExitCode(await transformFreshness(options));
    });
  addDocsCommands(transform, setExitCode);
  withProgressOptions(transform.command("init"))
    .argument("[folder]", "of the new project", "transform")
    .description("make a dbt project of your own over the models of ffe")
    .option("--name <name>", "of the project (default: the folder's)")
    .option("--json", "print one JSON document on stdout, and nothing else")
    .action(async (folder: string, options: InitOptions) => {
      const { transformInit } = await import("../commands/transform-init.ts");
      setExitCode(await transformInit(folder, options));
    });
  withProgressOptions(withCommonOptions(program.command("lineage")))
    .argument("<table>", "such as market_data_enriched")
    .description("show which versions of which tables a table was made from")
    .addOption(
      new Option("--version <n>", "of the table; the newest when left out").argParser(parseWholeNumber),
    )
    .action(async (table: string, options: LineageOptions) => {
      const { lineage } = await import("../commands/lineage.ts");
      setExitCode(await lineage(table, options));
    });
}

function withRun(command: Command): Command {
  return command
    .option("-f, --full-refresh", "make incremental tables anew, from all rows")
    .option("--dry-run", "compile and show what would be built; change nothing")
    .option("-x, --fail-fast", "begin nothing new after the first failure")
    .option("--store-failures", "keep the rows that fail a test in a table")
    .addOption(
      new Option("--threads <n>", "how many nodes run at once (default: 4)").argParser(parsePositiveInteger),
    );
}
