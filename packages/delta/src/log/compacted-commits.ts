import { DeltaError } from "../errors.ts";
import { fileKey } from "../protocol/actions.ts";
import type { Action } from "../protocol/actions.ts";
import { canonicalPath } from "../protocol/paths.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { readActions } from "./commit-file.ts";
import type { CompactedCommits } from "./log-files.ts";

/**
 * Reads what many commits add up to. Some writers only put the commits' actions one behind the other, and in any order:
 * what a file says twice, or adds and removes, cannot be told from it. The commits themselves tell it then.
 *
 * Source: PROTOCOL.md, "Log Compaction Files" and "Action Reconciliation".
 *
 * @throws DeltaError `CORRUPT_LOG` for a file that is not reconciled.
 */
export async function readCompaction(store: ObjectStore, { path }: CompactedCommits): Promise<Action[]> {
  const actions = await readActions(store, path);
  const seen = new Set<string>();
  for (const identity of actions.flatMap((action) => identitiesOf(action, store.uri))) {
    if (seen.has(identity)) throw unreconciled(store, path, `it has ${JSON.stringify(identity)} twice`);
    seen.add(identity);
  }
  if (seen.size === 0) throw unreconciled(store, path, "it is empty");
  return actions;
}

/** What a state has one of at most; an add and a remove share what they are about. */
function identitiesOf(action: Action, tableUri: string): string[] {
  if ("add" in action) {
    const path = canonicalPath(action.add.path, tableUri);
    return [`file ${fileKey(action.add, tableUri)}`, `add of ${path}`];
  }
  if ("remove" in action) return [`file ${fileKey(action.remove, tableUri)}`];
  if ("txn" in action) return [`txn ${action.txn.appId}`];
  if ("domainMetadata" in action) return [`domainMetadata ${action.domainMetadata.domain}`];
  if ("metaData" in action) return ["metaData"];
  return "protocol" in action ? ["protocol"] : [];
}

function unreconciled(store: ObjectStore, path: string, what: string): DeltaError {
  return new DeltaError(
    "CORRUPT_LOG",
    `${store.uri}/${path} does not hold what its commits add up to: ${what}`,
  );
}
