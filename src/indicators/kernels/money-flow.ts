/**
 * Chaikin's money flow volume: the volume, weighted from −1 (the close is the low) to 1 (it is the high). A bar without a
 * range has no weight.
 */
export function moneyFlowVolume(high: number, low: number, close: number, volume: number): number {
  const range = high - low;
  return range > 0 ? ((close - low - (high - close)) / range) * volume : volume * 0;
}
