import { ProviderError } from "../provider-error.ts";
import { titleOf } from "../provider.ts";
import type { ProviderIdentity } from "../provider.ts";
import type { CircuitOptions } from "./circuit.ts";
import { transportFailure } from "./transport-failure.ts";

/** What ended a request, as an error of its provider. `host` is where the request went. */
export function requestFailure(
  provider: ProviderIdentity,
  host: string,
  error: unknown,
  signal: AbortSignal | undefined,
): ProviderError {
  if (error instanceof ProviderError) return error;
  return signal?.aborted === true ? requestStopped(provider, error) : transportFailure(provider, host, error);
}

/** The caller's signal was aborted. */
export function requestStopped(provider: ProviderIdentity, cause: unknown): ProviderError {
  return new ProviderError({
    code: "ABORTED",
    provider: provider.name,
    message: `The request to ${titleOf(provider)} was stopped.`,
    nextStep: "Run the same command again; it goes on where it stopped.",
    transient: false,
    cause,
  });
}

/** Nothing was sent, because the circuit is open. `outage` is the failure that the circuit breaker counted last. */
export function circuitFailure(
  provider: ProviderIdentity,
  outage: ProviderError | undefined,
  cause: unknown,
  { failuresToOpen, openMs }: Pick<CircuitOptions, "failuresToOpen" | "openMs">,
): ProviderError {
  // A network that is down is the news, not our reaction to it.
  if (outage?.code === "NETWORK_UNREACHABLE") return outage;
  const why = outage === undefined ? "" : ` The last time: ${outage.message}`;
  return new ProviderError({
    code: "CIRCUIT_OPEN",
    provider: provider.name,
    message: `${titleOf(provider)} failed ${failuresToOpen} times in a row; nothing is sent to it for ${openMs / 1000} s.${why}`,
    nextStep: "Wait for the provider to recover, or use another one.",
    transient: true,
    retryAfterMs: openMs,
    cause,
  });
}
