const halfStep = 2 ** -53;

/**
 * Whether two sums of three prices are equal as decimals. Each price is the double next to a decimal: the error of the
 * difference is at most 2⁻⁵³ of each of the six, and a tie of decimals stays within it. Below a price of seven million a
 * step of eight decimals lies outside of it, so that no move is taken for a tie.
 */
export function isTie(difference: number, sum: number): boolean {
  return Math.abs(difference) <= 4 * halfStep * Math.abs(sum);
}
