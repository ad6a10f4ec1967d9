/** A stock exchange as the suffix of a symbol names it. */
export interface Exchange {
  readonly name: string;
  /** The currency of its prices. `GBX`, `ZAC` and `ILA` are hundredths of the pound, the rand and the shekel. */
  readonly currency: string;
}

/** The exchanges of New York together: symbols without a suffix. */
export const usExchange = "US";

/** By the suffix of Yahoo Finance, which we use too: `HK` of `1398.HK`. */
export const exchanges: ReadonlyMap<string, Exchange> = new Map(
  [
    [usExchange, "New York", "USD"],
    ["AS", "Amsterdam", "EUR"],
    ["AT", "Athens", "EUR"],
    ["AX", "Sydney", "AUD"],
    ["BA", "Buenos Aires", "ARS"],
    ["BD", "Budapest", "HUF"],
    ["BE", "Berlin", "EUR"],
    ["BK", "Bangkok", "THB"],
    ["BO", "Bombay", "INR"],
    ["BR", "Brussels", "EUR"],
    ["CA", "Cairo", "EGP"],
    ["CN", "Canadian Securities Exchange", "CAD"],
    ["CO", "Copenhagen", "DKK"],
    ["DE", "Xetra", "EUR"],
    ["DU", "Dusseldorf", "EUR"],
    ["F", "Frankfurt", "EUR"],
    ["HA", "Hanover", "EUR"],
    ["HE", "Helsinki", "EUR"],
    ["HK", "Hong Kong", "HKD"],
    ["HM", "Hamburg", "EUR"],
    ["IC", "Reykjavik", "ISK"],
    ["IL", "London, international order book", "USD"],
    ["IR", "Dublin", "EUR"],
    ["IS", "Istanbul", "TRY"],
    ["JK", "Jakarta", "IDR"],
    ["JO", "Johannesburg", "ZAC"],
    ["KL", "Kuala Lumpur", "MYR"],
    ["KQ", "KOSDAQ", "KRW"],
    ["KS", "Korea", "KRW"],
    ["KW", "Kuwait", "KWD"],
    ["L", "London", "GBX"],
    ["LS", "Lisbon", "EUR"],
    ["MC", "Madrid", "EUR"],
    ["ME", "Moscow", "RUB"],
    ["MI", "Milan", "EUR"],
    ["MU", "Munich", "EUR"],
    ["MX", "Mexico", "MXN"],
    ["NE", "Cboe Canada", "CAD"],
    ["NS", "National Stock Exchange of India", "INR"],
    ["NZ", "Wellington", "NZD"],
    ["OL", "Oslo", "NOK"],
    ["PA", "Paris", "EUR"],
    ["PR", "Prague", "CZK"],
    ["PS", "Manila", "PHP"],
    ["QA", "Doha", "QAR"],
    ["SA", "Sao Paulo", "BRL"],
    ["SG", "Stuttgart", "EUR"],
    ["SI", "Singapore", "SGD"],
    ["SN", "Santiago", "CLP"],
    ["SR", "Riyadh", "SAR"],
    ["SS", "Shanghai", "CNY"],
    ["ST", "Stockholm", "SEK"],
    ["SW", "Zurich", "CHF"],
    ["SZ", "Shenzhen", "CNY"],
    ["T", "Tokyo", "JPY"],
    ["TA", "Tel Aviv", "ILA"],
    ["TO", "Toronto", "CAD"],
    ["TW", "Taipei", "TWD"],
    ["TWO", "Taipei, over the counter", "TWD"],
    ["V", "TSX Venture", "CAD"],
    ["VI", "Vienna", "EUR"],
    ["VN", "Ho Chi Minh City", "VND"],
    ["WA", "Warsaw", "PLN"],
  ].map(([suffix = "", name = "", currency = ""]) => [suffix, { name, currency }]),
);

/** Suffixes of other vendors for the same exchanges: Alpha Vantage, Stooq, EOD Historical Data. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["AMS", "AS"],
  ["AU", "AX"],
  ["BSE", "BO"],
  ["DEX", "DE"],
  ["FRK", "F"],
  ["JP", "T"],
  ["LON", "L"],
  ["LSE", "L"],
  ["PAR", "PA"],
  ["SAO", "SA"],
  ["SHE", "SZ"],
  ["SHG", "SS"],
  ["SHH", "SS"],
  ["SHZ", "SZ"],
  ["TRT", "TO"],
  ["TRV", "V"],
  ["UK", "L"],
  ["XETRA", "DE"],
]);

/** Our suffix for a user's or a vendor's; `undefined` for an unknown one. */
export function exchangeSuffix(text: string): string | undefined {
  const suffix = aliases.get(text) ?? text;
  return exchanges.has(suffix) ? suffix : undefined;
}

/** The exchange whose days the best known indices follow, by the index's name without its `^`. */
export const exchangesOfIndices: ReadonlyMap<string, string> = new Map(
  [
    [usExchange, "GSPC DJI IXIC NDX RUT VIX NYA OEX SPX DJT DJU XAX TNX TYX FVX IRX W5000 SOX"],
    ["L", "FTSE FTMC FTAS"],
    ["DE", "GDAXI MDAXI SDAXI TECDAX"],
    ["PA", "FCHI"],
    ["T", "N225 TOPX"],
    ["HK", "HSI HSCE HSTECH"],
    ["TO", "GSPTSE"],
    ["AX", "AXJO AORD"],
    ["AS", "AEX"],
    ["BR", "BFX"],
    ["SW", "SSMI"],
    ["MC", "IBEX"],
    ["KS", "KS11"],
    ["NS", "NSEI NSEBANK"],
    ["BO", "BSESN"],
    ["SA", "BVSP"],
    ["MX", "MXX"],
    ["SI", "STI"],
    ["TW", "TWII"],
    ["JK", "JKSE"],
    ["NZ", "NZ50"],
  ].flatMap(([exchange = "", names = ""]) =>
    names.split(" ").map((name): readonly [string, string] => [name, exchange]),
  ),
);
