import { mapConcurrently } from "../map-concurrently.ts";
import type { Action } from "../protocol/actions.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { readCommit } from "./commit-file.ts";

const readConcurrency = 32;
/** Commits held at once. */
const windowMax = 256;

/**
 * The commits from a version on, up to the newest, in order and some at a time. A reader one version behind reads two;
 * a reader a thousand behind needs a few rounds, and no log is listed that may be long.
 *
 * @throws StoreError `NOT_FOUND` when the first of them is not there; DeltaError `CORRUPT_LOG`.
 */
export async function* commitsFrom(
  store: ObjectStore,
  version: number,
): AsyncGenerator<readonly (readonly Action[])[]> {
  let next = version;
  for (let window = 2; ; window = Math.min(window * 4, windowMax)) {
    const versions = Array.from({ length: window }, (_, index) => next + index);
    const read = await mapConcurrently(versions, readConcurrency, (one) =>
      one === version ? readCommit(store, one) : readIfThere(store, one),
    );
    const end = read.findIndex((actions) => actions === undefined);
    const found = read.slice(0, end < 0 ? read.length : end).filter((actions) => actions !== undefined);
    if (found.length > 0) yield found;
    if (end >= 0) return;
    next += window;
  }
}

async function readIfThere(store: ObjectStore, version: number): Promise<readonly Action[] | undefined> {
  try {
    return await readCommit(store, version);
  } catch (error) {
    if (error instanceof StoreError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}
