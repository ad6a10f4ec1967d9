import { titleOf } from "../provider.ts";
import type { ProviderIdentity } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import { HttpBodyTooLarge, HttpTimeout } from "./http-transport.ts";
import { networkCause } from "./network-causes.ts";

/**
 * The error for a failed exchange: the provider cannot be reached, the connection broke, time ran out, or the answer is too
 * large. `host` is where the request went.
 */
export function transportFailure(provider: ProviderIdentity, host: string, error: unknown): ProviderError {
  const title = titleOf(provider);
  if (error instanceof HttpBodyTooLarge) {
    return new ProviderError({
      code: "MALFORMED_RESPONSE",
      provider: provider.name,
      message: `${title} at ${host} sent more than an API would: ${error.message}.`,
      nextStep: "Check that the provider's base URL points at its API.",
      transient: false,
      cause: error,
    });
  }
  const { code, what, nextStep, transient } = networkCause(
    error instanceof HttpTimeout ? "ETIMEDOUT" : errorCode(error),
  );
  return new ProviderError({
    code,
    provider: provider.name,
    message: `${title} at ${host} ${what}: ${wordsOf(error)}.`,
    nextStep,
    transient,
    cause: error,
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function wordsOf(error: unknown): string {
  const code = errorCode(error);
  const message = messageOf(error).replaceAll(/\s+/g, " ").trim().replace(/\.$/, "");
  // A name with several addresses fails with one error for each address, and with no message of its own.
  if (message === "") return code;
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

/** OpenSSL hides the reason between memory addresses and lines of its own source. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message;
}
