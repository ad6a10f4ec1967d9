import { kind as kindOf, optionsOf, required } from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import { assertArguments } from "./arguments.ts";
import { readPairKind } from "./asset-pair.ts";
import type { AssetPair } from "./asset-pair.ts";
import { formatDecimal8 } from "./decimal.ts";
import type { Decimal8 } from "./decimal.ts";

/** The limits of a series' prices and volumes. A value outside them counts as an error. */
export interface ValueLimits {
  /** Prices are above it. */
  readonly priceMin: Decimal8;
  /** Prices are below it. */
  readonly priceMax: Decimal8;
  /** Volumes are below it. */
  readonly volumeMax: Decimal8;
}

/** The user's own limits, by the canonical name of an asset pair or by the currency of the price. */
export interface LimitOverrides {
  readonly prices: ReadonlyMap<string, readonly [min: Decimal8, max: Decimal8]>;
  readonly volumes: ReadonlyMap<string, Decimal8>;
}

const overrideMembers: OptionTable<LimitOverrides> = {
  prices: required(
    kindOf("a Map of [min, max] by asset pair or currency, both bigints in units of 0.00000001", (value) =>
      isMapOf(value, (limits) => Array.isArray(limits) && limits.length === 2 && limits.every(isBigint)),
    ),
  ),
  volumes: required(
    kindOf("a Map of bigints in units of 0.00000001 by asset pair or currency", (value) =>
      isMapOf(value, isBigint),
    ),
  ),
};

/** The kind of these options. */
export const limitOverridesKind: OptionKind<LimitOverrides> = optionsOf(overrideMembers);

function isMapOf(value: unknown, fits: (entry: unknown) => boolean): boolean {
  return value instanceof Map && [...value].every(([name, entry]) => typeof name === "string" && fits(entry));
}

function isBigint(value: unknown): boolean {
  return typeof value === "bigint";
}

/** `decimal(18,8)` and `decimal(28,8)` hold values below these. */
export const storablePriceEnd: Decimal8 = 10n ** 18n;
export const storableVolumeEnd: Decimal8 = 10n ** 28n;

/**
 * The limits of a series. Prices are within (0.0001, 1,000,000), or within wider limits where those are not plausible:
 * - a currency of little value (JPY, KRW, IDR) raises the upper limit by as many powers of ten as it takes to a dollar;
 * - a valuable one (BTC, ETH) and a cheap asset (SHIB, PEPE, VND) lower the lower limit in the same way;
 * - indices go up to 100,000,000, and a few stocks have limits of their own.
 *
 * An override of the pair goes before one of its quote currency, and both go before the built-in limits.
 *
 * @throws MarketError INVALID_ARGUMENT
 */
export function valueLimits(assetPair: AssetPair, overrides: LimitOverrides = noOverrides): ValueLimits {
  assertArguments("valueLimits", { assetPair, overrides }, limitArguments);
  const { canonical, quote } = assetPair;
  const [priceMin, priceMax] =
    overrides.prices.get(canonical) ?? overrides.prices.get(quote) ?? builtInPrices(assetPair);
  const volumeMax = overrides.volumes.get(canonical) ?? overrides.volumes.get(quote) ?? storableVolumeEnd;
  return { priceMin, priceMax, volumeMax };
}

/** For messages: `(0.0001, 1000000)`. */
export function describePriceLimits({ priceMin, priceMax }: ValueLimits): string {
  return `(${plain(priceMin)}, ${plain(priceMax)})`;
}

/** Without zeros at the end. */
export function plain(value: Decimal8): string {
  return formatDecimal8(value).replace(/\.?0+$/, "");
}

const limitArguments = { assetPair: required(readPairKind), overrides: limitOverridesKind };
const noOverrides: LimitOverrides = { prices: new Map(), volumes: new Map() };
const usualMin: Decimal8 = 10_000n;
const usualMax: Decimal8 = 100_000_000_000_000n;

function builtInPrices({ base, quote, kind, canonical }: AssetPair): readonly [Decimal8, Decimal8] {
  const own = ownLimits.get(canonical);
  if (own !== undefined) return own;
  const quoteOrder = orderOf.get(quote) ?? 0;
  const baseOrder = kind === "stock" || kind === "index" || kind === "future" ? 0 : (orderOf.get(base) ?? 0);
  // Below the eighth decimal the lower limit is zero: every price that can be stored is above it.
  const lower = Math.max(0, quoteOrder) + Math.max(0, -baseOrder);
  const upper = Math.max(0, -quoteOrder) + (kind === "index" ? indexOrder : 0);
  const priceMax = usualMax * 10n ** BigInt(upper);
  return [usualMin / 10n ** BigInt(lower), priceMax < storablePriceEnd ? priceMax : storablePriceEnd];
}

/** The index of Buenos Aires stands in the millions; others may follow. */
const indexOrder = 2;

/** Stocks with a price above the usual limit. */
const ownLimits: ReadonlyMap<string, readonly [Decimal8, Decimal8]> = new Map([
  ["BRK.A", [usualMin, usualMax * 10n]],
]);

/**
 * The worth of one unit in dollars as a power of ten, rounded away from one: 0.0067 for a yen is between -3 and -2, so it is -3.
 * An asset that is not here has 0. The worth of a unit moves, so no power is exact.
 */
const orderOf: ReadonlyMap<string, number> = new Map(
  (
    [
      [5, "BTC XBT WBTC"],
      [4, "ETH WETH XAU XPT XPD PAXG XAUT"],
      [3, "BNB WBNB SOL BCH"],
      [2, "XAG LTC AVAX"],
      [-1, "DKK SEK NOK HKD CNY CNH BWP MAD"],
      [-2, "MXN ZAR TRY CZK TWD THB UAH UYU EGP INR PHP MDL DOP GBX ZAC ILA"],
      [-3, "JPY RUB HUF ISK KES BDT NPR JMD GTQ LKR TTD PKR KZT DZD ETB MUR SATS"],
      [-4, "KRW CLP ARS COP NGN CRC XOF XAF IQD MMK MNT TZS UGX KHR"],
      [-5, "IDR VND IRR LAK LBP PYG UZS BIDR BVND"],
      [-4, "HOT DENT SPELL VTHO SLP REEF DOGS NOT HMSTR NEIRO TOSHI MEW CHEEMS BOME BRETT"],
      [-5, "FLOKI LUNC XEC WIN WEN CAT COQ TURBO MOG"],
      [-6, "SHIB BONK"],
      [-7, "PEPE BTT BTTC NFT APENFT LADYS"],
      [-9, "BABYDOGE ELON KISHU SAFEMOON VOLT QUACK AIDOGE RATS"],
    ] satisfies readonly (readonly [number, string])[]
  ).flatMap(([order, names]) => names.split(" ").map((name): readonly [string, number] => [name, order])),
);
