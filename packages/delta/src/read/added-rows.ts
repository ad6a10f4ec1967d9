import type { Relation } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import { readCommit } from "../log/commit-file.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Action, AddFile } from "../protocol/actions.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { relationOf } from "./data-files.ts";

/**
 * The rows that commits after a version added and none of them took away again, by the log: files that a commit only
 * rearranged (`dataChange` false) do not count, and what they replaced still does, for as long as its files are there.
 *
 * @param snapshot of the last version that counts.
 * @throws DeltaError `VERSION_NOT_FOUND` for commits that are no longer in the log; `DATA_FILE_UNREADABLE` from a query of
 *   files that were vacuumed.
 */
export async function addedRows(store: ObjectStore, snapshot: Snapshot, after: number): Promise<Relation> {
  if (!Number.isSafeInteger(after) || after < -1 || after > snapshot.version) {
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `${snapshot.tableUri}: after must be a version from -1 to ${snapshot.version}, the newest, not ${after}`,
    );
  }
  const files = new Map<string, AddFile>();
  for (let version = after + 1; version <= snapshot.version; version += 1) {
    const actions = await commitInLog(store, version);
    for (const action of actions)
      if ("remove" in action && action.remove.dataChange) files.delete(action.remove.path);
    for (const action of actions)
      if ("add" in action && action.add.dataChange) files.set(action.add.path, action.add);
  }
  return relationOf(store, snapshot, [...files.values()]);
}

async function commitInLog(store: ObjectStore, version: number): Promise<readonly Action[]> {
  try {
    return await readCommit(store, version);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "NOT_FOUND") throw error;
    throw new DeltaError(
      "VERSION_NOT_FOUND",
      `${store.uri}: what version ${version} added is no longer in the log, which keeps commits for delta.logRetentionDuration`,
      { cause: error },
    );
  }
}
