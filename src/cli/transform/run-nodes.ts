import { executionTime, isFailure } from "../../transform/run/node-result.ts";
import type { NodeResult, NodeStatus } from "../../transform/run/node-result.ts";
import type { RunnableNode } from "../../transform/run/node-executor.ts";
import { nodesToRun, runProject } from "../../transform/run/run-project.ts";
import type { TransformCommand, TransformRunResult } from "../../transform/run/transform-run.ts";
import type { UniqueId } from "../../transform/project/resources.ts";
import type { TransformOptions } from "../grammar/transform.ts";
import { exitCodeOfFailure, isStopped } from "../interruption.ts";
import type { Lakehouse } from "../lakehouse.ts";
import type { OpenedProject } from "../opened-project.ts";
import { countText } from "../output/count-text.ts";
import { paint } from "../output/paint.ts";
import { sayError } from "../output/say.ts";
import { withProgress } from "../watched-run.ts";

export interface NodeRunOptions extends TransformOptions {
  /** Whether each finished node gets a line; true by default. */
  readonly tellsNodes?: boolean | undefined;
}

/**
 * Runs the selected nodes with progress, and writes the artifacts of the run.
 *
 * @throws TransformError `NOTHING_SELECTED`
 */
export async function runNodes(
  command: TransformCommand,
  selected: ReadonlySet<UniqueId>,
  opened: OpenedProject,
  options: NodeRunOptions,
  { lake, clock }: Lakehouse,
): Promise<TransformRunResult> {
  const { length: total } = nodesToRun(opened.project, command, selected);
  const { fullRefresh, storeFailures, dryRun, failFast, threads, vars } = options;
  const { tellsNodes = options.json !== true && options.quiet !== true } = options;
  return withProgress(options, async (progress) => {
    let done = 0;
    let rows = 0;
    let leftOut = 0;
    const show = (doing: string): void =>
      progress.show({ unit: "nodes", done, total, rowsChecked: rows, doing });
    const made = await runProject(opened, {
      lake,
      clock,
      command,
      selected,
      isStopped,
      vars,
      fullRefresh,
      storeFailures,
      dryRun,
      failFast,
      threads,
      files: opened.files,
      onStart: (node) => show(node.name),
      onResult: (node, result) => {
        done += 1;
        rows += result.rowsAffected ?? 0;
        // A line for each remaining node would bury the earlier output.
        if (result.status === "skipped" && (failFast || isStopped())) leftOut += 1;
        else if (tellsNodes) progress.note(lineOf(node, result, done, total));
      },
    });
    if (leftOut > 0 && tellsNodes) progress.note(`${countText(leftOut, "node")} of ${total} skipped`);
    return made;
  });
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

/** `12 nodes in 1.20 s: 4 success, 8 pass` */
export function runSummary(run: TransformRunResult): string {
  const counts = countsOf(run).map(([status, count]) => `${count} ${status}`);
  const seconds = ((run.endedAt.getTime() - run.startedAt.getTime()) / 1000).toFixed(2);
  return `${countText(run.results.length, "node")} in ${seconds} s: ${counts.join(", ")}`;
}

/** The run as `--json` shows it. */
export function runJson(run: TransformRunResult, targetFolder: string): object {
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

/** Prints each failure on stderr with its file and its SQL, and how to continue. */
export function sayFailures(
  { results }: TransformRunResult,
  { project, files }: OpenedProject,
  nextStep: string,
): number {
  const failed = results.filter(isFailure);
  if (failed.length === 0) return isStopped() ? exitCodeOfFailure(1) : 0;
  const parts = failed.map(({ uniqueId, message, compiledSql }) => {
    const node = project.nodes.get(uniqueId);
    const sql =
      node === undefined || compiledSql === undefined ? "" : `\n    its SQL: ${files.compiledPath(node)}`;
    return `  ${node?.name ?? uniqueId}: ${message}${sql}`;
  });
  sayError(
    [
      `Error: ${countText(failed.length, "node")} failed; what succeeded is committed:`,
      ...parts,
      nextStep,
    ].join("\n"),
  );
  return exitCodeOfFailure(1);
}
