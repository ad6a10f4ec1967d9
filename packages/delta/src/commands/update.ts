import { required, sqlExpression, sqlExpressions } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { sessionTables } from "../engine/session-tables.ts";
import { quoteName, sqlType } from "../engine/sql-text.ts";
import { DeltaError } from "../errors.ts";
import type { CommandContext } from "../read/command-context.ts";
import { changeOptions } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { changeMetrics } from "../statistics/file-metrics.ts";
import { assertMembersKept } from "../write/kept-members.ts";
import { columnList } from "../write/row-changes.ts";
import { withPredicateErrors } from "../engine/bad-expression.ts";
import { changeRows, chooseRows, leavingRowCount, leavingRows } from "../write/rewrite.ts";
import { rowRulesOf } from "../write/constraints.ts";
import { assignedValue, assignments } from "../write/assigned-value.ts";

export interface UpdateOptions extends ChangeOptions {
  /** Columns and the SQL expressions of their new values, over the row's old ones: `{ close: "close * 2" }`. */
  readonly set: Readonly<Record<string, string>>;
  /** Which rows: a SQL expression; all when left out. */
  readonly where?: string | undefined;
}

export const updateOptions: OptionTable<UpdateOptions> = {
  ...changeOptions,
  set: required(sqlExpressions),
  where: sqlExpression,
};

/** Changes rows; see `DeltaTable.update`. */
export async function updateRows(context: CommandContext, options: UpdateOptions): Promise<CommandResult> {
  const { set, where } = options;
  if (Object.keys(set).length === 0) throw new DeltaError("INVALID_ARGUMENT", "An update sets no column");
  for (const expression of Object.values(set)) await context.engine.parsePredicate(expression);
  const predicate = where === undefined ? undefined : await context.engine.parsePredicate(where);
  return changeRows(context, options, async (session, snapshot) => {
    const { schema } = snapshot;
    const assigned = assignments(schema, set);
    const generated = new Set(rowRulesOf(snapshot.metadata, schema).generated.map((rule) => rule.column));
    const chosen = await chooseRows(context, session, snapshot, { where, predicate });
    const values = new Map<string, string>();
    for (const [name, value] of assigned)
      values.set(name, await session.exactTimes(value, sessionTables.target, "INVALID_VALUE"));
    await withPredicateErrors(() => assertMembersKept(session, schema, values, sessionTables.target));
    // Computed once: an expression such as random() must not give the data and the change feed different values.
    const updated = schema.fields.map((member) => {
      const name = quoteName(member.name);
      const value = values.get(member.name);
      const kept = generated.has(member.name) ? `NULL::${sqlType(member.type)}` : name;
      return `${value === undefined ? kept : assignedValue(value, member)} AS ${name}`;
    });
    await withPredicateErrors(() =>
      session.store(sessionTables.updated, `SELECT ${updated.join(", ")} FROM ${leavingRows}`),
    );
    const all = columnList(schema);
    return {
      ...chosen,
      hasNewRows: false,
      changes: {
        coming: `SELECT ${all} FROM ${sessionTables.updated}`,
        changes:
          `SELECT ${all}, 'update_preimage' AS _change_type FROM ${leavingRows} UNION ALL ` +
          `SELECT ${all}, 'update_postimage' AS _change_type FROM ${sessionTables.updated}`,
      },
      rowMetrics: { numUpdatedRows: leavingRowCount(chosen) },
      fileMetrics: (changed) => ({ numCopiedRows: changed.copiedRows, ...changeMetrics(changed) }),
      operation: {
        name: "UPDATE",
        parameters: { predicate: JSON.stringify(where === undefined ? [] : [where]) },
      },
    };
  });
}
