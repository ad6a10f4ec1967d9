/** What a column of a file can be. `date` and `time` may be one column, then `time`, or two. */
export type ColumnRole =
  "date" | "time" | "open" | "high" | "low" | "close" | "volume" | "symbol" | "complete";

export const columnRoles: readonly ColumnRole[] = [
  "date",
  "time",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "symbol",
  "complete",
];

/**
 * The name of a column as it is compared: small letters and single spaces, without the brackets of MetaTrader and the
 * numbers of Alpha Vantage: `<OPEN>`, `1. open` and `Open` are one, and so are `openTime` and `open_time`.
 */
export function normalName(name: string): string {
  return name
    .trim()
    .replaceAll(/[<>"]/g, "")
    .replace(/^\d+[a-z]?\.\s+/, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replaceAll(/[\s_.-]+/g, " ")
    .trim();
}

/** Names under which candles come, the usual ones first; of English, German, French and Spanish exports. */
export const usualNames: Readonly<Record<Exclude<ColumnRole, "date">, readonly string[]>> = {
  time: [
    "time",
    "timestamp",
    "date",
    "datetime",
    "date time",
    "open time",
    "ts",
    "t",
    "unix",
    "start",
    "start time",
    "time period start",
    "begin",
    "unix timestamp",
    "epoch",
    "datum",
    "zeit",
    "fecha",
    "window start",
    "open timestamp",
    "opentime",
    "time open",
    "begins at",
    "period start",
    "bar start",
    "dtyyyymmdd",
  ],
  open: [
    "open",
    "o",
    "open price",
    "price open",
    "eröffnung",
    "eröffn",
    "erster",
    "ouverture",
    "ouv",
    "apertura",
  ],
  high: ["high", "h", "high price", "price high", "hoch", "haut", "plus haut", "máximo"],
  low: ["low", "l", "low price", "price low", "tief", "bas", "plus bas", "mínimo"],
  close: [
    "close",
    "c",
    "close price",
    "price close",
    "close/last",
    "last",
    "price",
    "schluss",
    "schlusskurs",
    "zuletzt",
    "clôture",
    "dernier",
    "cierre",
    "último",
  ],
  volume: [
    "volume",
    "v",
    "vol",
    "base volume",
    "volume base",
    "volume traded",
    "volumefrom",
    "tick volume",
    "tickvol",
    "volumen",
    "stück",
  ],
  symbol: [
    "symbol",
    "ticker",
    "pair",
    "instrument",
    "asset pair",
    "currency pair",
    "trading pair",
    "product id",
    "inst id",
    "tic",
    "asset",
  ],
  complete: ["complete", "confirm", "is closed"],
};

/** Names that may hold a symbol, or something else: counted as one where their values are symbols. */
export const vagueSymbolNames: readonly string[] = [
  "name",
  "stock",
  "code",
  "coin",
  "market",
  "security",
  "underlying",
  "product",
  "contract",
  "crypto",
  "base",
  ...[0, 1, 2].flatMap((level) => [`level ${level}`, `index level ${level}`, `index ${level}`]),
  "index",
];

/** Two columns that make a symbol together. */
export const baseAndQuoteNames: readonly (readonly [string, string])[] = [
  ["base", "quote"],
  ["base asset", "quote asset"],
  ["base currency", "quote currency"],
  ["base symbol", "quote symbol"],
  ["from symbol", "to symbol"],
  ["fsym", "tsym"],
];

/** Columns that say how long a bar is, where their values do. */
export const barLengthNames: readonly string[] = [
  "interval",
  "timeframe",
  "time frame",
  "tf",
  "period",
  "granularity",
  "resolution",
  "frequency",
  "freq",
  "bar size",
];

/** Columns of days, where the time of day stands in a column of its own. */
export const dayNames: readonly string[] = ["date", "datum", "day", "fecha", "dtyyyymmdd"];
export const timeOfDayNames: readonly string[] = ["time", "zeit", "uhrzeit", "heure", "hora"];

/** What an index of rows is called, by pandas and by those who left it without a name. */
export const indexNames: readonly string[] = [
  "",
  "index",
  "unnamed: 0",
  "unnamed 0",
  ...[0, 1, 2].flatMap((level) => [`level ${level}`, `index level ${level}`, `index ${level}`]),
];
