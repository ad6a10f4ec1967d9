import { isCurrency } from "./currencies.ts";

/**
 * Exchanges' own names of assets, by the usual name. Kraken's older names have an X before a cryptocurrency and a Z before a
 * currency of a state; BitMEX also writes XBT.
 *
 * Sources: https://support.kraken.com/articles/360001206766, https://docs.kraken.com/api/docs/rest-api/get-asset-info
 */
const ownNames: ReadonlyMap<string, string> = new Map(
  [
    ["BTC", "XBT XXBT"],
    ["DOGE", "XDG XXDG"],
    ["ETC", "XETC"],
    ["ETH", "XETH"],
    ["LTC", "XLTC"],
    ["MLN", "XMLN"],
    ["REP", "XREP"],
    ["XLM", "XXLM"],
    ["XMR", "XXMR"],
    ["XRP", "XXRP"],
    ["ZEC", "XZEC"],
    ...["USD", "EUR", "GBP", "JPY", "CAD", "AUD"].map((currency) => [currency, `Z${currency}`]),
  ].flatMap(([usual = "", names = ""]) =>
    names.split(" ").map((name): readonly [string, string] => [name, usual]),
  ),
);

/**
 * A pair with the usual names in place of an exchange's own: `BTC/USD` for `XBTUSD` and `XXBTZUSD`, `DOGEEUR` for `XDGEUR`.
 * `undefined` when it has only usual names.
 */
export function usualSpelling(symbol: string): string | undefined {
  const text = symbol.trim().toUpperCase();
  const separated = /^([A-Z0-9]+)([-/_])([A-Z0-9]+)$/.exec(text);
  if (separated !== null) {
    const [, base = "", separator = "", quote = ""] = separated;
    return renamed(base, separator, quote);
  }
  if (!/^[A-Z]{6,9}$/.test(text)) return undefined;
  for (const length of [4, 3]) {
    const [base, quote] = [text.slice(0, -length), text.slice(-length)];
    if (!ownNames.has(base) && !ownNames.has(quote)) continue;
    // `XTZUSD` is Tezos in dollars: a Z follows a name with an X only, or USDT.
    const isPrefixed = quote.startsWith("Z") && ownNames.has(quote);
    if (isPrefixed ? base === "USDT" || ownNames.has(base) : ownNames.has(quote) || isCurrency(quote))
      return renamed(base, "/", quote);
  }
  return undefined;
}

function renamed(base: string, separator: string, quote: string): string | undefined {
  const usual = `${ownNames.get(base) ?? base}${separator}${ownNames.get(quote) ?? quote}`;
  return usual === `${base}${separator}${quote}` ? undefined : usual;
}
