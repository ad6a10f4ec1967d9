import {
  aFunction,
  capableOf,
  countFromOne,
  flag,
  kind,
  optionsOf,
  positiveNumber,
  required,
  wholeNumber,
} from "../contract/option-kinds.ts";
import { nearestName } from "../contract/nearest-name.ts";
import { optionsProblem } from "../contract/option-table.ts";
import type { OptionKind, OptionTable } from "../contract/option-table.ts";
import { isObject, shown } from "../contract/shown.ts";
import { systemClock } from "../seams/clock.ts";
import type { Clock } from "../seams/clock.ts";
import { systemRandom } from "../seams/random.ts";
import type { Random } from "../seams/random.ts";
import { alphaVantagePlans, AlphaVantageProvider } from "./alpha-vantage.ts";
import type { AlphaVantagePlan } from "./alpha-vantage.ts";
import { CoinbaseProvider } from "./coinbase.ts";
import { DemoProvider } from "./demo.ts";
import { OandaProvider } from "./oanda.ts";
import type { MarketDataProvider, ProviderName } from "./provider.ts";
import { ProviderError, providerTitles } from "./provider-error.ts";
import type { ProviderLedger } from "./provider-ledger.ts";

export interface ProviderOptions {
  /** Where the API is served; the provider's own address when left out. */
  readonly baseUrl?: string;
  /** An environment: secrets are looked up under the names of `credentialVariables`. The process's own when left out. */
  readonly credentials?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Overrides the provider's own pace; `Infinity` for no limit. */
  readonly requestsPerSecond?: number;
  /** Requests in a UTC day; Alpha Vantage's free plan has 25. */
  readonly requestsPerDay?: number;
  readonly ledger?: ProviderLedger;
  readonly alphaVantagePlan?: AlphaVantagePlan;
  readonly demo?: { readonly seed: number; readonly dirtyRows: boolean };
}

/** Keys of the environment that are not set are undefined. */
const environment: OptionKind<Readonly<Record<string, string | undefined>>> = kind(
  "an environment, such as process.env",
  (value) =>
    isObject(value) && Object.values(value).every((item) => item === undefined || typeof item === "string"),
);

const providerOptions: OptionTable<ProviderOptions> = {
  baseUrl: kind<string>("an address such as https://proxy.example.com/api", isHttpAddress),
  credentials: environment,
  clock: capableOf("a clock, such as systemClock", ["now", "sleep"]),
  random: aFunction,
  requestsPerSecond: positiveNumber,
  requestsPerDay: countFromOne,
  ledger: capableOf("a ledger of requests", ["spend"]),
  alphaVantagePlan: kind<AlphaVantagePlan>(`one of ${alphaVantagePlans.join(", ")}`, (value) =>
    alphaVantagePlans.some((plan) => plan === value),
  ),
  demo: optionsOf<{ readonly seed: number; readonly dirtyRows: boolean }>({
    seed: required(wholeNumber),
    dirtyRows: required(flag),
  }),
};

function isHttpAddress(value: unknown): boolean {
  return typeof value === "string" && /^https?:/i.test(value) && URL.canParse(value);
}

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
      `There is no provider ${shown(name)}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
      `The providers are ${providerNames.join(", ")}.`,
    );
  }
  const problem = optionsProblem("createProvider", options, providerOptions);
  if (problem !== undefined) throw refused(problem, "Give the options that createProvider has.", name);
  return builders[name]({ credentials: process.env, clock: systemClock, random: systemRandom, ...options });
}

type GivenOptions = ProviderOptions & Required<Pick<ProviderOptions, "credentials" | "clock" | "random">>;

const builders: Readonly<Record<ProviderName, (options: GivenOptions) => MarketDataProvider>> = {
  alpha_vantage: (options) =>
    new AlphaVantageProvider({
      ...options,
      apiKey: credential("alpha_vantage", options),
      plan: options.alphaVantagePlan,
    }),
  coinbase: (options) => new CoinbaseProvider(options),
  oanda: (options) => new OandaProvider({ ...options, token: credential("oanda", options) }),
  demo: ({ clock, demo }) => new DemoProvider({ clock, ...(demo ?? { seed: 42, dirtyRows: false }) }),
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
