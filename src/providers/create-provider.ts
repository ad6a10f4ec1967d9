import { anyObject, environment, ownMember, shown } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { assertOptions } from "./arguments.ts";
import { connectionIn } from "./connection-settings.ts";
import { connectionOf, connectionOptions } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { ProviderDefinition } from "./provider-definition.ts";
import type { MarketDataProvider, ProviderName } from "./provider.ts";
import { ProviderError } from "./provider-error.ts";
import { builtInRegistry } from "./provider-registry.ts";

export interface ProviderOptions extends ConnectionOptions {
  /** An environment with the provider's keys, such as `ALPHA_VANTAGE_API_KEY`. The process's own when left out. */
  readonly credentials?: Readonly<Record<string, string | undefined>> | undefined;
  /** The provider's section of the configuration, such as `{ plan: 75 }`; its defaults when left out. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

const providerOptions: OptionTable<ProviderOptions> = {
  ...connectionOptions,
  credentials: environment,
  settings: anyObject,
};

/**
 * Builds a built-in provider from its name.
 *
 * @throws ProviderError `MISSING_CREDENTIALS`, naming the environment variable; `INVALID_ARGUMENT`.
 */
export function createProvider(name: ProviderName, options: ProviderOptions = {}): MarketDataProvider {
  const definition = builtInRegistry.get(name);
  assertOptions("createProvider", options, providerOptions);
  return openProvider(definition, options);
}

/**
 * Opens a provider by its definition.
 *
 * @throws ProviderError `MISSING_CREDENTIALS`, naming the environment variable; `INVALID_ARGUMENT`.
 */
export function openProvider(definition: ProviderDefinition, options: ProviderOptions): MarketDataProvider {
  const settings = settingsOf(definition, options.settings ?? {});
  const configured = connectionIn(settings);
  const given = connectionOf(options);
  return definition.create({
    ...given,
    baseUrl: given.baseUrl ?? configured.base_url,
    requestsPerSecond: given.requestsPerSecond ?? configured.requests_per_second,
    requestsPerDay: given.requestsPerDay ?? configured.requests_per_day,
    settings,
    credentials: keysOf(definition, options.credentials ?? process.env),
  });
}

/** The environment variables of a provider's keys that are not set. */
export function missingCredentials(
  { credentials = [] }: ProviderDefinition,
  environmentGiven: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return credentials.filter((variable) => (ownMember(environmentGiven, variable)?.trim() ?? "") === "");
}

function settingsOf(definition: ProviderDefinition, given: unknown): object {
  const read = definition.settings.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = [definition.name, ...(issue?.path ?? [])].map(String).join(".");
  throw new ProviderError({
    code: "INVALID_ARGUMENT",
    provider: definition.name,
    message: `The settings ${path} cannot be used: ${issue?.message ?? shown(given)}.`,
    nextStep: "Nothing was sent. Give what the message names.",
    transient: false,
  });
}

function keysOf(
  definition: ProviderDefinition,
  given: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const [missing] = missingCredentials(definition, given);
  if (missing === undefined)
    return Object.fromEntries(
      (definition.credentials ?? []).map((variable) => [variable, ownMember(given, variable)?.trim() ?? ""]),
    );
  throw new ProviderError({
    code: "MISSING_CREDENTIALS",
    provider: definition.name,
    message: `${definition.title} needs a key, and the environment variable ${missing} is not set.`,
    nextStep: `Set ${missing}, or use --provider demo, which needs none.`,
    transient: false,
  });
}
