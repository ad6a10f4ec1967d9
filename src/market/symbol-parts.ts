/**
 * Which market a symbol trades on: it decides the calendar, which providers can serve it and what they call it.
 * `crypto` is the spot market; `crypto_contract` are perpetuals and dated futures on cryptocurrencies.
 */
export type AssetKind = "crypto" | "crypto_contract" | "fx" | "stock" | "index" | "future";

/** For messages, in the plural. */
export const kindNames: Readonly<Record<AssetKind, string>> = {
  crypto: "spot market of cryptocurrencies",
  crypto_contract: "contracts on cryptocurrencies",
  fx: "foreign exchange",
  stock: "stocks",
  index: "indices",
  future: "futures",
};

export interface Contract {
  /** What it settles in; the quote unless the symbol says otherwise. */
  readonly settle: string;
  /** `perpetual`, or the day of delivery as `YYMMDD`. */
  readonly expiry: string;
}

/** What a symbol says, taken apart. */
export interface SymbolParts {
  readonly base: string;
  readonly quote: string;
  readonly kind: AssetKind;
  readonly exchange: string | undefined;
  readonly contract: Contract | undefined;
  readonly canonical: string;
}
