/** An hour, and a day and a week of UTC, in milliseconds. */
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;
export const weekMs: number = 7 * dayMs;
