import assert from "node:assert/strict";
import { ProviderError, type ProviderErrorCode } from "../../src/providers/provider-error.ts";

/** Waits for a failure, checks its code, and returns it for a closer look. */
export async function failure(promise: Promise<unknown>, code: ProviderErrorCode): Promise<ProviderError> {
  const error = await promise.then(
    () => assert.fail(`expected ${code}, but it succeeded`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProviderError, `expected a ProviderError, not ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert.notEqual(error.nextStep, "");
  return error;
}
