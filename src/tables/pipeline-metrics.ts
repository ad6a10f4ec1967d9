import { field, structType } from "finance-feedback-delta";
import type { ArrayType, DataType } from "finance-feedback-delta";

import type { TableDefinition } from "./table-definition.ts";

function listOf(elementType: DataType): ArrayType {
  return { type: "array", elementType, containsNull: true };
}

/** A row for each series that a command counted: what the metrics of Prometheus are added up from. */
export const pipelineMetrics: TableDefinition = {
  name: "pipeline_metrics",
  layer: "ops",
  description: "What each command counted: one row for each metric and its labels",
  schema: structType([
    // One for each command, and for each time that a program wrote its counts.
    field("recording_id", "string"),
    // The run, the pipeline, the task and the try that the command was part of; null of a command by itself.
    field("run_id", "string"),
    field("pipeline", "string"),
    field("task", "string"),
    field("try", "integer"),
    field("command", "string"),
    // success, failed, stopped by a signal, or killed: then a later command has found its counts.
    field("status", "string"),
    field("metric", "string"),
    field("type", "string"),
    // A JSON object of texts.
    field("labels", "string"),
    // What a counter grew by; of a histogram the sum of what was observed.
    field("value", "double"),
    // How many values a histogram observed, and how many of them lie in each bucket; the last bucket has no upper bound.
    field("observations", "long"),
    field("bucket_bounds", listOf("double")),
    field("bucket_counts", listOf("long")),
    field("started_at", "timestamp"),
    field("ended_at", "timestamp"),
    field("duration_seconds", "double"),
  ]),
  partitionBy: [],
  properties: {},
  key: ["recording_id", "metric", "labels"],
};
