import { Option } from "commander";
import type { Command } from "commander";

import { withCommonOptions, withProgressOptions } from "./options.ts";
import type { CommonOptions } from "./options.ts";
import { parseFolder } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";

/** The options of all commands on a dbt project. */
export interface ProjectOptions extends CommonOptions, ProgressOptions {
  readonly projectDir?: string;
  readonly targetPath?: string;
  readonly target?: string;
  readonly vars?: string;
}

export interface SelectionOptions extends ProjectOptions {
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  readonly selector?: string;
}

/** Adds the options of a command on a dbt project. */
export function withProject(command: Command): Command {
  return withProgressOptions(withCommonOptions(command))
    .addOption(
      new Option(
        "--project-dir <dir>",
        "folder of dbt_project.yml (default: this folder, else ./transform, else the models that come with ffe)",
      ).argParser(parseFolder),
    )
    .addOption(
      new Option(
        "--target-path <dir>",
        "folder of compiled SQL, manifest.json and run_results.json (default: target in the project)",
      ).argParser(parseFolder),
    )
    .option("--target <name>", "what templates see as target.name", "lake")
    .option("--vars <yaml>", "variables, such as '{as_of: 2026-01-01}'");
}

export function withSelection(command: Command): Command {
  return withProject(command)
    .option(
      "-s, --select <spec...>",
      "resources by dbt's selection: names, tag:, path:, +upstream, downstream+",
    )
    .option("--exclude <spec...>", "resources to leave out, in the same way")
    .option("--selector <name>", "a selection that selectors.yml defines");
}
