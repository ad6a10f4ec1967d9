/** How a number that stands for a time counts; it is declared, and never guessed. */
export const timeUnits = ["s", "ms", "us", "ns"] as const;
export type TimeUnit = (typeof timeUnits)[number];
