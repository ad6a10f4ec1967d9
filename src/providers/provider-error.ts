import { LakehouseError } from "finance-feedback-delta/contract";

import type { ProviderName } from "./provider.ts";

/** Every way in which a provider can fail. */
export type ProviderErrorCode =
  | "NETWORK_UNREACHABLE"
  | "WRONG_ADDRESS"
  | "BAD_CERTIFICATE"
  | "TIMEOUT"
  | "RATE_LIMITED"
  | "QUOTA_EXHAUSTED"
  | "PREMIUM_REQUIRED"
  | "BAD_CREDENTIALS"
  | "MISSING_CREDENTIALS"
  | "UNKNOWN_SYMBOL"
  | "UNSUPPORTED_TIMEFRAME"
  | "BAD_REQUEST"
  | "SERVER_ERROR"
  | "MALFORMED_RESPONSE"
  | "RANGE_IGNORED"
  | "CIRCUIT_OPEN"
  | "ABORTED"
  | "INVALID_ARGUMENT";

export interface ProviderErrorDetails {
  readonly code: ProviderErrorCode;
  /** `undefined` when no provider has the name. */
  readonly provider: ProviderName | undefined;
  /** What happened, with the values involved and without any secret. */
  readonly message: string;
  /** One sentence: what the user can try. */
  readonly nextStep: string;
  /** Whether the same request can succeed later without a change by the user. */
  readonly transient: boolean;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A failure of a provider, or of the network on the way to it. */
export class ProviderError extends LakehouseError<ProviderErrorCode> {
  override readonly name: string = "ProviderError";
  readonly provider: ProviderName | undefined;
  declare readonly nextStep: string;
  readonly transient: boolean;
  readonly retryAfterMs: number | undefined;

  constructor({ code, provider, message, nextStep, transient, retryAfterMs, cause }: ProviderErrorDetails) {
    super(code, message, cause === undefined ? { nextStep } : { nextStep, cause });
    this.provider = provider;
    this.transient = transient;
    this.retryAfterMs = retryAfterMs;
  }
}
