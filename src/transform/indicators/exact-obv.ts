/** What on-balance volume remembers. */
export interface ObvState {
  readonly sum: bigint;
  /** The close before; null at the first bar. */
  readonly close: bigint | null;
}

export const firstObv: ObvState = { sum: 0n, close: null };

/**
 * On-balance volume on exact decimals: a sum over a whole series must not depend on where it began. A bar without a volume is
 * null and adds nothing.
 */
export function addObv(
  { sum, close }: ObvState,
  bar: { readonly close: bigint; readonly volume: bigint | null },
): { readonly value: bigint | null; readonly state: ObvState } {
  if (bar.volume === null) return { value: null, state: { sum, close: bar.close } };
  const rises = close === null || bar.close > close;
  const value = rises ? sum + bar.volume : bar.close < close ? sum - bar.volume : sum;
  return { value, state: { sum: value, close: bar.close } };
}
