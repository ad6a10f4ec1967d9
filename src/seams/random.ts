/** Randomness as the program sees it, passed in so that tests can decide it: a number in `[0, 1)`. */
export type Random = () => number;

/** The runtime's own generator; not for secrets. */
export const systemRandom: Random = () => Math.random();
