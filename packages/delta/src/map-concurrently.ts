/**
 * Maps with at most `limit` calls under way at once, in order of input. After a failure no new call starts, and those
 * under way are awaited before it is thrown: nothing goes on behind the caller's back.
 */
export async function mapConcurrently<Input, Output>(
  inputs: readonly Input[],
  limit: number,
  map: (input: Input, index: number) => Promise<Output>,
): Promise<Output[]> {
  const outputs: Output[] = [];
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed) {
      const index = next;
      next += 1;
      if (index >= inputs.length) return;
      const input = inputs[index];
      if (input === undefined) continue;
      try {
        outputs[index] = await map(input, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(limit, inputs.length) }, worker));
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return outputs;
}
