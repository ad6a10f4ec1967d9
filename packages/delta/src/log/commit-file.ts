import { createHash } from "node:crypto";

import { DeltaError } from "../errors.ts";
import { parseActions } from "../protocol/actions.ts";
import type { Action, CommitInfo } from "../protocol/actions.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { commitPath } from "./log-files.ts";

/** @throws DeltaError `CORRUPT_LOG`; StoreError `NOT_FOUND` when there is no such commit. */
export async function readCommit(store: ObjectStore, version: number): Promise<Action[]> {
  const path = commitPath(version);
  const actions = await readActions(store, path);
  // A writer that died before its bytes were on the disk leaves such a file; read as a commit, it would take back nothing
  // and the next one would build on it.
  if (actions.length === 0)
    throw new DeltaError("CORRUPT_LOG", `${store.uri}/${path} is empty: a commit has at least one action`);
  return actions;
}

/** Reads a file of the log that holds an action a line. */
export async function readActions(store: ObjectStore, path: string): Promise<Action[]> {
  return parseActions(textOf(await store.read(path)), `${store.uri}/${path}`);
}

/** Tells a commit from any other of the same version: commits are never written twice, but tables are made anew. */
export async function commitDigest(store: ObjectStore, version: number): Promise<string> {
  return createHash("sha256")
    .update(await store.read(commitPath(version)))
    .digest("hex");
}

export function commitInfoOf(actions: Iterable<Action>): CommitInfo | undefined {
  for (const action of actions) if ("commitInfo" in action) return action.commitInfo;
  return undefined;
}

export function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
}
