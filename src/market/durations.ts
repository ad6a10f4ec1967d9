/** A day and a week of UTC, in milliseconds. */
export const dayMs = 86_400_000;
export const weekMs: number = 7 * dayMs;
