import { executionTime, isFailure } from "../../transform/run/node-result.ts";
import type { NodeResult, NodeStatus } from "../../transform/run/node-result.ts";
import type { RunnableNode } from "../../transform/run/node-executor.ts";
import { runnableNodes, runTransform, transformCommands } from "../../transform/run/transform-run.ts";
import type { TransformCommand, TransformRunResult } from "../../transform/run/transform-run.ts";
import type { UniqueId } from "../../transform/project/resources.ts";
import { TransformError } from "../../transform/transform-error.ts";
import type { TransformOptions } from "../grammar/transform.ts";
import { exitCodeOfFailure, isStopped } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { openedProject, selectedIds } from "../opened-project.ts";
import type { OpenedProject } from "../opened-project.ts";
import { countText } from "../output/count-text.ts";
import { paint } from "../output/paint.ts";
import { sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { withProgress } from "../watched-run.ts";

/** `ffe transform build` and its like: 1 when a node failed. */
export async function transformRun(command: TransformCommand, options: TransformOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const opened = openedProject(options, lakehouse, { ...options, which: command });
    const selected = await selectedIds(opened, options);
    return runNodes(command, selected, opened, options, lakehouse);
  });
}

/** `ffe transform retry` */
export async function transformRetry(options: TransformOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const { files } = openedProject(options, lakehouse, { which: "retry" });
    const previous = await files.previousRun();
    const command = transformCommands.find((known) => known === previous.args.which);
    if (command === undefined)
      throw new TransformError(
        "NOTHING_SELECTED",
        `The last run was ${previous.args.which}: it has no retry`,
      );
    const { fullRefresh = previous.args["full_refresh"] === true } = options;
    const repeated = { ...options, fullRefresh };
    const opened = openedProject(repeated, lakehouse, { ...repeated, which: command });
    return runNodes(command, new Set(previous.toRetry), opened, repeated, lakehouse);
  });
}

async function runNodes(
  command: TransformCommand,
  selected: ReadonlySet<UniqueId>,
  opened: OpenedProject,
  options: TransformOptions,
  { lake, clock }: Lakehouse,
): Promise<number> {
  const { project, compiler, files, invocationId } = opened;
  const nodes = runnableNodes(project, command, selected);
  if (nodes.length === 0)
    throw new TransformError(
      "NOTHING_SELECTED",
      `There is nothing to ${command}: no resource of ${project.name} fits the selection`,
      { nextStep: "ffe transform list shows what there is." },
    );
  const {
    dryRun = false,
    fullRefresh = false,
    failFast = false,
    storeFailures = false,
    json = false,
  } = options;
  const run = await withProgress(options, async (progress) => {
    let done = 0;
    let rows = 0;
    const show = (doing: string): void =>
      progress.show({ unit: "nodes", done, total: nodes.length, rowsChecked: rows, doing });
    return runTransform({
      lake,
      compiler,
      clock,
      project,
      invocationId,
      command,
      selected,
      fullRefresh,
      storeFailures,
      failFast,
      isStopped,
      dryRun: dryRun || command === "compile",
      threads: options.threads ?? 4,
      onCompiled: async (node, sql) => files.writeCompiled(node, sql),
      onStart: (node) => show(node.name),
      onResult: (node, result) => {
        done += 1;
        rows += result.rowsAffected ?? 0;
        if (!json && options.quiet !== true) progress.note(lineOf(node, result, done, nodes.length));
      },
    });
  });
  const args = { which: command, full_refresh: fullRefresh, vars: options.vars ?? null };
  if (!dryRun) await files.writeArtifacts(project, run, args);
  const whole = nameable(project.nodes);
  if (json) await writeOut(`${JSON.stringify(documentOf(run, files.folder), null, 2)}\n`);
  else await writeOut(`${summaryOf(run)}\n`);
  return concluded(run, whole, opened);
}

function nameable(nodes: OpenedProject["project"]["nodes"]): (id: UniqueId) => string {
  return (id) => nodes.get(id)?.name ?? id;
}

/** ` 3 of 12  OK  model silver.int_bars  MERGE 120  1.2 s` */
function lineOf(node: RunnableNode, result: NodeResult, done: number, total: number): string {
  const { status, message } = result;
  const count = `${String(done).padStart(String(total).length)} of ${total}`;
  const name = node.resourceType === "test" ? node.name : `${node.schema}.${node.alias}`;
  const said = isFailure(result) || status === "skipped" ? "" : ` ${message}`;
  const seconds = status === "skipped" ? "" : ` in ${executionTime(result).toFixed(2)} s`;
  return `${count} ${paint(colors[status], status.toUpperCase(), process.stderr)} ${node.resourceType} ${name}${said}${seconds}`;
}

const colors: Readonly<Record<NodeStatus, "green" | "red" | "yellow">> = {
  success: "green",
  pass: "green",
  "no-op": "green",
  warn: "yellow",
  skipped: "yellow",
  error: "red",
  fail: "red",
};

const statuses: readonly NodeStatus[] = ["success", "pass", "warn", "error", "fail", "skipped", "no-op"];

function countsOf({ results }: TransformRunResult): readonly (readonly [NodeStatus, number])[] {
  return statuses
    .map((status) => [status, results.filter((result) => result.status === status).length] as const)
    .filter(([, count]) => count > 0);
}

function summaryOf(run: TransformRunResult): string {
  const counts = countsOf(run).map(([status, count]) => `${count} ${status}`);
  const seconds = ((run.endedAt.getTime() - run.startedAt.getTime()) / 1000).toFixed(2);
  return `${countText(run.results.length, "node")} in ${seconds} s: ${counts.join(", ")}`;
}

function documentOf(run: TransformRunResult, targetFolder: string): object {
  return {
    invocation_id: run.invocationId,
    elapsed_seconds: (run.endedAt.getTime() - run.startedAt.getTime()) / 1000,
    target_path: targetFolder,
    counts: Object.fromEntries(countsOf(run)),
    results: run.results.map((result) => ({
      unique_id: result.uniqueId,
      status: result.status,
      message: result.message,
      relation_name: result.relationName ?? null,
      rows_affected: result.rowsAffected ?? null,
      table_version: result.tableVersion ?? null,
      failures: result.failures ?? null,
      execution_seconds: executionTime(result),
    })),
  };
}

/** What failed stands last, on stderr, each with its file and its SQL. */
function concluded(
  { results }: TransformRunResult,
  nameOf: (id: UniqueId) => string,
  { project, files }: OpenedProject,
): number {
  const failed = results.filter(isFailure);
  if (failed.length === 0) return isStopped() ? exitCodeOfFailure(1) : 0;
  const parts = failed.map((result) => {
    const node = project.nodes.get(result.uniqueId);
    const sql =
      node === undefined || result.compiledSql === undefined
        ? ""
        : `\n    its SQL: ${files.compiledPath(node)}`;
    return `  ${nameOf(result.uniqueId)}: ${result.message}${sql}`;
  });
  sayError(
    [
      `Error: ${countText(failed.length, "node")} failed; what succeeded is committed:`,
      ...parts,
      "When it is mended, ffe transform retry goes on from there.",
    ].join("\n"),
  );
  return exitCodeOfFailure(1);
}
