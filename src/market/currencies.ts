/** Money issued by states, and the metals that trade beside it: a pair of two of these is foreign exchange. */
export const fiatCurrencies: ReadonlySet<string> = new Set(
  (
    "USD EUR GBP JPY CHF AUD CAD NZD SEK NOK DKK PLN CZK HUF RON BGN TRY ZAR MXN BRL CLP COP ARS PEN " +
    "CNH CNY HKD SGD TWD KRW INR IDR MYR PHP THB VND ILS SAR AED QAR KWD EGP NGN KES UAH RUB KZT PKR " +
    "XAU XAG XPT XPD"
  ).split(" "),
);

/** Cryptocurrencies that other ones are quoted in. */
export const cryptoQuotes: ReadonlySet<string> = new Set(["USDT", "USDC", "DAI", "BTC", "ETH"]);
