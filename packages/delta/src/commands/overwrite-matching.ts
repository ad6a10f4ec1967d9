import type { EngineSession } from "../engine/engine.ts";
import { rowCountOf } from "../engine/row-count.ts";
import { canReadAgain } from "../engine/row-source.ts";
import type { RowSource } from "../engine/row-source.ts";
import { sessionTables } from "../engine/session-tables.ts";
import { quoteName, sqlType } from "../engine/sql-text.ts";
import { storedRows } from "../engine/stored-values.ts";
import { DeltaError } from "../errors.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { findField, structType } from "../protocol/schema.ts";
import type { CommandContext } from "../read/command-context.ts";
import { relationOf } from "../read/data-files.ts";
import { totalSize } from "../statistics/file-metrics.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { rowRulesOf } from "../write/constraints.ts";
import { changeRows, chooseRows, exactFilter, leavingRowCount, leavingRows } from "../write/rewrite.ts";
import { columnList } from "../write/row-changes.ts";
import { assertYearsOfRows } from "../write/plausible-years.ts";

/** Replaces the rows that a condition chooses; see `DeltaTable.overwrite`. */
export async function overwriteMatching(
  context: CommandContext,
  source: RowSource,
  where: string,
  options: ChangeOptions,
): Promise<CommandResult> {
  const predicate = await context.engine.parsePredicate(where);
  return changeRows(context, { ...options, canRerun: canReadAgain(source) }, async (session, snapshot) => {
    await loadRows(context, session, snapshot, source);
    const chosen = await chooseRows(context, session, snapshot, { where, predicate });
    const rows = sessionTables.complete;
    const exact = await exactFilter(session, where);
    const outside = await rowCountOf(session, `${rows} WHERE NOT coalesce((${exact}\n), false)`);
    if (outside > 0)
      throw new DeltaError(
        "CONSTRAINT_VIOLATED",
        `${outside} of the new rows do not satisfy ${where}, which chooses the rows to replace. Nothing was written.`,
      );
    const numOutputRows = await rowCountOf(session, rows);
    return {
      ...chosen,
      hasNewRows: numOutputRows > 0,
      changes: {
        coming: `SELECT * FROM ${rows}`,
        changes:
          `SELECT ${columnList(snapshot.schema)}, 'delete' AS _change_type FROM ${leavingRows} ` +
          `UNION ALL BY NAME SELECT *, 'insert' AS _change_type FROM ${rows}`,
      },
      rowMetrics: { numOutputRows, numDeletedRows: leavingRowCount(chosen) },
      fileMetrics: (changed) => ({
        numFiles: changed.added.length - changed.vectorsAdded,
        numOutputBytes: totalSize(changed.added.slice(changed.vectorsAdded)),
        numRemovedFiles: changed.removed.length - changed.vectorsAdded,
        numCopiedRows: changed.copiedRows,
        numAddedChangeFiles: changed.changeFiles,
      }),
      operation: {
        name: "WRITE",
        parameters: {
          mode: "Overwrite",
          partitionBy: JSON.stringify(snapshot.partitionColumns),
          predicate: JSON.stringify([where]),
        },
      },
    };
  });
}

/** Makes the source the session's table `complete`: generated columns are computed, others that it lacks are null. */
async function loadRows(
  context: CommandContext,
  session: EngineSession,
  snapshot: Snapshot,
  source: RowSource,
): Promise<void> {
  const { metadata, schema } = snapshot;
  const { generated } = rowRulesOf(metadata, schema);
  // Whether a column may be null is for the write to say: a generated one need not be given.
  const loaded = structType(schema.fields.map((member) => ({ ...member, nullable: true })));
  const { given, empty, complete } = sessionTables;
  await session.addRows(given, source, loaded, context.resolveTable);
  await session.addRelation(empty, await relationOf(context.store, snapshot, []));
  const givenColumns = columnList(await session.schemaOf(`SELECT * FROM ${given}`));
  const computed = generated.map(({ column, sql }) => {
    const name = quoteName(column);
    const type = findField(schema, column)?.type ?? "string";
    return `coalesce(${name}, (${sql}\n)::${sqlType(type)}) AS ${name}`;
  });
  // Generated columns are computed from what will be stored, and are stored themselves.
  const stored = (rows: string): string => storedRows(rows, schema.fields, metadata.partitionColumns);
  const all = stored(
    `(SELECT ${columnList(schema)} FROM ${empty} UNION ALL BY NAME SELECT ${givenColumns} FROM ${given})`,
  );
  const replaced = computed.length === 0 ? "" : ` REPLACE (${computed.join(", ")})`;
  await session.store(complete, `SELECT * FROM ${stored(`(SELECT *${replaced} FROM ${all})`)}`);
  // Rows that are copied beside them may have any year, so that the statistics of files do not tell.
  await assertYearsOfRows(session, complete, schema);
}
