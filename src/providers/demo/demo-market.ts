import type { AssetKind, AssetPair } from "../../market/asset-pair.ts";
import { hashText, hashUnit } from "./demo-hash.ts";

/** The character of a made-up market. */
export interface DemoMarket {
  /** The price that the path wanders around. */
  readonly basePrice: number;
  readonly priceDecimals: number;
  /** Decimals of the volume: none for ticks and shares. */
  readonly volumeDecimals: number;
  /** Typical volume of a minute, in units of the base. */
  readonly minuteVolume: number;
  /** Standard deviation of a minute's return, about. */
  readonly minuteVolatility: number;
}

/** Prices near those of early 2026 for the known names; invented ones, always the same, for the others. */
export function demoMarket(assetPair: AssetPair, seed: number): DemoMarket {
  const basePrice = dollarsFor(assetPair.base, seed) / dollarsFor(assetPair.quote, seed);
  const baseDollars = dollarsFor(assetPair.base, seed);
  const crypto: DemoMarket = {
    basePrice,
    priceDecimals: cryptoDecimals(basePrice),
    volumeDecimals: cryptoVolumeDecimals(baseDollars),
    minuteVolume: 900_000 / baseDollars,
    minuteVolatility: 0.000_6,
  };
  const stock: DemoMarket = {
    basePrice,
    priceDecimals: 2,
    volumeDecimals: 0,
    minuteVolume: 4_000_000 / basePrice,
    minuteVolatility: 0.000_3,
  };
  const kinds: Readonly<Record<AssetKind, DemoMarket>> = {
    crypto,
    crypto_contract: crypto,
    fx: {
      basePrice,
      priceDecimals: basePrice >= 20 ? 3 : 5,
      volumeDecimals: 0,
      minuteVolume: 60,
      minuteVolatility: 0.000_08,
    },
    stock,
    index: stock,
    future: stock,
  };
  return kinds[assetPair.kind];
}

const dollars: ReadonlyMap<string, number> = new Map(
  Object.entries({
    USD: 1,
    USDT: 1,
    USDC: 1,
    DAI: 1,
    BTC: 90_000,
    ETH: 3_000,
    SOL: 140,
    XRP: 2.1,
    ADA: 0.4,
    DOGE: 0.14,
    LTC: 80,
    BCH: 580,
    LINK: 13,
    EUR: 1.08,
    GBP: 1.27,
    JPY: 0.0067,
    CHF: 1.13,
    AUD: 0.66,
    CAD: 0.73,
    NZD: 0.6,
    XAU: 2_650,
    XAG: 31,
    MSFT: 430,
    AAPL: 230,
  }),
);

function dollarsFor(name: string, seed: number): number {
  // Between 10 and 500: far from where rounding to cents would flatten the path.
  return dollars.get(name) ?? 10 * 50 ** hashUnit(hashText(name, seed), 0, 0);
}

/** Enough decimals that a minute moves the price by more than its last one. */
function cryptoDecimals(basePrice: number): number {
  if (basePrice >= 100) return 2;
  return basePrice >= 1 ? 4 : 8;
}

/** Eight, but fewer where so much of a cheap coin is traded that a day's sum would leave the exact integers. */
function cryptoVolumeDecimals(baseDollars: number): number {
  if (baseDollars >= 100) return 8;
  return baseDollars >= 0.01 ? 4 : 0;
}
