import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { builtInProject } from "../transform/built-in-project.ts";
import { emptyMap, isPlainMap } from "../transform/project/plain.ts";
import type { PlainMap } from "../transform/project/plain.ts";
import type { Resource, UniqueId } from "../transform/project/resources.ts";
import { readYaml } from "../transform/project/yaml-file.ts";
import { chosenResources } from "../transform/run/chosen-resources.ts";
import { openProject, targetFolderOf } from "../transform/run/open-project.ts";
import type { CommandFlags, OpenProject } from "../transform/run/open-project.ts";
import { ProjectFiles } from "../transform/run/project-files.ts";
import { CommandError } from "./command-error.ts";
import { besideTables } from "./beside-tables.ts";
import type { ProjectOptions, SelectionOptions } from "./grammar/project-options.ts";
import type { Lakehouse } from "./lakehouse.ts";
import { say } from "./output/say.ts";

/** The project of a command, and the folder for its output. */
export interface OpenedProject extends OpenProject {
  readonly files: ProjectFiles;
}

/** Reads the project that the options name: the folder's own, or the models that come with ffe. */
export function openedProject(
  options: ProjectOptions,
  { lake, clock }: Pick<Lakehouse, "lake" | "clock">,
  flags: CommandFlags,
): OpenedProject {
  const folder = projectFolder(options.projectDir);
  const isQuiet = options.quiet === true;
  const opened = openProject({
    lake,
    clock,
    folder,
    vars: variablesOf(options.vars),
    targetName: options.target,
    flags,
    // Templates read it often, and each read of process.env is a system call.
    environment: { ...process.env },
    log: (message, isInfo) => {
      if (isInfo && !isQuiet) say(message);
    },
    warn: say,
  });
  const { project } = opened;
  if (!isQuiet) for (const warning of project.warnings) say(`Warning: ${warning}`);
  const builtInTarget =
    folder === builtInProject
      ? besideTables(options.storage, "transform", join("data", "transform"))
      : undefined;
  const target = options.targetPath ?? builtInTarget ?? join(folder, targetFolderOf(project));
  return { ...opened, files: new ProjectFiles(resolve(target)) };
}

function projectFolder(asked: string | undefined): string {
  if (asked !== undefined) return resolve(asked);
  const own = [".", "transform"].find((folder) => existsSync(join(folder, "dbt_project.yml")));
  return own === undefined ? builtInProject : resolve(own);
}

/** @throws ProjectError `INVALID_YAML`; CommandError `INVALID_ARGUMENT` */
function variablesOf(text: string | undefined): PlainMap {
  if (text === undefined) return emptyMap;
  const { value } = readYaml(text, "--vars");
  if (isPlainMap(value)) return value;
  throw new CommandError(
    "INVALID_ARGUMENT",
    `--vars gives names with values, such as '{as_of: 2026-01-01}', not ${text}`,
  );
}

/** The resources that the options choose. */
export async function selectedResources(
  { project, files }: OpenedProject,
  options: SelectionOptions,
): Promise<readonly Resource[]> {
  return chosenResources(project, options, files);
}

export async function selectedIds(
  opened: OpenedProject,
  options: SelectionOptions,
): Promise<ReadonlySet<UniqueId>> {
  return new Set((await selectedResources(opened, options)).map(({ uniqueId }) => uniqueId));
}
