import { DeltaError } from "../errors.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Action } from "../protocol/actions.ts";
import { appendOnly, readProperty } from "../protocol/table-properties.ts";

/**
 * Holds a commit to the table's own rule. One check is enough: a writer that sets the property meanwhile changes the
 * metadata, which is a conflict with every commit.
 *
 * @throws DeltaError `APPEND_ONLY`
 */
export function assertMayRemove(snapshot: Snapshot, actions: readonly Action[]): void {
  if (actions.some((action) => "remove" in action && action.remove.dataChange)) assertRowsMayGo(snapshot);
}

/** @throws DeltaError `APPEND_ONLY` */
export function assertRowsMayGo(snapshot: Snapshot): void {
  if (!readProperty(snapshot.metadata, appendOnly)) return;
  throw new DeltaError(
    "APPEND_ONLY",
    `${snapshot.tableUri} is append-only (delta.appendOnly): rows can be neither changed nor removed`,
  );
}
