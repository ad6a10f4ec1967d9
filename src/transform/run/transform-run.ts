import type { Project } from "../project/project.ts";
import type { ProjectError } from "../project/project-error.ts";
import type { HookNode, ProjectNode, ResourceType, UniqueId } from "../project/resources.ts";
import { NodeReads } from "../relations/node-reads.ts";
import { failureMessage } from "./failure-message.ts";
import { NodeExecutor, runHookSql } from "./node-executor.ts";
import type { ExecutionOptions, RunnableNode } from "./node-executor.ts";
import { tellResult, tellStart } from "./node-events.ts";
import type { NodeResult } from "./node-result.ts";
import { isFailure } from "./node-result.ts";
import { runGraph } from "./run-graph.ts";
import type { SkipReason } from "./run-graph.ts";
import { runPlan } from "./run-plan.ts";

/** What a run does with the nodes that are selected, in dbt's words. */
export const transformCommands = ["build", "run", "test", "seed", "snapshot", "compile"] as const;
export type TransformCommand = (typeof transformCommands)[number];

const runTypes: Readonly<Record<TransformCommand, readonly ResourceType[]>> = {
  build: ["model", "seed", "snapshot", "test"],
  run: ["model"],
  test: ["test"],
  seed: ["seed"],
  snapshot: ["snapshot"],
  compile: ["model", "snapshot", "test"],
};

export interface TransformRunOptions extends ExecutionOptions {
  readonly command: TransformCommand;
  readonly selected: ReadonlySet<UniqueId>;
  readonly threads: number;
  readonly failFast: boolean;
  readonly isStopped?: (() => boolean) | undefined;
  readonly onStart?: ((node: RunnableNode) => void) | undefined;
  readonly onResult?: ((node: RunnableNode, result: NodeResult) => void) | undefined;
}

export interface TransformRunResult {
  readonly invocationId: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** In the order in which they ended; hooks of the run first and last. */
  readonly results: readonly NodeResult[];
}

/** The nodes that a command runs, in the order of their graph. */
export function runnableNodes(
  project: Project,
  command: TransformCommand,
  selected: ReadonlySet<UniqueId>,
): readonly RunnableNode[] {
  const types = runTypes[command];
  return project.graph.order.flatMap((id) => {
    const node = selected.has(id) ? project.nodes.get(id) : undefined;
    return node !== undefined && isRunnable(node) && types.includes(node.resourceType) && !isEphemeral(node)
      ? [node]
      : [];
  });
}

/** Runs the selected nodes of a project, each as soon as what it depends on has run. */
export async function runTransform(options: TransformRunOptions): Promise<TransformRunResult> {
  const { project, command, clock, threads, failFast, invocationId } = options;
  const startedAt = new Date(clock.now());
  const nodes = new Map(
    runnableNodes(project, command, options.selected).map((node) => [node.uniqueId, node]),
  );
  const isTest = (id: UniqueId): boolean => nodes.get(id)?.resourceType === "test";
  const plan = runPlan(project.graph, new Set(nodes.keys()), isTest, { testsBlock: command === "build" });
  const executor = new NodeExecutor(options);
  const begun = refusedHooks(options) ?? (await runMoment(options, "on-run-start"));
  const hasBegun = !begun.some(isFailure);
  const skipped = (id: string, reason: SkipReason): NodeResult =>
    skippedResult(id, reason, new Date(clock.now()));
  const tell = (result: NodeResult): void => {
    const node = nodes.get(result.uniqueId);
    if (node === undefined) return;
    tellResult(options, node, result);
    options.onResult?.(node, result);
  };
  let results: readonly NodeResult[];
  try {
    results = await runGraph(plan, {
      threads,
      failFast,
      // Tests that run together end together: none could be left out behind the first that fails.
      isShared: (id) => !failFast && executor.isShared(nodeOf(nodes, id)),
      isStopped: () => !hasBegun || options.isStopped?.() === true,
      execute: async (id) => executor.execute(nodeOf(nodes, id)),
      skip: skipped,
      onStart: (id) => {
        const node = nodeOf(nodes, id);
        tellStart(options, node);
        options.onStart?.(node);
      },
      onResult: tell,
    });
  } finally {
    await executor.close();
  }
  const ended = hasBegun ? await runMoment(options, "on-run-end") : [];
  return {
    invocationId,
    startedAt,
    endedAt: new Date(clock.now()),
    results: [...begun, ...results, ...ended],
  };
}

/** The hooks of the run that cannot be run, so that nothing of it is; `undefined` where all can. */
function refusedHooks({
  project,
  clock,
  command,
  dryRun,
}: TransformRunOptions): readonly NodeResult[] | undefined {
  if (dryRun || command === "compile") return undefined;
  const results = [...hooksOf(project, "on-run-start"), ...hooksOf(project, "on-run-end")].flatMap(
    ({ uniqueId }): readonly NodeResult[] => {
      const error = project.refusals.get(uniqueId);
      const moment = new Date(clock.now());
      return error === undefined
        ? []
        : [
            {
              uniqueId,
              status: "error",
              message: failureText(error),
              error,
              startedAt: moment,
              endedAt: moment,
            },
          ];
    },
  );
  return results.length === 0 ? undefined : results;
}

function failureText({ message, nextStep }: ProjectError): string {
  return nextStep === undefined ? message : `${message}. ${nextStep}`;
}

/** Hooks of the run: they stop at the first that fails. A run that only compiles or rehearses has none. */
async function runMoment(
  { project, compiler, lake, clock, command, dryRun }: TransformRunOptions,
  moment: HookNode["moment"],
): Promise<readonly NodeResult[]> {
  if (dryRun || command === "compile") return [];
  const results: NodeResult[] = [];
  for (const hook of hooksOf(project, moment)) {
    const startedAt = new Date(clock.now());
    const reads = new NodeReads(lake);
    const common = { uniqueId: hook.uniqueId, startedAt };
    try {
      const sql = await compiler.compile(hook, reads);
      if (sql.trim() !== "") await runHookSql(lake, sql, reads);
      results.push({ ...common, status: "success", message: "OK", endedAt: new Date(clock.now()) });
    } catch (error) {
      const message = failureMessage(hook, error);
      results.push({ ...common, status: "error", message, error, endedAt: new Date(clock.now()) });
      return results;
    }
  }
  return results;
}

function hooksOf(project: Project, moment: HookNode["moment"]): readonly HookNode[] {
  return [...project.nodes.values()]
    .flatMap((node) => (node.resourceType === "operation" && node.moment === moment ? [node] : []))
    .toSorted((left, right) => left.index - right.index);
}

function isRunnable(node: ProjectNode): node is RunnableNode {
  return node.resourceType !== "analysis" && node.resourceType !== "operation";
}

function isEphemeral(node: ProjectNode): boolean {
  return node.resourceType === "model" && node.config.materialized === "ephemeral";
}

function nodeOf(nodes: ReadonlyMap<string, RunnableNode>, id: string): RunnableNode {
  const node = nodes.get(id);
  if (node === undefined) throw new TypeError(`${id} is not a node of this run`);
  return node;
}

function skippedResult(uniqueId: string, reason: SkipReason, moment: Date): NodeResult {
  return { uniqueId, status: "skipped", message: skipMessage(reason), startedAt: moment, endedAt: moment };
}

function skipMessage(reason: SkipReason): string {
  switch (reason.kind) {
    case "upstream":
      return `skipped, because ${reason.of} did not succeed`;
    case "fail-fast":
      return "skipped, because another node failed and the run is to fail fast";
    case "stopped":
      return "skipped, because the run was stopped";
  }
}
