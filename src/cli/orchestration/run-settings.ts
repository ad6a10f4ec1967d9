import type { NamedReceiver } from "../../orchestration/alerts/alerts-schema.ts";
import type { PipelineDefinition } from "../../orchestration/definition/pipeline-definition.ts";
import type { RunContext } from "../../orchestration/state/run-event.ts";

/**
 * What commands about runs take from the configuration. It is plain data without a secret, so that one process can hand it to
 * another as JSON.
 */
export interface RunSettings {
  readonly pipelines: readonly PipelineDefinition[];
  /** Where the store of the runs lies; a whole path. */
  readonly stateFolder: string;
  readonly context: RunContext;
  readonly receivers: readonly NamedReceiver[];
  readonly lineage: {
    readonly namespace?: string | undefined;
    readonly file?: string | undefined;
    readonly url?: string | undefined;
  };
}
