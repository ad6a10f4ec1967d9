import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ProjectError } from "../project/project-error.ts";
import type { Project } from "../project/project.ts";
import type { Resource } from "../project/resources.ts";
import { selectResources } from "../project/selection/select-resources.ts";
import type { SelectionSpec } from "../project/selection/selection-spec.ts";
import { readSelectors } from "../project/selection/yaml-selectors.ts";
import { previousStatuses } from "./project-files.ts";
import type { ProjectFiles } from "./project-files.ts";

/** Which resources of a project are meant, as dbt's options say it. */
export interface ResourceChoice {
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** The name of a selection that `selectors.yml` defines. */
  readonly selector?: string | undefined;
}

/**
 * The resources that are chosen; all that the project's default selector has, or all, where nothing is.
 *
 * @param files where the last run left its results, for `result:`.
 * @throws ProjectError `INVALID_SELECTION`
 */
export async function chosenResources(
  project: Project,
  { select, exclude, selector }: ResourceChoice,
  files: ProjectFiles | undefined,
): Promise<readonly Resource[]> {
  const isChosen = select !== undefined || exclude !== undefined;
  const spec = isChosen && selector === undefined ? undefined : selectorOf(project, selector);
  const statuses = files === undefined ? undefined : await previousStatuses(files);
  return selectResources(project, { select, exclude, spec, previousStatuses: statuses });
}

/** The selection of that name in `selectors.yml`; its default one, if any, without a name. */
function selectorOf({ folder }: Project, name: string | undefined): SelectionSpec | undefined {
  const file = join(folder, "selectors.yml");
  if (!existsSync(file)) {
    if (name === undefined) return undefined;
    throw new ProjectError(
      "INVALID_SELECTION",
      `There is no ${file}, which would define the selector ${name}`,
    );
  }
  const selectors = readSelectors(readFileSync(file, "utf8"), file, "eager");
  const wanted = name ?? selectors.defaultName;
  return wanted === undefined ? undefined : selectors.named(wanted);
}
