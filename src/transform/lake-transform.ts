import { join, resolve } from "node:path";

import { jsonReady } from "finance-feedback-delta/contract";

import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { builtInProject } from "./built-in-project.ts";
import { emptyMap, isPlainMap, plainFromJson } from "./project/plain.ts";
import type { PlainMap } from "./project/plain.ts";
import type { Resource } from "./project/resources.ts";
import { chosenResources } from "./run/chosen-resources.ts";
import { isFailure } from "./run/node-result.ts";
import { openProject, targetFolderOf } from "./run/open-project.ts";
import type { CommandFlags, OpenProject } from "./run/open-project.ts";
import { ProjectFiles } from "./run/project-files.ts";
import { nodesToRun, runProject } from "./run/run-project.ts";
import type { TransformCommand } from "./run/transform-run.ts";
import type {
  ProjectRequest,
  TransformNode,
  TransformRequest,
  TransformResult,
  TransformRun,
} from "./transform-request.ts";

/** What projects are run with. */
export interface TransformContext {
  readonly lake: DeltaLakeManager;
  readonly clock: Clock;
  /** What templates see by `env_var`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs a project as the command does, without printing.
 *
 * @throws TransformError `INVALID_ARGUMENT`, `NOTHING_SELECTED`; ProjectError, TemplateError with file and line for a project
 *   that cannot be read. A node that fails is a result.
 */
export async function transformLake(
  context: TransformContext,
  command: TransformCommand,
  request: TransformRequest,
): Promise<TransformRun> {
  const { lake, clock } = context;
  const { fullRefresh, storeFailures, dryRun, failFast, threads, signal, onStart, onResult } = request;
  const { opened, files } = openedFor(context, request, { which: command, fullRefresh, storeFailures });
  const { project } = opened;
  const chosen = await chosenResources(project, request, files);
  const selected = new Set(chosen.map(({ uniqueId }) => uniqueId));
  request.onPlan?.(nodesToRun(project, command, selected).map(nodeOf));
  const run = await runProject(opened, {
    lake,
    clock,
    command,
    selected,
    files,
    fullRefresh,
    storeFailures,
    dryRun,
    failFast,
    threads,
    vars: request.vars === undefined ? undefined : JSON.stringify(jsonReady(request.vars)),
    isStopped: () => signal?.aborted === true,
    onStart: (node) => onStart?.(nodeOf(node)),
    onResult: (node, result) => onResult?.({ ...nodeOf(node), ...result }),
  });
  const results = run.results.map((result): TransformResult => {
    const node = project.nodes.get(result.uniqueId);
    return node === undefined
      ? { name: result.uniqueId, kind: "operation", ...result }
      : { ...nodeOf(node), ...result };
  });
  const isSuccess = results.every((result) => !isFailure(result) && result.status !== "skipped");
  return { ...run, isSuccess, results };
}

/** The resources of a project that are chosen. */
export async function listResources(
  context: TransformContext,
  request: ProjectRequest,
): Promise<readonly TransformNode[]> {
  const { opened, files } = openedFor(context, request, { which: "list" });
  return (await chosenResources(opened.project, request, files)).map(nodeOf);
}

function openedFor(
  { lake, clock, environment }: TransformContext,
  { projectDir, targetPath, target, vars, onMessage }: ProjectRequest,
  flags: CommandFlags,
): { readonly opened: OpenProject; readonly files: ProjectFiles | undefined } {
  const folder = projectDir === undefined ? builtInProject : resolve(projectDir);
  const tell = (message: string): void => onMessage?.(message);
  const opened = openProject({
    lake,
    clock,
    folder,
    flags,
    environment,
    vars: variablesOf(vars),
    targetName: target,
    log: tell,
    warn: tell,
  });
  for (const warning of opened.project.warnings) tell(warning);
  const own = projectDir === undefined ? undefined : join(folder, targetFolderOf(opened.project));
  const path = targetPath === undefined ? own : resolve(targetPath);
  return { opened, files: path === undefined ? undefined : new ProjectFiles(path) };
}

function variablesOf(vars: Readonly<Record<string, unknown>> = {}): PlainMap {
  const plain = plainFromJson(jsonReady(vars));
  return isPlainMap(plain) ? plain : emptyMap;
}

function nodeOf({ uniqueId, name, resourceType }: Resource): TransformNode {
  return { uniqueId, name, kind: resourceType };
}
