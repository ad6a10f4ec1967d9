/** Pipelines of your own, in TypeScript: `finance-feedback-pipelines/orchestration`. It loads neither DuckDB nor the lake. */
export { builtInPipelines } from "./definition/built-in-pipelines.ts";
export {
  dbtMarts,
  dbtStaging,
  dbtTests,
  ingestHistoricalOhlc,
  optimizeTables,
  refreshDashboards,
  validateDataQuality,
} from "./definition/daily-tasks.ts";
export { definePipeline } from "./definition/define-pipeline.ts";
export type { Duration, PipelineInput, TaskInput } from "./definition/define-pipeline.ts";
export type {
  CatchUp,
  DaysOfMonth,
  Overlap,
  PipelineDefinition,
  TaskDefinition,
  Trigger,
} from "./definition/pipeline-definition.ts";
export { OrchestrationError } from "./orchestration-error.ts";
export type { OrchestrationErrorCode } from "./orchestration-error.ts";
