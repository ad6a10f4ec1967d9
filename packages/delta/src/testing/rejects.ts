import assert from "node:assert/strict";

import { DeltaError, messageOf } from "../errors.ts";
import type { DeltaErrorCode } from "../errors.ts";
import { StoreError } from "../store/object-store.ts";
import type { StoreErrorCode } from "../store/object-store.ts";

/** Fails unless the work ends in an error of the given code whose message matches; returns it. */
export async function rejects(
  work: Promise<unknown>,
  code: DeltaErrorCode | StoreErrorCode,
  message: RegExp = /./s,
): Promise<DeltaError | StoreError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error !== undefined, `expected ${code}, but it succeeded`);
  assert.ok(
    error instanceof DeltaError || error instanceof StoreError,
    `not a typed error: ${messageOf(error)}`,
  );
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return error;
}
