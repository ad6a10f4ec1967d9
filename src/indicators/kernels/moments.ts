/** The sum of a window's values, added up anew; NaN where one is missing. */
export function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ?? Number.NaN;
  return sum;
}

/** The mean of a window's values, added up anew. */
export function meanOf(values: Float64Array): number {
  return sumOf(values) / values.length;
}

/** The sum of the distances from a mean. */
export function distancesFrom(values: Float64Array, mean: number): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += Math.abs((values[index] ?? Number.NaN) - mean);
  return sum;
}

/**
 * The sum of the squared distances from a mean. From the distances, not from a sum of squares: where prices are large and
 * moves are small, that one loses every digit.
 */
export function squaresAround(values: Float64Array, mean: number): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const distance = (values[index] ?? Number.NaN) - mean;
    sum += distance * distance;
  }
  return sum;
}
