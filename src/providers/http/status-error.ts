import type { HttpAnswer } from "./http-transport.ts";
import { titleOf } from "../provider.ts";
import type { ProviderIdentity } from "../provider.ts";
import { ProviderError, type ProviderErrorCode } from "../provider-error.ts";
import { waitText } from "./retry-after.ts";

export interface StatusErrorDetails {
  readonly provider: ProviderIdentity;
  readonly answer: HttpAnswer;
  readonly retryAfterMs?: number | undefined;
}

/** The error for an HTTP status other than success, unless the provider's own words say more. */
export function statusError({ provider, answer, retryAfterMs }: StatusErrorDetails): ProviderError {
  const { code, transient, nextStep } = meaningOf(answer.status);
  const location = answer.headers["location"];
  const words = excerpt(location === undefined ? answer.text : `see ${location}`);
  const pause =
    retryAfterMs === undefined || retryAfterMs < 1000 ? "" : `; it asks to wait ${waitText(retryAfterMs)}`;
  return new ProviderError({
    code,
    provider: provider.name,
    message: `${titleOf(provider)} answered with status ${answer.status}${words === "" ? "" : `: ${words}`}${pause}.`,
    nextStep: (retryAfterMs ?? 0) < longPauseMs ? nextStep : afterPause,
    transient,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** An answer that is not what the API promises: `what` says in which way. */
export function malformedAnswer(provider: ProviderIdentity, answer: HttpAnswer, what: string): ProviderError {
  return new ProviderError({
    code: "MALFORMED_RESPONSE",
    provider: provider.name,
    message: `${titleOf(provider)} sent an answer that ${what}; it begins with: ${excerpt(answer.text)}`,
    nextStep: "Check that the provider's base URL points at its API, then run the same command again.",
    transient: true,
  });
}

const longPauseMs = 60_000;
const afterPause = "Run the same command again after that, or use another provider.";

interface StatusMeaning {
  readonly code: ProviderErrorCode;
  readonly transient: boolean;
  readonly nextStep: string;
}

function meaningOf(status: number): StatusMeaning {
  if (status === 429) {
    return {
      code: "RATE_LIMITED",
      transient: true,
      nextStep: "Wait a moment, or lower requests_per_second.",
    };
  }
  if (status === 401 || status === 403) {
    return { code: "BAD_CREDENTIALS", transient: false, nextStep: "Check the provider's credentials." };
  }
  if (status === 408) {
    return { code: "TIMEOUT", transient: true, nextStep: "Run the same command again." };
  }
  if (addressStatuses.has(status)) {
    return {
      code: "WRONG_ADDRESS",
      transient: false,
      nextStep:
        "Check the provider's base_url (ffe config show prints it): an API would not answer so. Then check the asset pair.",
    };
  }
  if (status >= 500) {
    return { code: "SERVER_ERROR", transient: true, nextStep: "Wait for the provider to recover." };
  }
  return {
    code: "BAD_REQUEST",
    transient: false,
    nextStep: "Check the asset pair, the range and the base URL.",
  };
}

/** Moved, or not found. An API's own answer for a symbol that it lacks is read before this. */
const addressStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 404, 405, 410]);

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
