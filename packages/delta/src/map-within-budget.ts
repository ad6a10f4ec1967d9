/** What bounds the calls that are under way at once. */
export interface CallBudget<Input> {
  readonly callsMax: number;
  /** What the weights of the calls come to at most. A call that is heavier than this runs alone. */
  readonly weightMax: number;
  readonly weightOf: (input: Input) => number;
}

/**
 * Maps with several calls under way at once, which start in the order of the input. After a failure no new call starts, and
 * those under way are awaited before it is thrown.
 */
export async function mapWithinBudget<Input, Output>(
  inputs: readonly Input[],
  { callsMax, weightMax, weightOf }: CallBudget<Input>,
  map: (input: Input) => Promise<Output>,
): Promise<Output[]> {
  const outputs: Output[] = [];
  const weights = new Map<Promise<void>, number>();
  const failures: unknown[] = [];
  const hasRoomFor = (own: number): boolean => {
    const weight = [...weights.values()].reduce((sum, one) => sum + one, own);
    return weights.size === 0 || (weights.size < callsMax && weight <= weightMax);
  };
  const run = async (input: Input, index: number): Promise<void> => {
    try {
      outputs[index] = await map(input);
    } catch (error) {
      failures.push(error);
    }
  };
  for (const [index, input] of inputs.entries()) {
    const own = weightOf(input);
    while (!hasRoomFor(own)) await Promise.race(weights.keys());
    if (failures.length > 0) break;
    const call = run(input, index).finally(() => weights.delete(call));
    weights.set(call, own);
  }
  await Promise.all(weights.keys());
  if (failures.length > 0) throw failures[0];
  return outputs;
}
