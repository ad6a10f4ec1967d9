/**
 * The market that a symbol trades on. It decides the calendar, the providers that can serve it, and their names for it.
 * `crypto` is the spot market; `crypto_contract` are perpetuals and dated futures on cryptocurrencies.
 */
export type AssetKind = "crypto" | "crypto_contract" | "fx" | "stock" | "index" | "future";

/** For messages, in the plural. */
export const kindNames: Readonly<Record<AssetKind, string>> = {
  crypto: "spot cryptocurrencies",
  crypto_contract: "contracts on cryptocurrencies",
  fx: "foreign exchange",
  stock: "stocks",
  index: "indices",
  future: "futures",
};

export interface Contract {
  /** The currency of settlement; the quote unless the symbol says otherwise. */
  readonly settle: string;
  /** `perpetual`, or the day of delivery as `YYMMDD`. */
  readonly expiry: string;
}

/** The parts of a symbol. */
export interface SymbolParts {
  readonly base: string;
  readonly quote: string;
  readonly kind: AssetKind;
  readonly exchange: string | undefined;
  readonly contract: Contract | undefined;
  readonly canonical: string;
}
