/**
 * What can go wrong with a peer:
 * `PEER_REFUSED` it answered with an error, `PEER_DIED` its process ended, `PEER_HUNG` it did not answer
 * in time, `PEER_ANSWER` its answer is not what the client understands.
 */
export type PeerErrorCode = "PEER_REFUSED" | "PEER_DIED" | "PEER_HUNG" | "PEER_ANSWER";

export class PeerError extends Error {
  override readonly name = "PeerError";
  readonly code: PeerErrorCode;
  /** The class of the peer's own error, `PEER_REFUSED` only. */
  readonly peerErrorType: string | undefined;

  constructor(
    code: PeerErrorCode,
    message: string,
    options: { readonly peerErrorType?: string; readonly cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.peerErrorType = options.peerErrorType;
  }
}
