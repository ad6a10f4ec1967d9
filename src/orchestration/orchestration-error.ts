import { LakehouseError } from "finance-feedback-delta/contract";

export type OrchestrationErrorCode =
  /** A pipeline is defined in a way that cannot run. */
  | "INVALID_PIPELINE"
  | "INVALID_ARGUMENT"
  | "PIPELINE_NOT_FOUND"
  | "RUN_NOT_FOUND"
  /** What was asked of a run does not fit its state. */
  | "WRONG_STATE"
  /** The state of runs cannot be stored in its folder. */
  | "STATE_UNUSABLE"
  /** The disk has no room for the state of runs. */
  | "STATE_FULL";

/** A pipeline is wrong, a request does not fit a run's state, or the store of runs cannot be used. */
export class OrchestrationError extends LakehouseError<OrchestrationErrorCode> {
  override readonly name: string = "OrchestrationError";
}
