import * as z from "zod";

import { fiatCurrencies } from "../../market/currencies.ts";
import { timeframeMs, timeframes } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { define, mostlyShape } from "./expectation.ts";
import type { BatchColumns, ExpectationDefinition } from "./expectation.ts";

const ohlcNames = {
  open: z.string().default("open"),
  high: z.string().default("high"),
  low: z.string().default("low"),
  close: z.string().default("close"),
} as const;

/** Expectations about each bar alone. */
export const barExpectations: readonly ExpectationDefinition[] = [
  /** low <= open <= high, low <= close <= high, all of them above zero. Rows without one of the four count as missing. */
  define(
    "expect_ohlc_to_be_sane",
    { ...ohlcNames, ...mostlyShape },
    ({ open, high, low, close, mostly }, batch) => {
      const names = [open, high, low, close];
      const [o = "", h = "", l = "", c = ""] = names.map((name) => batch.sql(name));
      return {
        kind: "map",
        columns: names,
        missing: names.map((name) => `${batch.sql(name)} IS NULL`).join(" OR "),
        // An infinite high is above all of them.
        unexpected: `NOT (${l} > 0 AND ${l} <= ${o} AND ${o} <= ${h} AND ${l} <= ${c} AND ${c} <= ${h} AND ${h} < 'Infinity'::DOUBLE)`,
        mostly,
      };
    },
  ),
  /**
   * A bar's open is a whole number of its timeframe's lengths from the epoch, UTC. Some files count bars from the opening of
   * the market: hours of a stock or an index may begin at a quarter of an hour, and four hours of currencies at 17:00 in New York.
   */
  define(
    "expect_timestamps_to_be_on_grid",
    { column: z.string().default("timestamp"), timeframe: z.enum(timeframes), ...mostlyShape },
    ({ column, timeframe, mostly }, batch) => ({
      kind: "map",
      columns: [column],
      missing: `${batch.sql(column)} IS NULL`,
      unexpected: offGrid(`epoch_us(${batch.sql(column)})`, timeframe, batch),
      mostly,
    }),
  ),
];

/** The pattern of names of stocks and indices; no pair or contract has such a name. */
const stockNames = String.raw`^[A-Z]{1,5}([.-][A-Z]{1,2})?$|\.[A-Z]{1,5}$`;
/** Of currencies and futures, by their names. */
const currencyNames = `^(${[...fiatCurrencies].join("|")}){2}$`;
const futureNames = String.raw`\.FUTURE$`;
const hourUs = 3_600_000_000;

function offGrid(openUs: string, timeframe: Timeframe, batch: BatchColumns): string {
  const isOff = `${openUs} % ${timeframeMs(timeframe) * 1000} <> 0`;
  const maySession =
    (timeframe === "1h" || timeframe === "4h") && batch.find("asset_pair")?.type === "string";
  if (!maySession) return isOff;
  const isNamed = (names: string): string =>
    `regexp_matches(coalesce(${batch.sql("asset_pair")}, ''), '${names}')`;
  const isOfStock = `${openUs} % ${hourUs / 4} = 0 AND ${isNamed(stockNames)}`;
  if (timeframe === "1h") return `${isOff} AND NOT (${isOfStock})`;
  // 17:00 in New York is 21:00 or 22:00 of UTC.
  const isOfCurrency = `${openUs} % ${4 * hourUs} IN (${hourUs}, ${2 * hourUs}) AND ${isNamed(currencyNames)}`;
  const isOfFuture = `${openUs} % ${hourUs} = 0 AND ${isNamed(futureNames)}`;
  return `${isOff} AND NOT (${isOfStock} OR ${isOfCurrency} OR ${isOfFuture})`;
}
