import { AssetPair } from "../../market/asset-pair.ts";
import { MarketError } from "../../market/errors.ts";
import type { Members } from "./members.ts";
import { RecordProblem } from "./members.ts";

/** What a record is about. */
export interface Instrument {
  /** As the record writes it. */
  readonly instrument: string;
  /** The canonical pair whose bars are its prices; null where none is known. */
  readonly assetPair: string | null;
}

/**
 * The coins of futures of Coinbase Derivatives, whose symbols name no pair: `BIP-20DEC30-CDE`, `BIT-28FEB26-CDE`. Source: its
 * contract specifications.
 */
const futuresOf: ReadonlyMap<string, string> = new Map([
  ["BIP", "BTCUSD"],
  ["BIT", "BTCUSD"],
  ["BTI", "BTCUSD"],
  ["ETP", "ETHUSD"],
  ["ET", "ETHUSD"],
  ["ETI", "ETHUSD"],
  ["SLP", "SOLUSD"],
  ["SOL", "SOLUSD"],
  ["XPP", "XRPUSD"],
  ["XRP", "XRPUSD"],
]);

const names = ["asset_pair", "instrument", "product_id", "product", "symbol"] as const;

/** @throws RecordProblem when a record names none, or by what cannot be a name. */
export function instrumentOf(members: Members): Instrument {
  const instrument = members.requiredText("asset_pair", ...names.slice(1));
  const own = members.text("asset_pair");
  // A record may name the product and, beside it, the pair.
  const product = members.text("product_id", "product", "instrument", "symbol")?.trim() ?? instrument;
  if (![instrument, product].every((name) => /^[A-Za-z0-9][A-Za-z0-9._:/=^&-]{0,39}$/.test(name)))
    throw new RecordProblem(`asset_pair is not a name: ${JSON.stringify(instrument.slice(0, 60))}`);
  return { instrument: product, assetPair: (own === null ? null : pairOf(own)) ?? pairOf(product) };
}

/** The canonical pair of an instrument; null where none is known. */
export function pairOf(instrument: string): string | null {
  const name = instrument.trim().toUpperCase();
  const root = /^([A-Z0-9]{2,5}?)-?\d{1,2}[A-Z]{3}\d{2}-?CDE$/.exec(name)?.[1];
  if (root !== undefined) return futuresOf.get(root) ?? null;
  try {
    return AssetPair.parse(name).canonical;
  } catch (error) {
    if (error instanceof MarketError) return null;
    throw error;
  }
}
