import type { PipelineDefinition } from "../definition/pipeline-definition.ts";

const tableOfBars = /^bronze\.raw_market_data_(.+)$/;

/** The pipeline whose ingestion tells of the tables that it fills: those of the timeframes that are fetched. */
export function withIngestedTables(
  definition: PipelineDefinition,
  timeframes: readonly string[],
): PipelineDefinition {
  return {
    ...definition,
    tasks: definition.tasks.map((task) => ({
      ...task,
      outlets:
        task.fanOut === "assets"
          ? task.outlets.filter((outlet) => {
              const timeframe = tableOfBars.exec(outlet)?.[1];
              return timeframe === undefined || timeframes.includes(timeframe);
            })
          : task.outlets,
    })),
  };
}
