import { field, structType } from "finance-feedback-delta";

import type { TableDefinition } from "./table-definition.ts";

/** A row for each expectation of each validation: quality over time, and over versions. */
export const qualityResults: TableDefinition = {
  name: "quality_results",
  layer: "ops",
  description: "What came of each expectation of each validation",
  schema: structType([
    field("run_id", "string"),
    field("validated_at", "timestamp"),
    field("suite_name", "string"),
    field("table_name", "string"),
    field("table_version", "long"),
    field("expectation_type", "string"),
    field("column_name", "string"),
    field("kwargs", "string"),
    field("severity", "string"),
    field("success", "boolean"),
    field("element_count", "long"),
    field("unexpected_count", "long"),
    field("unexpected_percent", "double"),
    field("observed_value", "string"),
    field("samples", "string"),
    field("exception_message", "string"),
    // At the end, where a table from before the gate gets them.
    field("table_id", "string"),
    field("since_version", "long"),
  ]),
  partitionBy: [],
  properties: {},
  key: ["run_id", "expectation_type", "kwargs"],
};
