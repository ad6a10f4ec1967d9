import { oneOf } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import type { ProviderName } from "./provider.ts";

/** Providers of real data. */
export type MarketProviderName = Exclude<ProviderName, "demo">;

/** A provider's name, or `auto`: the providers of the fallback chain, each for what it can serve. */
export type ProviderChoice = ProviderName | "auto";

/** Whom `auto` asks, in this order, unless the configuration says otherwise. */
export const defaultFallbackChain: readonly MarketProviderName[] = ["alpha_vantage", "coinbase", "oanda"];

export const providerNameKind: OptionKind<ProviderName> = oneOf("alpha_vantage", "coinbase", "oanda", "demo");

export const providerChoiceKind: OptionKind<ProviderChoice> = oneOf(
  "auto",
  "alpha_vantage",
  "coinbase",
  "oanda",
  "demo",
);
