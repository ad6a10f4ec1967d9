import {
  environment,
  flag,
  nearestName,
  optionsOf,
  required,
  shown,
  wholeNumber,
} from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { planKind, AlphaVantageProvider } from "./alpha-vantage.ts";
import type { AlphaVantagePlan } from "./alpha-vantage.ts";
import { assertOptions } from "./arguments.ts";
import { connectionOf, connectionOptions } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { CoinbaseProvider } from "./coinbase.ts";
import { DemoProvider } from "./demo.ts";
import { OandaProvider } from "./oanda.ts";
import type { MarketDataProvider, ProviderName } from "./provider.ts";
import { ProviderError, providerTitles } from "./provider-error.ts";

export interface ProviderOptions extends ConnectionOptions {
  /** An environment: secrets are looked up under the names of `credentialVariables`. The process's own when left out. */
  readonly credentials?: Readonly<Record<string, string | undefined>>;
  readonly alphaVantagePlan?: AlphaVantagePlan;
  readonly demo?: { readonly seed: number; readonly dirtyRows: boolean };
}

const providerOptions: OptionTable<ProviderOptions> = {
  ...connectionOptions,
  credentials: environment,
  alphaVantagePlan: planKind,
  demo: optionsOf<{ readonly seed: number; readonly dirtyRows: boolean }>({
    seed: required(wholeNumber),
    dirtyRows: required(flag),
  }),
};

type CredentialVariable = "ALPHA_VANTAGE_API_KEY" | "OANDA_API_TOKEN";

/** The environment variable with each provider's secret; `undefined` where none is needed. */
export const credentialVariables: Readonly<Record<ProviderName, CredentialVariable | undefined>> = {
  alpha_vantage: "ALPHA_VANTAGE_API_KEY",
  coinbase: undefined,
  oanda: "OANDA_API_TOKEN",
  demo: undefined,
};

/**
 * Builds a provider from its name.
 *
 * @throws ProviderError `MISSING_CREDENTIALS`, naming the environment variable; `INVALID_ARGUMENT`.
 */
export function createProvider(name: ProviderName, options: ProviderOptions = {}): MarketDataProvider {
  if (!Object.hasOwn(builders, name)) {
    const meant = typeof name === "string" ? nearestName(name, providerNames) : undefined;
    throw refused(
      `There is no provider ${shown(name)}: the providers are ${providerNames.join(", ")}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
      "Nothing was sent. Give one of these names.",
    );
  }
  assertOptions("createProvider", options, providerOptions);
  return builders[name]({ ...options, credentials: options.credentials ?? process.env });
}

type GivenOptions = ProviderOptions & Required<Pick<ProviderOptions, "credentials">>;

const builders: Readonly<Record<ProviderName, (options: GivenOptions) => MarketDataProvider>> = {
  alpha_vantage: (options) =>
    new AlphaVantageProvider({
      ...connectionOf(options),
      apiKey: credential("alpha_vantage", options),
      plan: options.alphaVantagePlan,
    }),
  coinbase: (options) => new CoinbaseProvider(connectionOf(options)),
  oanda: (options) => new OandaProvider({ ...connectionOf(options), token: credential("oanda", options) }),
  demo: ({ clock, demo }) => new DemoProvider({ clock, ...demo }),
};

const providerNames: readonly string[] = Object.keys(builders);

function refused(message: string, nextStep: string, provider?: ProviderName): ProviderError {
  return new ProviderError({ code: "INVALID_ARGUMENT", provider, message, nextStep, transient: false });
}

function credential(name: ProviderName, options: GivenOptions): string {
  const variable = credentialVariables[name];
  const value = variable === undefined ? "" : (options.credentials[variable]?.trim() ?? "");
  if (value !== "") return value;
  throw new ProviderError({
    code: "MISSING_CREDENTIALS",
    provider: name,
    message: `${providerTitles[name]} needs a key, and the environment variable ${variable} is not set.`,
    nextStep: `Set ${variable}, or use --provider demo, which needs none.`,
    transient: false,
  });
}
