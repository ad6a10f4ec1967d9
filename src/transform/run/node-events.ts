import { pipelineEvents } from "../../events/pipeline-events.ts";
import type { RunnableNode } from "./node-executor.ts";
import { executionTime } from "./node-result.ts";
import type { NodeResult } from "./node-result.ts";

/** The run that nodes are of. */
interface RunOfNodes {
  readonly invocationId: string;
  readonly command: string;
}

/** Tells those who listen that a node begins. */
export function tellStart(
  { invocationId, command }: RunOfNodes,
  { uniqueId, resourceType }: RunnableNode,
): void {
  pipelineEvents.transformStart.publish(() => ({ invocationId, command, uniqueId, kind: resourceType }));
}

/** Tells those who listen what became of a node. */
export function tellResult(
  { invocationId, command }: RunOfNodes,
  node: RunnableNode,
  result: NodeResult,
): void {
  const { uniqueId, status, message, rowsAffected, tableVersion, failures, error } = result;
  pipelineEvents.transformNode.publish(() => ({
    invocationId,
    command,
    uniqueId,
    kind: node.resourceType,
    status,
    message,
    ...(rowsAffected === undefined ? {} : { rows: rowsAffected }),
    ...(tableVersion === undefined ? {} : { tableVersion }),
    durationSeconds: executionTime(result),
    ...(error === undefined ? {} : { error }),
  }));
  // Without a count it was not judged: it failed to run, was skipped, or was only compiled.
  if (node.resourceType !== "test" || failures === undefined) return;
  pipelineEvents.transformTest.publish(() => ({
    invocationId,
    uniqueId,
    testedNodes: node.dependsOn.nodes,
    status,
    failures,
    durationSeconds: executionTime(result),
  }));
}
