/** Below this there is no movement to divide by; TA-Lib draws the line at the same place. */
const nothing = 1e-14;

/** Whether a sum of movements is as good as zero. */
export function isNothing(value: number): boolean {
  return value < nothing && value > -nothing;
}

/** What rounding alone makes of the distance between a value and the mean of equal ones: a deviation of that is none. */
export function roundingOf(mean: number): number {
  return 4 * Number.EPSILON * Math.abs(mean);
}
