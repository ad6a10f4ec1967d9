import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import { airflowDag } from "./airflow-dag.ts";
import type { AirflowDagOptions } from "./airflow-dag.ts";
import { dagFile } from "./dag-file.ts";
import type { DagFileOptions } from "./dag-file.ts";
import { deadlineFile, deadlineModule } from "./deadline-file.ts";

export interface AirflowFile {
  /** `dags` or `plugins`: the folder of Airflow that it belongs into. */
  readonly folder: "dags" | "plugins";
  readonly name: string;
  readonly text: string;
}

/**
 * A file for each pipeline, and a module for plugins where one of them has a deadline. The same pipelines make the same
 * files, whatever the time and the machine.
 *
 * @throws OrchestrationError for a pipeline that Airflow cannot have as it is.
 */
export function airflowFiles(
  definitions: readonly PipelineDefinition[],
  options: AirflowDagOptions & DagFileOptions,
): readonly AirflowFile[] {
  const dags = definitions.map((definition) => ({ definition, dag: airflowDag(definition, options) }));
  const files = dags.map(({ definition, dag }) => ({
    folder: "dags" as const,
    name: `${dag.dagId}_pipeline.py`,
    text: dagFile(dag, definition, options),
  }));
  if (dags.every(({ dag }) => dag.deadline === undefined)) return files;
  return [
    ...files,
    { folder: "plugins", name: `${deadlineModule}.py`, text: deadlineFile(options.generator) },
  ];
}
