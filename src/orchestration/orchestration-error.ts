import { LakehouseError } from "finance-feedback-delta/contract";

export type OrchestrationErrorCode =
  /** A pipeline is defined in a way that cannot run. */
  | "INVALID_PIPELINE"
  | "INVALID_ARGUMENT"
  | "PIPELINE_NOT_FOUND"
  | "RUN_NOT_FOUND"
  /** What was asked of a run does not fit its state. */
  | "WRONG_STATE"
  /** The state of runs cannot be kept where it should lie. */
  | "STATE_UNUSABLE";

/** What is wrong with a pipeline, with what was asked of a run, or with where runs are kept. */
export class OrchestrationError extends LakehouseError<OrchestrationErrorCode> {
  override readonly name: string = "OrchestrationError";
}
