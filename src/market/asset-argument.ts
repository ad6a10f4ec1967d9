import { kind } from "finance-feedback-delta/contract";
import type { OptionKind } from "finance-feedback-delta/contract";

import { AssetPair } from "./asset-pair.ts";

export const assetPairKind: OptionKind<string | AssetPair> = kind(
  'an asset as a text, such as "BTCUSD", or an AssetPair',
  (value) => (typeof value === "string" && value.trim() !== "") || value instanceof AssetPair,
);

/** @throws MarketError `INVALID_ASSET_PAIR` */
export function readAssetPair(given: string | AssetPair): AssetPair {
  return typeof given === "string" ? AssetPair.parse(given) : given;
}
