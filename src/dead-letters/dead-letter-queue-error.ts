import { LakehouseError } from "finance-feedback-delta/contract";
import type { LakehouseErrorOptions } from "finance-feedback-delta/contract";

export type DeadLetterQueueErrorCode = "INVALID_ARGUMENT" | "UNREADABLE_DEAD_LETTER" | "NO_REPLAYER";

/** A dead letter that cannot be used, or a call of the queue that cannot be right: the message names it, and what is wrong. */
export class DeadLetterQueueError extends LakehouseError<DeadLetterQueueErrorCode> {
  override readonly name: string = "DeadLetterQueueError";
  /** The file that is damaged. */
  readonly path: string | undefined;

  constructor(
    code: DeadLetterQueueErrorCode,
    message: string,
    { path, ...options }: LakehouseErrorOptions & { readonly path?: string | undefined } = {},
  ) {
    super(code, message, options);
    this.path = path;
  }
}
