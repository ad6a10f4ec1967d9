import type { ColumnRole } from "./column-names.ts";
import type { RawRecord } from "./raw-table.ts";

/** Which column is what, by position, in records of a width. */
export interface PositionalLayout {
  readonly name: string;
  readonly width: number;
  readonly columns: Readonly<Partial<Record<ColumnRole, number>>>;
}

const openHighLowClose = { time: 0, open: 1, high: 2, low: 3, close: 4 };
const openCloseHighLow = { time: 0, open: 1, close: 2, high: 3, low: 4 };

/** How exchanges and programs order the columns of records without names. */
const layouts: readonly PositionalLayout[] = [
  { name: "ccxt", width: 6, columns: { ...openHighLowClose, volume: 5 } },
  { name: "coinbase", width: 6, columns: { time: 0, low: 1, high: 2, open: 3, close: 4, volume: 5 } },
  { name: "bitfinex", width: 6, columns: { ...openCloseHighLow, volume: 5 } },
  { name: "kraken", width: 7, columns: { ...openHighLowClose, volume: 5 } },
  { name: "kucoin", width: 7, columns: { ...openCloseHighLow, volume: 5 } },
  {
    name: "metatrader",
    width: 7,
    columns: { date: 0, time: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 },
  },
  { name: "kraken", width: 8, columns: { ...openHighLowClose, volume: 6 } },
  {
    name: "gate",
    width: 8,
    columns: { time: 0, close: 2, high: 3, low: 4, open: 5, volume: 6, complete: 7 },
  },
  { name: "okx", width: 9, columns: { ...openHighLowClose, volume: 5, complete: 8 } },
  { name: "binance", width: 11, columns: { ...openHighLowClose, volume: 5 } },
  { name: "binance", width: 12, columns: { ...openHighLowClose, volume: 5 } },
  {
    name: "stooq",
    width: 10,
    columns: { symbol: 0, date: 2, time: 3, open: 4, high: 5, low: 6, close: 7, volume: 8 },
  },
  { name: "plain", width: 5, columns: openHighLowClose },
];

/** Layouts that are another one's under their own name. */
const sameAs: ReadonlyMap<string, string> = new Map([
  ["freqtrade", "ccxt"],
  ["histdata", "ccxt"],
  ["lean", "ccxt"],
  ["yahoo", "ccxt"],
  ["bybit", "kraken"],
]);

/** What `--layout` may say. */
export const layoutNames = [
  "binance",
  "bitfinex",
  "bybit",
  "ccxt",
  "coinbase",
  "cryptodatadownload",
  "freqtrade",
  "gate",
  "histdata",
  "kraken",
  "kucoin",
  "lean",
  "metatrader",
  "okx",
  "stooq",
  "yahoo",
] as const;
export type LayoutName = (typeof layoutNames)[number];

/** The layout of a name for records of a width; `undefined` where it has none. */
export function layoutOf(name: string, width: number): PositionalLayout | undefined {
  const wanted = sameAs.get(name) ?? name;
  return layouts.find((layout) => layout.name === wanted && layout.width === width);
}

/**
 * The layouts that all of some records agree with: their highs are the highest and their lows the lowest. Where several
 * do, they say the same of each of these records, for then values are equal; of volumes that is not so, and one that
 * could as well be an average price counts against the layout.
 */
export function fittingLayouts(
  records: readonly RawRecord[],
  numberOf: (cell: string | undefined) => number,
  isTime: (cell: string) => boolean,
): readonly PositionalLayout[] {
  const width = records[0]?.length;
  const usable = records.filter((record) => record.length === width);
  const fits = (layout: PositionalLayout): number =>
    usable.filter((record) => agrees(record, layout, numberOf, isTime)).length;
  const scored = layouts
    .filter((layout) => layout.width === width)
    .map((layout) => ({ layout, score: fits(layout) }));
  const best = Math.max(0, ...scored.map(({ score }) => score));
  if (best === 0 || best * 10 < usable.length * 8) return [];
  return scored.filter(({ score }) => score === best).map(({ layout }) => layout);
}

/** Whether all volumes lie among the prices of their bars, so that they may be average prices. */
export function looksLikePrice(
  records: readonly RawRecord[],
  { columns }: PositionalLayout,
  numberOf: (cell: string | undefined) => number,
): boolean {
  const at = (record: RawRecord, role: ColumnRole): number => numberOf(record[columns[role] ?? -1]);
  return (
    records.length > 1 &&
    records.every((record) => {
      const value = at(record, "volume");
      return value >= at(record, "low") && value <= at(record, "high");
    })
  );
}

function agrees(
  record: RawRecord,
  { columns }: PositionalLayout,
  numberOf: (cell: string | undefined) => number,
  isTime: (cell: string) => boolean,
): boolean {
  const at = (role: ColumnRole): number => numberOf(record[columns[role] ?? -1]);
  const [open, high, low, close] = [at("open"), at("high"), at("low"), at("close")];
  const day = columns.date === undefined ? "" : `${record[columns.date] ?? ""} `;
  const time = record[columns.time ?? -1] ?? "";
  if (columns.complete !== undefined && !/^(?:0|1|true|false)$/i.test(record[columns.complete] ?? ""))
    return false;
  return low > 0 && high >= open && high >= close && low <= open && low <= close && isTime(day + time);
}
