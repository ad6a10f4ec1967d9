import { aFunction, capableOf, countFromOne, kind, positiveNumber } from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import type { Clock } from "../seams/clock.ts";
import type { Random } from "../seams/random.ts";
import type { ProviderLedger } from "./provider-ledger.ts";

/** What every provider on the network is built from. */
export interface ConnectionOptions {
  /** Where the API is served, without a trailing slash; the provider's own address when left out. */
  readonly baseUrl?: string | undefined;
  /** The machine's own when left out. */
  readonly clock?: Clock | undefined;
  /** The runtime's own when left out. */
  readonly random?: Random | undefined;
  /** Overrides the provider's own pace; `Infinity` for no limit. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests in a UTC day; without a limit when left out. */
  readonly requestsPerDay?: number | undefined;
  /** Spellings of assets that differ from the provider's usual one, by our canonical name. */
  readonly symbols?: ReadonlyMap<string, string> | undefined;
  /** Where quotas and health are remembered; in this process alone when left out. */
  readonly ledger?: ProviderLedger | undefined;
}

export const httpAddress: OptionKind<string> = kind(
  "an address such as https://proxy.example.com/api",
  (value) => typeof value === "string" && /^https?:/i.test(value) && URL.canParse(value),
);

export const connectionOptions: OptionTable<ConnectionOptions> = {
  baseUrl: httpAddress,
  clock: capableOf("a clock, such as systemClock", ["now", "sleep"]),
  random: aFunction,
  requestsPerSecond: positiveNumber,
  requestsPerDay: countFromOne,
  symbols: kind("a Map from assets to how the provider spells them", (value) => value instanceof Map),
  ledger: capableOf("a ledger of requests", ["spend"]),
};

/** The options of the connection, without a provider's own ones. */
export function connectionOf(options: ConnectionOptions): ConnectionOptions {
  const { baseUrl, clock, random, requestsPerSecond, requestsPerDay, symbols, ledger } = options;
  return { baseUrl, clock, random, requestsPerSecond, requestsPerDay, symbols, ledger };
}

export interface Pace {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** The pace of a client: the provider's own, unless the options override it. */
export function paceOf(options: ConnectionOptions, own: Pace): Pace {
  const { requestsPerSecond } = options;
  if (requestsPerSecond === undefined) return own;
  return { requestsPerSecond, burst: Math.max(1, Math.min(own.burst, Math.floor(requestsPerSecond))) };
}

/**
 * How many requests must be under way at once to reach the pace, by Little's law with answers that take two seconds. More
 * would only fill memory.
 */
export function requestsInFlight(requestsPerSecond: number): number {
  return Math.max(2, Math.min(requestsInFlightMax, Math.ceil(requestsPerSecond * slowAnswerSeconds)));
}

const slowAnswerSeconds = 2;
const requestsInFlightMax = 32;

/** What a client remembers its quota and health under, and where. */
export function memoryOf(
  { requestsPerDay, ledger }: ConnectionOptions,
  baseUrl: string,
): { readonly host: string; readonly requestsPerDay?: number; readonly ledger?: ProviderLedger } {
  return {
    host: new URL(baseUrl).host,
    ...(requestsPerDay === undefined ? {} : { requestsPerDay }),
    ...(ledger === undefined ? {} : { ledger }),
  };
}

/** A URL below the base URL, which may have a path. */
export function urlBelow(
  baseUrl: string,
  path: string,
  parameters: Readonly<Record<string, string | undefined>>,
): URL {
  const url = new URL(baseUrl.replace(/\/+$/, "") + path);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}
