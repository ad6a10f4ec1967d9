import { titleOf } from "../provider.ts";
import type { ProviderIdentity } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import { HttpBodyTooLarge, HttpTimeout } from "./http-transport.ts";
import { networkCause } from "./network-causes.ts";

/**
 * What a failed exchange means: no way to the provider, a connection that broke, a deadline, an answer beyond
 * all bounds. `host` is where the request went.
 */
export function transportFailure(provider: ProviderIdentity, host: string, error: unknown): ProviderError {
  const title = titleOf(provider);
  if (error instanceof HttpBodyTooLarge) {
    return new ProviderError({
      code: "MALFORMED_RESPONSE",
      provider: provider.name,
      message: `${title} at ${host} sent more than can be right: ${error.message}.`,
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
  // A name that resolves to several addresses fails with one error for each and no message of its own.
  if (message === "") return code;
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

/** OpenSSL puts the reason between addresses and places in its own source. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message;
}
