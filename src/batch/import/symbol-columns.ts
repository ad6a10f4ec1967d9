import { AssetPair } from "../../market/asset-pair.ts";
import type { AssetKind } from "../../market/asset-pair.ts";
import { baseAndQuoteNames, vagueSymbolNames } from "./column-names.ts";
import type { ColumnRole } from "./column-names.ts";
import { isCoin, isKnownPair } from "./file-name.ts";
import type { RawRecord } from "./raw-table.ts";

/** A column whose values are all symbols: under a name that may be one's, or pairs under any name. */
export function symbolColumn(
  names: readonly string[],
  sample: readonly RawRecord[],
  indexes: Readonly<Partial<Record<ColumnRole, number>>>,
  kind: AssetKind | undefined,
): number | undefined {
  const used = new Set(Object.values(indexes));
  const isAll = (place: number, test: (text: string) => boolean): boolean =>
    !used.has(place) && sample.length > 0 && sample.every((record) => test((record[place] ?? "").trim()));
  const isOfCoins = kind === "crypto" || kind === "crypto_contract";
  const isSymbolHere = (text: string): boolean =>
    isKnownPair(text) || (isOfCoins ? isCoin(text) : kind !== "fx" && isTicker(text));
  const places = [...names.keys()];
  return (
    places.find((place) => vagueSymbolNames.includes(names[place] ?? "") && isAll(place, isSymbolHere)) ??
    places.find((place) => isAll(place, isKnownPair))
  );
}

/** The columns of base and quote, where a symbol is in two. */
export function baseAndQuote(
  names: readonly string[],
  sample: readonly RawRecord[],
): { readonly base: number; readonly quote: number } | undefined {
  for (const [baseName, quoteName] of baseAndQuoteNames) {
    const [base, quote] = [names.indexOf(baseName), names.indexOf(quoteName)];
    const areNames = (record: RawRecord): boolean =>
      isKnownPair(`${record[base]?.trim() ?? ""}/${record[quote]?.trim() ?? ""}`);
    if (base >= 0 && quote >= 0 && sample.some(areNames)) return { base, quote };
  }
  return undefined;
}

/** The name of a stock as it is written everywhere; not that of an exchange or a market. */
function isTicker(text: string): boolean {
  if (text !== text.toUpperCase() || /^(?:NYSE|AMEX|ARCA|BATS|CBOE|SPOT|STOCK|US|USA)$/.test(text))
    return false;
  try {
    AssetPair.parse(text);
    return true;
  } catch {
    return false;
  }
}
