import { sqlExpression } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { assertRowsMayGo } from "../write/append-only.ts";
import type { CommandContext } from "../read/command-context.ts";
import { changeOptions, metricTexts } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { commitChanges, onNewestSnapshot } from "../write/commit-changes.ts";
import { changeMetrics, liveRowCount } from "../statistics/file-metrics.ts";
import { columnList, removeOf } from "../write/row-changes.ts";
import { changeRows, chooseRows, leavingRowCount, leavingRows } from "../write/rewrite.ts";

export interface DeleteOptions extends ChangeOptions {
  /** Which rows go: a SQL expression; all when left out. Rows for which it is null stay. */
  readonly where?: string | undefined;
}

export const deleteOptions: OptionTable<DeleteOptions> = { ...changeOptions, where: sqlExpression };

/** Deletes rows; see `DeltaTable.delete`. */
export async function deleteRows(context: CommandContext, options: DeleteOptions): Promise<CommandResult> {
  const { where } = options;
  return where === undefined ? deleteAll(context, options) : deleteMatching(context, where, options);
}

/** Every file goes, and no row is read. */
async function deleteAll(context: CommandContext, options: DeleteOptions): Promise<CommandResult> {
  return onNewestSnapshot(context, async (snapshot) => {
    const files = [...snapshot.files];
    const rows = liveRowCount(files);
    const metrics = {
      ...(rows === undefined ? {} : { numDeletedRows: rows }),
      ...changeMetrics({
        removed: files,
        added: [],
        vectorsRemoved: files.filter((file) => file.deletionVector !== undefined).length,
      }),
    };
    if (files.length > 0) assertRowsMayGo(snapshot);
    if (files.length === 0 || options.dryRun === true)
      return { version: snapshot.version, isCommitted: false, metrics };
    const now = context.now();
    const { snapshot: committed, ...rest } = await commitChanges(context, {
      snapshot,
      actions: files.map((file) => ({ remove: removeOf(file, now) })),
      operation: { name: "DELETE", parameters: parametersOf("true"), metrics: metricTexts(metrics) },
      reads: { kind: "rows", predicate: undefined, paths: new Set(files.map((file) => file.path)) },
      userMetadata: options.userMetadata,
    });
    return { version: committed.version, isCommitted: true, metrics, ...rest };
  });
}

async function deleteMatching(
  context: CommandContext,
  where: string,
  options: DeleteOptions,
): Promise<CommandResult> {
  const predicate = await context.engine.parsePredicate(where);
  return changeRows(context, options, async (session, snapshot) => {
    const chosen = await chooseRows(context, session, snapshot, { where, predicate });
    const changes = `SELECT ${columnList(snapshot.schema)}, 'delete' AS _change_type FROM ${leavingRows}`;
    return {
      ...chosen,
      hasNewRows: false,
      changes: { changes },
      rowMetrics: { numDeletedRows: leavingRowCount(chosen) },
      fileMetrics: (changed) => ({ numCopiedRows: changed.copiedRows, ...changeMetrics(changed) }),
      operation: { name: "DELETE", parameters: parametersOf(where) },
    };
  });
}

function parametersOf(where: string): Readonly<Record<string, string>> {
  return { predicate: JSON.stringify([where]) };
}
