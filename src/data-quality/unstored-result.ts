import { QualityError } from "./quality-error.ts";
import type { ValidationResult } from "./result.ts";

/** A validation that came to its end, with a result that could not be appended to `ops.quality_results`. */
export class UnstoredResult extends QualityError {
  override readonly name: string = "UnstoredResult";
  readonly result: ValidationResult;

  constructor(result: ValidationResult, cause: unknown) {
    const { evaluated_expectations: all, successful_expectations: held } = result.statistics;
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      "RESULT_NOT_STORED",
      `${String(result.meta["table_name"])} was validated, and ${held} of ${all} expectations of ${result.suite_name} ${held === 1 ? "holds" : "hold"}; the result could not be kept: ${reason}`,
      { cause, nextStep: "ffe validate --no-store (store: false) validates without keeping the result." },
    );
    this.result = result;
  }
}
