import { AssetPair } from "../../market/asset-pair.ts";
import { usualSpelling } from "../../market/exchange-spellings.ts";
import { usualNames } from "./column-names.ts";
import type { ColumnRole } from "./column-names.ts";
import type { RawRecord } from "./raw-table.ts";

type Indexes = Readonly<Partial<Record<ColumnRole, number>>>;

/** Columns that may count what was traded, in the asset or in money. */
const amountName = /vol|amount|qty|quantity|turnover/;
/** Rows that show how two amounts are related. */
const comparedRowsMin = 2;

/**
 * Names under which the volume of an asset comes: the usual ones, and those of its own, such as `volume btc` beside
 * `volume usd`.
 */
export function volumeNames(names: readonly string[], base: string | undefined): readonly string[] {
  const own = names.filter((name) => {
    const [, currency] = /^volume \(?([a-z0-9]+)\)?$/.exec(name) ?? [];
    return currency !== undefined && base !== undefined && isSameCurrency(currency, base);
  });
  return [...usualNames.volume, ...own];
}

/** What the symbols of a sample are all based on; `undefined` where they are of several assets, or say nothing. */
export function baseOf(symbols: readonly string[]): string | undefined {
  const bases = new Set(symbols.map((symbol) => parsed(usualSpelling(symbol) ?? symbol)?.base));
  const [base] = bases;
  return bases.size === 1 ? base : undefined;
}

/**
 * The column that counts in the asset, where the one that is called the volume counts in money: each of its values is the
 * other one's times a price of the same bar, as of Huobi's `vol` beside `amount`.
 */
export function amountBehind(
  names: readonly string[],
  sample: readonly RawRecord[],
  { volume, low, high }: Indexes,
  numberOf: (cell: string | undefined) => number,
): number | undefined {
  if (volume === undefined || low === undefined || high === undefined) return undefined;
  const places = [...names.keys()].filter((place) => place !== volume && amountName.test(names[place] ?? ""));
  return places.find((place) => {
    const rows = sample.map((record) => {
      const [money, amount, least, most] = [volume, place, low, high].map((index) => numberOf(record[index]));
      return { money: money ?? 0, amount: amount ?? 0, least: least ?? 0, most: most ?? 0 };
    });
    const traded = rows.filter(({ money, amount }) => money > 0 && amount > 0);
    const isPriced = (over: number, under: number, { least, most }: (typeof rows)[number]): boolean =>
      over / under >= least * (1 - tolerance) && over / under <= most * (1 + tolerance);
    return (
      traded.length >= comparedRowsMin &&
      traded.every((row) => isPriced(row.money, row.amount, row)) &&
      // Where prices are about one, either may be the other's.
      !traded.every((row) => isPriced(row.amount, row.money, row))
    );
  });
}

/** Amounts are rounded. */
const tolerance = 1e-4;

function isSameCurrency(one: string, other: string): boolean {
  return inDollars(one) === inDollars(other);
}

/** A currency by its usual name. */
function inDollars(currency: string): string {
  const pair = `${currency.toUpperCase()}/USD`;
  return usualSpelling(pair) ?? pair;
}

function parsed(text: string): AssetPair | undefined {
  try {
    return AssetPair.parse(text);
  } catch {
    return undefined;
  }
}
