import { kind } from "../../packages/delta/src/contract/option-kinds.ts";
import type { OptionKind } from "../../packages/delta/src/contract/option-table.ts";
import { AssetPair } from "../market/asset-pair.ts";

export const assetPairKind: OptionKind<string | AssetPair> = kind(
  'an asset as a text, such as "BTCUSD", or an AssetPair',
  (value) => (typeof value === "string" && value.trim() !== "") || value instanceof AssetPair,
);

/** @throws MarketError `INVALID_ASSET_PAIR` */
export function readAssetPair(given: string | AssetPair): AssetPair {
  return typeof given === "string" ? AssetPair.parse(given) : given;
}
