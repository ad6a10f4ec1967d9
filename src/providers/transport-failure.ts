import type { ProviderName } from "./provider.ts";
import { ProviderError, providerTitles } from "./provider-error.ts";
import { HttpBodyTooLarge, HttpTimeout } from "./http-transport.ts";

/**
 * What a failed exchange means: no way to the provider, a connection that broke, a deadline, an answer beyond
 * all bounds. `host` is where the request went.
 */
export function transportFailure(provider: ProviderName, host: string, error: unknown): ProviderError {
  const title = providerTitles[provider];
  if (error instanceof HttpTimeout || errorCode(error) === "ETIMEDOUT") {
    return new ProviderError({
      code: "TIMEOUT",
      provider,
      message: `${title} at ${host} took too long: ${messageOf(error)}.`,
      nextStep: "Run the same command again; it goes on where it stopped.",
      transient: true,
      cause: error,
    });
  }
  if (error instanceof HttpBodyTooLarge) {
    return new ProviderError({
      code: "MALFORMED_RESPONSE",
      provider,
      message: `${title} at ${host} sent more than can be right: ${error.message}.`,
      nextStep: "Check that the provider's base URL points at its API.",
      transient: false,
      cause: error,
    });
  }
  if (/^(?:HPE|Z)_/.test(errorCode(error))) {
    return new ProviderError({
      code: "MALFORMED_RESPONSE",
      provider,
      message: `${title} at ${host} sent an answer that cannot be read: ${messageOf(error)} (${errorCode(error)}).`,
      nextStep: "Check that the provider's base URL points at its API, then run the same command again.",
      transient: true,
      cause: error,
    });
  }
  if (brokenConnection.has(errorCode(error))) {
    return new ProviderError({
      code: "SERVER_ERROR",
      provider,
      message: `${title} at ${host} closed the connection before its answer was complete (${errorCode(error)}).`,
      nextStep: "Run the same command again; it goes on where it stopped.",
      transient: true,
      cause: error,
    });
  }
  return new ProviderError({
    code: "NETWORK_UNREACHABLE",
    provider,
    message: `${title} cannot be reached at ${host}: ${messageOf(error)}.`,
    nextStep: "Check the connection, or use --provider demo, which needs no network.",
    transient: true,
    cause: error,
  });
}

const brokenConnection: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // A name that resolves to several addresses fails with one error for each and no message of its own.
  return message === "" ? errorCode(error) : message;
}
