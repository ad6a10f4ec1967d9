/** A receiver did not accept an alert. The message holds no secret. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** How long the receiver asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}
