import type { ProviderName } from "./provider.ts";

/** Every way in which a provider can fail. */
export type ProviderErrorCode =
  | "NETWORK_UNREACHABLE"
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
  | "CIRCUIT_OPEN"
  | "ABORTED";

export interface ProviderErrorDetails {
  readonly code: ProviderErrorCode;
  readonly provider: ProviderName;
  /** What happened, with the values involved and without any secret. */
  readonly message: string;
  /** One sentence: what the user can try. */
  readonly nextStep: string;
  /** Whether the same request can succeed later without anybody changing anything. */
  readonly transient: boolean;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A failure of a provider, or of the way to it. */
export class ProviderError extends Error {
  readonly code: ProviderErrorCode;
  readonly provider: ProviderName;
  readonly nextStep: string;
  readonly transient: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(details: ProviderErrorDetails) {
    super(details.message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "ProviderError";
    this.code = details.code;
    this.provider = details.provider;
    this.nextStep = details.nextStep;
    this.transient = details.transient;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The providers' names as people write them. */
export const providerTitles: Readonly<Record<ProviderName, string>> = {
  alpha_vantage: "Alpha Vantage",
  coinbase: "Coinbase",
  oanda: "Oanda",
  demo: "The demo provider",
};
