import type { Operation } from "../log/commit.ts";
import type { ReadSet } from "../log/conflict.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { CommandContext } from "../read/command-context.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { commitChanges, onNewestSnapshot } from "../write/commit-changes.ts";
import type { TableChange } from "../write/schema-change.ts";

/** A change of a table's metadata, with no change of its rows. */
export interface Alteration {
  readonly change: TableChange;
  readonly operation: Pick<Operation, "name" | "parameters">;
  readonly reads?: ReadSet;
}

/** Plans a change on the newest snapshot and commits it. */
export async function alter(
  context: CommandContext,
  options: ChangeOptions,
  plan: (snapshot: Snapshot) => Promise<Alteration>,
): Promise<CommandResult> {
  return onNewestSnapshot(context, async (snapshot) => {
    const { change, operation, reads = { kind: "nothing" } } = await plan(snapshot);
    if (options.dryRun === true) return { version: snapshot.version, isCommitted: false, metrics: {} };
    const { snapshot: committed, ...rest } = await commitChanges(context, {
      snapshot,
      actions: change.actions,
      operation: { ...operation, metrics: {} },
      reads,
      userMetadata: options.userMetadata,
    });
    return { version: committed.version, isCommitted: true, metrics: {}, ...rest };
  });
}
