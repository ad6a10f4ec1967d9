/** Why bars of bids and asks are no candles, and what to do. */
export function quotesOf(what: string): string {
  return `it holds quotes of ${what}, bars of the bid and of the ask, and no prices of trades; make one price of the two, or take the bids by --columns 0=time,1=open,2=high,3=low,4=close,volume=none`;
}
