import { pipelineEvents } from "../events/pipeline-events.ts";
import type { CheckOutcome } from "../events/pipeline-events.ts";
import { reasonOf } from "./evidence.ts";
import type { ExpectationResult, ValidationResult } from "./result.ts";

/** Publishes the result of a validation; of a table when its name and version are given. */
export function publishValidation(
  { suite_name: suite, success, results }: ValidationResult,
  seconds: () => number,
  table: { readonly table?: string; readonly tableVersion?: number } = {},
): void {
  pipelineEvents.validation.publish(() => ({
    suite,
    ...table,
    success,
    checks: results.map(outcomeOf),
    durationSeconds: seconds(),
  }));
}

function outcomeOf(result: ExpectationResult): CheckOutcome {
  const failed = result.exception_info.raised_exception ? "error" : "failed";
  return {
    check: reasonOf(result),
    severity: result.expectation_config.severity,
    status: result.success ? "passed" : failed,
  };
}
