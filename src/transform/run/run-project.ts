import type { Project } from "../project/project.ts";
import type { UniqueId } from "../project/resources.ts";
import { TransformError } from "../transform-error.ts";
import type { RunnableNode } from "./node-executor.ts";
import type { OpenProject } from "./open-project.ts";
import type { ProjectFiles } from "./project-files.ts";
import { runnableNodes, runTransform } from "./transform-run.ts";
import type { TransformCommand, TransformRunOptions, TransformRunResult } from "./transform-run.ts";

/** What one run of an opened project does; what is left out is as dbt has it. */
export interface ProjectRunRequest extends Pick<
  TransformRunOptions,
  "lake" | "clock" | "command" | "selected" | "isStopped" | "onStart" | "onResult"
> {
  readonly fullRefresh?: boolean | undefined;
  readonly storeFailures?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly failFast?: boolean | undefined;
  readonly threads?: number | undefined;
  /** Where compiled SQL and the artifacts go; nowhere when left out. */
  readonly files: ProjectFiles | undefined;
  /** The variables as the caller wrote them, for the artifacts. */
  readonly vars?: string | undefined;
}

/**
 * The nodes that a command runs.
 *
 * @throws TransformError `NOTHING_SELECTED`
 */
export function nodesToRun(
  project: Project,
  command: TransformCommand,
  selected: ReadonlySet<UniqueId>,
): readonly RunnableNode[] {
  const nodes = runnableNodes(project, command, selected);
  if (nodes.length > 0) return nodes;
  throw new TransformError(
    "NOTHING_SELECTED",
    `There is nothing to ${command}: no resource of ${project.name} fits the selection`,
    { nextStep: "ffe transform list shows what there is." },
  );
}

/**
 * Runs the selected nodes of an opened project, and leaves the files of the run.
 *
 * @throws TransformError `NOTHING_SELECTED`. A node that fails is a result.
 */
export async function runProject(
  { project, compiler, invocationId }: OpenProject,
  request: ProjectRunRequest,
): Promise<TransformRunResult> {
  const { command, selected, files, vars } = request;
  const {
    fullRefresh = false,
    storeFailures = false,
    failFast = false,
    dryRun = false,
    threads = 4,
  } = request;
  nodesToRun(project, command, selected);
  const run = await runTransform({
    ...request,
    project,
    compiler,
    invocationId,
    fullRefresh,
    storeFailures,
    failFast,
    threads,
    dryRun: dryRun || command === "compile",
    onCompiled: async (node, sql) => files?.writeCompiled(node, sql),
  });
  const args = { which: command, full_refresh: fullRefresh, vars: vars ?? null };
  // What is only compiled leaves the last run as it is, for retry.
  if (!dryRun && command !== "compile") await files?.writeArtifacts(project, run, args);
  return run;
}
