import type { Random } from "../../seams/random.ts";
import { ProviderError } from "../provider-error.ts";
import type { ProviderErrorCode } from "../provider-error.ts";

/** A provider that asks for a longer pause is left to the caller, who may have another one. */
export const retryAfterMaxMs = 120_000;

/** Whether a request that has failed so many times is sent again. */
export function mayRetry(failure: ProviderError, tries: number): boolean {
  return (
    failure.transient &&
    failure.code !== "CIRCUIT_OPEN" &&
    (failure.retryAfterMs ?? 0) <= retryAfterMaxMs &&
    tries < (fewTriesCodes.has(failure.code) ? fewTries : triesMax)
  );
}

/** How long to wait before the next try: what the provider asked for, and an exponential backoff with full jitter. */
export function pauseMsAfter(failure: ProviderError, tries: number, random: Random): number {
  const ceilingMs = Math.min(backoffMaxMs, backoffBaseMs * 2 ** (tries - 1));
  return Math.ceil((failure.retryAfterMs ?? 0) + random() * ceilingMs);
}

/** The failure of the last try, which says how many there were. */
export function afterTries(failure: ProviderError, tries: number): ProviderError {
  if (tries < 2 || failure.code === "ABORTED") return failure;
  return new ProviderError({
    code: failure.code,
    provider: failure.provider,
    message: `${failure.message.replace(/\.$/, "")} (after ${tries} tries).`,
    nextStep: failure.nextStep,
    transient: failure.transient,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    cause: failure.cause ?? failure,
  });
}

/** Whether a failure says something about the provider's health rather than about the request. */
export function isOutage(error: unknown): boolean {
  return error instanceof ProviderError && outageCodes.has(error.code);
}

const triesMax = 5;
const backoffBaseMs = 500;
const backoffMaxMs = 30_000;

const outageCodes: ReadonlySet<ProviderErrorCode> = new Set([
  "NETWORK_UNREACHABLE",
  "TIMEOUT",
  "SERVER_ERROR",
]);

/** Without a network, a host or a readable answer, seconds of waiting do not help; a timeout takes half a minute each. */
const fewTriesCodes: ReadonlySet<ProviderErrorCode> = new Set([
  "NETWORK_UNREACHABLE",
  "TIMEOUT",
  "WRONG_ADDRESS",
  "MALFORMED_RESPONSE",
]);
const fewTries = 2;
