import { kind } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import type { ProviderName } from "./provider.ts";

/** A provider's name, or `auto`: the providers of the fallback chain, each for what it can serve. */
export type ProviderChoice = ProviderName;

const namePattern = /^[a-z][a-z0-9_]{0,62}$/;

/** Whether a text can name a provider. The registry says whether there is one of that name. */
export function isProviderName(value: unknown): value is ProviderName {
  return typeof value === "string" && namePattern.test(value) && value !== "auto";
}

export const providerNameKind: OptionKind<ProviderName> = kind(
  "the name of a provider, such as coinbase: small letters, digits and underscores",
  isProviderName,
);

export const providerChoiceKind: OptionKind<ProviderChoice> = kind(
  'the name of a provider, such as "coinbase", or "auto"',
  (value) => value === "auto" || isProviderName(value),
);
