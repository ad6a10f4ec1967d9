/** When a version was committed, in milliseconds since the epoch. */
export interface CommitTime {
  readonly version: number;
  readonly timestampMs: number;
}

/**
 * When versions were committed, by the times of their files: made monotonic by going one millisecond beyond the one
 * before where clocks ran backwards.
 *
 * Source: Spark's DeltaHistoryManager.
 *
 * @param commits by version ascending.
 */
export function monotonicTimes(
  commits: readonly { readonly version: number; readonly modifiedAtMs: number }[],
): CommitTime[] {
  let previousMs = Number.NEGATIVE_INFINITY;
  return commits.map(({ version, modifiedAtMs }) => {
    previousMs = Math.max(Math.floor(modifiedAtMs), previousMs + 1);
    return { version, timestampMs: previousMs };
  });
}
