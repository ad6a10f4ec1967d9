import {
  aFunction,
  countFromOne,
  flag,
  kind,
  listOf,
  nonEmptyText,
  oneOf,
  optionsOf,
  optionsProblem,
  positiveNumber,
  required,
} from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";
import type * as z from "zod";

import type { AssetKind } from "../market/asset-pair.ts";
import { timeframeKind } from "../market/timeframe.ts";
import { httpAddress } from "./connection.ts";
import { providerNameKind } from "./provider-chain.ts";
import type { ProviderDefinition, ProviderLimits } from "./provider-definition.ts";
import type { ServedBars } from "./provider.ts";

/** The first reason why a value is not the definition of a provider; `undefined` for one that is. */
export function definitionProblem(name: string, value: unknown): string | undefined {
  return optionsProblem(name, value, definition);
}

export function isDefinition(value: unknown): value is ProviderDefinition {
  return definitionProblem("provider", value) === undefined;
}

export const assetKindsKind: OptionKind<readonly AssetKind[]> = listOf(
  oneOf("crypto", "crypto_contract", "fx", "stock", "index", "future"),
  1,
);

/** A schema from another copy of zod will do. */
export const settingsKind: OptionKind<z.ZodType<object>> = kind(
  "a zod schema, such as connectionSettings",
  (value) =>
    typeof value === "object" &&
    value !== null &&
    ["parse", "safeParse"].every((method) => typeof Reflect.get(value, method) === "function"),
);

const limits: OptionTable<ProviderLimits> = {
  requestsPerSecond: positiveNumber,
  burst: countFromOne,
  requestsPerDay: countFromOne,
  plan: nonEmptyText,
};

export const limitsKind: OptionKind<ProviderLimits> = optionsOf(limits);

const serves: OptionTable<ServedBars> = {
  nativeTimeframes: required(listOf(timeframeKind, 1)),
  barsPerRequestMax: required(countFromOne),
  historyDepthMs: required(aFunction),
};

const definition: OptionTable<ProviderDefinition> = {
  name: required(providerNameKind),
  title: required(nonEmptyText),
  isMock: flag,
  baseUrl: httpAddress,
  credentials: listOf(nonEmptyText),
  assetKinds: required(assetKindsKind),
  serves: required(optionsOf(serves)),
  settings: required(settingsKind),
  limits: required(aFunction),
  spellingProblem: aFunction,
  create: required(aFunction),
};
