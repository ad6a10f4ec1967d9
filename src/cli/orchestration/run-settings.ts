import type { NamedReceiver } from "../../orchestration/alerts/alerts-schema.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import type { RunContext } from "../../orchestration/state/run-event.ts";

/**
 * The settings that commands about runs take from the configuration. They are plain data without secrets, so one process can
 * pass them to another as JSON.
 */
export interface RunSettings {
  readonly pipelines: readonly PipelineDefinition[];
  /** The absolute path of the store of runs. */
  readonly stateFolder: string;
  readonly context: RunContext;
  readonly receivers: readonly NamedReceiver[];
  readonly lineage: {
    readonly namespace?: string | undefined;
    readonly file?: string | undefined;
    readonly url?: string | undefined;
  };
}
