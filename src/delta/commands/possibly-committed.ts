/**
 * Failures after which nobody knows whether the commit happened, such as a store that took it and lost its answer.
 * Files that such a commit would name must stay, as orphans at worst; after any other failure they go.
 */
const ambiguous = new WeakSet<object>();

/** Marks the error of an attempt to commit. */
export function markPossiblyCommitted(error: unknown): void {
  if (typeof error === "object" && error !== null) ambiguous.add(error);
}

/** Runs the step that follows the writing of files; takes them back when it is certain that it did not commit them. */
export async function keepingOnlyCommitted<Result>(
  discard: () => Promise<void>,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const mayBeCommitted = typeof error === "object" && error !== null && ambiguous.has(error);
    if (!mayBeCommitted) await discard().catch(() => {});
    throw error;
  }
}
