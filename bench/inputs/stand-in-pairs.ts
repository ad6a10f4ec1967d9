/** The markets that the stand-in has. */
export const cryptoPairs: readonly string[] = [
  "BTCUSD",
  "ETHUSD",
  "SOLUSD",
  "ADAUSD",
  "XRPUSD",
  "DOGEUSD",
  "LTCUSD",
  "LINKUSD",
  "DOTUSD",
  "AVAXUSD",
];
export const foreignExchangePairs: readonly string[] = ["EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "USDCAD"];
