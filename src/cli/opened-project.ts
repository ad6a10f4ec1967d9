import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { builtInProject } from "../transform/built-in-project.ts";
import { emptyMap, isPlainMap } from "../transform/project/plain.ts";
import type { PlainMap } from "../transform/project/plain.ts";
import type { Project } from "../transform/project/project.ts";
import type { Resource, UniqueId } from "../transform/project/resources.ts";
import { selectResources } from "../transform/project/selection/select-resources.ts";
import type { SelectionSpec } from "../transform/project/selection/selection-spec.ts";
import { readSelectors } from "../transform/project/selection/yaml-selectors.ts";
import { readYaml } from "../transform/project/yaml-file.ts";
import { openProject } from "../transform/run/open-project.ts";
import type { CommandFlags, OpenProject } from "../transform/run/open-project.ts";
import { previousStatuses, ProjectFiles } from "../transform/run/project-files.ts";
import { CommandError } from "./command-error.ts";
import type { ProjectOptions, SelectionOptions } from "./grammar/project-options.ts";
import { besideTables } from "./lakehouse.ts";
import type { Lakehouse } from "./lakehouse.ts";
import { say } from "./output/say.ts";

/** A project that a command works with, and the folder of what it leaves. */
export interface OpenedProject extends OpenProject {
  readonly files: ProjectFiles;
}

/** Reads the project that the options name: the folder's own, or the models that come with ffe. */
export function openedProject(
  options: ProjectOptions,
  { lake, clock }: Lakehouse,
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
    // Each template looks through it, and each look at the process's own is a call of the system.
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
  const target = options.targetPath ?? builtInTarget ?? join(folder, targetOf(project));
  return { ...opened, files: new ProjectFiles(resolve(target)) };
}

function projectFolder(asked: string | undefined): string {
  if (asked !== undefined) return resolve(asked);
  const own = [".", "transform"].find((folder) => existsSync(join(folder, "dbt_project.yml")));
  return own === undefined ? builtInProject : resolve(own);
}

function targetOf(project: Project): string {
  return project.packages.get(project.name)?.file.targetPath ?? "target";
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
  { select, exclude, selector }: SelectionOptions,
): Promise<readonly Resource[]> {
  const isChosen = select !== undefined || exclude !== undefined;
  const spec = isChosen && selector === undefined ? undefined : selectorOf(project, selector);
  return selectResources(project, { select, exclude, spec, previousStatuses: await previousStatuses(files) });
}

/** The selection of that name in `selectors.yml`; its default one, if any, without a name. */
function selectorOf({ folder }: Project, name: string | undefined): SelectionSpec | undefined {
  const file = join(folder, "selectors.yml");
  if (!existsSync(file)) {
    if (name === undefined) return undefined;
    throw new CommandError(
      "INVALID_ARGUMENT",
      `There is no ${file}, which would define the selector ${name}`,
    );
  }
  const selectors = readSelectors(readFileSync(file, "utf8"), file, "eager");
  const wanted = name ?? selectors.defaultName;
  return wanted === undefined ? undefined : selectors.named(wanted);
}

export async function selectedIds(
  opened: OpenedProject,
  options: SelectionOptions,
): Promise<ReadonlySet<UniqueId>> {
  return new Set((await selectedResources(opened, options)).map(({ uniqueId }) => uniqueId));
}
