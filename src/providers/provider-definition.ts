import type * as z from "zod";

import type { AssetKind, AssetPair } from "../market/asset-pair.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { MarketDataProvider, ProviderIdentity, ServedBars } from "./provider.ts";

/**
 * All that the rest of the program knows of a provider before it is opened. A built-in one is listed in
 * `built-in-providers.ts`; one of the user's own comes from a module that `providers.custom` names.
 *
 * @typeParam Settings its section of the configuration, as its schema returns it.
 */
export interface ProviderDefinition<Settings extends object = object> extends ProviderIdentity {
  /** As people write it: `Alpha Vantage`. */
  readonly title: string;
  /** Whether its bars are made up: they are stored with `is_mock` true, apart from real ones; no when left out. */
  readonly isMock?: boolean | undefined;
  /** Where its API is, unless the configuration says otherwise; left out for an embedded one. */
  readonly baseUrl?: string | undefined;
  /** The environment variables with its keys; none when left out. */
  readonly credentials?: readonly string[] | undefined;
  /** The kinds of assets that it can have at all. */
  readonly assetKinds: readonly AssetKind[];
  /** What it serves, with any key and any plan. */
  readonly serves: ServedBars;
  /** Its section of the configuration: every key with its default. */
  readonly settings: z.ZodType<Settings>;
  /** How often it may be asked, as the settings have it. */
  limits(settings: Settings): ProviderLimits;
  /** Why a spelling in `symbols` cannot be one of this provider's; `undefined` when it can. */
  spellingProblem?(assetPair: AssetPair, spelling: string): string | undefined;
  /** Opens it. Nothing is sent before the first bars are asked for. */
  create(context: ProviderContext<Settings>): MarketDataProvider;
}

/** What a definition opens its provider with. */
export interface ProviderContext<Settings extends object = object> extends ConnectionOptions {
  readonly settings: Settings;
  /** The keys by environment variable: all that the definition names, and none is empty. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** How often a provider may be asked; what is left out has no limit. */
export interface ProviderLimits {
  /** Sustained requests per second. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests that may come at once after a pause. */
  readonly burst?: number | undefined;
  /** Requests in a UTC day. */
  readonly requestsPerDay?: number | undefined;
  /** The plan that is paid for, under the provider's own name. */
  readonly plan?: string | undefined;
}
