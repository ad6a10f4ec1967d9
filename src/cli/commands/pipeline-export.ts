import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileReason, isFileError } from "finance-feedback-delta/contract";

import { configuredPipelines } from "../../config/configured-pipelines.ts";
import { loadConfig } from "../../config/load-config.ts";
import { airflowFiles } from "../../orchestration/airflow/airflow-files.ts";
import type { AirflowFile } from "../../orchestration/airflow/airflow-files.ts";
import { generatedMark } from "../../orchestration/airflow/generated-mark.ts";
import { withIngestedTables } from "../../orchestration/airflow/ingested-tables.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import { packageVersion } from "../../version.ts";
import { CommandError } from "../command-error.ts";
import type { PipelineExportOptions } from "../grammar/pipeline.ts";
import { pipelineNamed } from "../orchestration/opened-runs.ts";
import { printList } from "../output/print-list.ts";
import { say } from "../output/say.ts";
import { makeOutputFolder, writeWholeFile } from "../output/whole-file.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe pipeline export airflow` */
export async function pipelineExport(
  names: readonly string[],
  options: PipelineExportOptions,
): Promise<number> {
  const { runner, airflowVersion: version, deadline, retryDelays, startDate, dryRun = false } = options;
  const { config } = loadConfig(options.config);
  const { assets, timeframes } = config.ingestion;
  const all = configuredPipelines(config).map(({ definition }) => withIngestedTables(definition, timeframes));
  const chosen = names.length === 0 ? all : [...new Set(names.map((name) => pipelineNamed(name, all)))];
  const files = airflowFiles(chosen, {
    runner,
    version,
    deadline: deadline === false ? "none" : deadline,
    retryDelays,
    startDate,
    assets,
    generator: `finance-feedback-pipelines ${packageVersion}, ffe pipeline export airflow --runner ${runner}`,
  });
  const folders = { dags: options.output, plugins: options.plugins ?? pluginsBeside(options.output) };
  const placed = files.map((file) => ({ file, path: join(folders[file.folder], file.name) }));
  // All are checked before the first is written.
  const steps = placed.map(({ file, path }) => ({ path, file, state: stateOf(path, file) }));
  if (!dryRun)
    for (const { file, path, state } of steps) {
      if (state === "unchanged") continue;
      makeOutputFolder(dirname(path));
      await writeWholeFile(path, (part) => writeFile(part, file.text));
    }
  const rows = steps.map(({ path, state }) => ({ file: path, state }));
  if (dryRun && options.json !== true) await writeOut("A dry run: nothing was written.\n\n");
  await printList(["file", "state"], rows, options.json === true, { kept: ["file"] });
  if (options.quiet !== true) tellNotes(chosen, all, assets, options.output);
  return 0;
}

/** Airflow has `dags` and `plugins` side by side. */
function pluginsBeside(output: string): string {
  const folder = resolve(output);
  return basename(folder) === "dags" ? join(dirname(output), "plugins") : join(output, "plugins");
}

/** @throws CommandError `OUTPUT_FAILED` for a file that no export wrote. */
function stateOf(path: string, { text }: AirflowFile): "new" | "changed" | "unchanged" {
  const there = textOf(path);
  if (there === undefined) return "new";
  if (there === text) return "unchanged";
  if (there.includes(generatedMark)) return "changed";
  throw new CommandError(
    "OUTPUT_FAILED",
    `${path} was not written by ffe pipeline export, so it stays. Nothing was written. Move it away, or name another folder by --output or --plugins`,
  );
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") return undefined;
    throw isFileError(error)
      ? new CommandError("OUTPUT_FAILED", `Cannot look at ${path}: ${fileReason(error)}`, { cause: error })
      : error;
  }
}

function tellNotes(
  chosen: readonly PipelineDefinition[],
  all: readonly PipelineDefinition[],
  assets: readonly string[],
  output: string,
): void {
  const spread = chosen.some(({ tasks }) => tasks.some(({ fanOut }) => fanOut === "assets"));
  if (spread && assets.length === 0)
    say(
      "Note: the configuration names no assets (ingestion.assets), so ingestion is one task for all of them.",
    );
  const known = new Set(all.map(({ name }) => `${name}_pipeline.py`));
  for (const name of oldFiles(output).filter((one) => !known.has(one)))
    say(
      `Note: ${join(output, name)} is of a pipeline that no longer exists. Delete it, or Airflow keeps running it.`,
    );
}

/** Files in the folder that an export wrote. */
function oldFiles(folder: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    // A dry run makes no folder.
    return [];
  }
  return names.filter(
    (name) => name.endsWith("_pipeline.py") && textOf(join(folder, name))?.includes(generatedMark) === true,
  );
}
