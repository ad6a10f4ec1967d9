/** Currencies of states, and metals that trade like them. A pair of two of these is foreign exchange. */
const commonFiat: readonly string[] = (
  "USD EUR GBP JPY CHF AUD CAD NZD SEK NOK DKK PLN CZK HUF RON BGN TRY ZAR MXN BRL CLP COP ARS PEN " +
  "CNH CNY HKD SGD TWD KRW INR IDR MYR PHP THB VND ILS SAR AED QAR KWD EGP NGN KES UAH RUB KZT PKR " +
  "XAU XAG XPT XPD"
).split(" ");

/** Currencies of states whose code may also be a ticker. They are currencies only as a part of a pair. */
const rareFiat: readonly string[] = (
  "BHD OMR JOD MAD TND LKR BDT ISK GEL UYU BOB CRC DOP GTQ PYG JMD TTD XOF XAF IRR IQD LBP KHR LAK MMK MNT NPR UZS " +
  "AZN BYN MDL GHS TZS UGX ZMW ETB DZD BWP MUR"
).split(" ");

export const fiatCurrencies: ReadonlySet<string> = new Set([...commonFiat, ...rareFiat]);

/** Cryptocurrencies that price other ones, also without a separator: `BTCUSDT`. */
const commonCryptoQuotes: readonly string[] =
  "USDT USDC DAI BTC ETH FDUSD PYUSD USDE USDS USDP EURC BNB".split(" ");

/**
 * Cryptocurrencies that are a quote only behind a separator, as in `BTC-BUSD`: without one, `BNBUSD` would read as BN in
 * BUSD and `DOTUSD` as DO in TUSD.
 */
const separatedCryptoQuotes: readonly string[] =
  "BUSD TUSD GUSD UST USTC USDD EURT EURS XBT WBTC WETH WBNB XRP SOL TRX DOGE ADA DOT LTC BCH AVAX BIDR".split(
    " ",
  );

/** Quotes of pairs without a separator. */
export const joinedQuotes: ReadonlySet<string> = new Set([...fiatCurrencies, ...commonCryptoQuotes]);

/** Quotes of pairs with a separator. */
export const separatedQuotes: ReadonlySet<string> = new Set([...joinedQuotes, ...separatedCryptoQuotes]);

/** Codes that are never read as a ticker. */
export const currenciesAlone: ReadonlySet<string> = new Set([...commonFiat, ...commonCryptoQuotes]);

/** Whether it can be the currency of a price. The hundredths that some exchanges quote in count too. */
export function isCurrency(code: string): boolean {
  return separatedQuotes.has(code) || ["GBX", "ZAC", "ILA"].includes(code);
}
