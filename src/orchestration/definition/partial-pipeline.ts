import { downstreamOf } from "../run/rerun.ts";
import { OrchestrationError } from "../orchestration-error.ts";
import type { PipelineDefinition } from "./pipeline-definition.ts";

/** The pipeline from one task on, without those that do not wait for it. */
export function fromTask(definition: PipelineDefinition, from: string): PipelineDefinition {
  const kept = new Set(downstreamOf(definition.tasks, from));
  const tasks = definition.tasks
    .filter(({ id }) => kept.has(id))
    .map((task) => ({ ...task, dependsOn: task.dependsOn.filter((other) => kept.has(other)) }));
  return { ...definition, tasks };
}

/** The pipeline with other values for its parameters. */
export function withParameters(
  definition: PipelineDefinition,
  values: Readonly<Record<string, string>>,
): PipelineDefinition {
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(definition.parameters, name));
  if (unknown !== undefined) {
    const names = Object.keys(definition.parameters);
    const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
    throw new OrchestrationError(
      "INVALID_ARGUMENT",
      `${definition.name} has no parameter ${unknown}: ${known}`,
    );
  }
  return { ...definition, parameters: { ...definition.parameters, ...values } };
}
