import { required, sqlExpression, sqlExpressions } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { quoteName, sqlType } from "../engine/sql-text.ts";
import { DeltaError } from "../errors.ts";
import { findField } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import type { CommandContext } from "../read/command-context.ts";
import { changeOptions } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { relationOf } from "../read/data-files.ts";
import { changeMetrics } from "../statistics/file-metrics.ts";
import { assertMembersKept } from "../write/kept-members.ts";
import { columnList, targetTable, touchedFiles } from "../write/row-changes.ts";
import { evaluating } from "../engine/bad-expression.ts";
import { changeRows, positions } from "../write/rewrite.ts";
import { rowRulesOf } from "../write/constraints.ts";
import { filesMatching } from "../read/scan.ts";
import { assignedValue } from "../write/assigned-value.ts";

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
    const values = assignments(schema, set);
    const generated = new Set(rowRulesOf(snapshot.metadata, schema).generated.map((rule) => rule.column));
    const files = filesMatching(snapshot, predicate);
    await session.addRelation(targetTable, await relationOf(context.store, snapshot, files), true);
    await evaluating(() =>
      session.store(
        "leaving_rows",
        `SELECT ${positions} FROM ${targetTable}${where === undefined ? "" : ` WHERE (${where}\n)`}`,
      ),
    );
    await evaluating(() => assertMembersKept(session, schema, values, targetTable));
    const touched = await touchedFiles(session, files, "leaving_rows");
    // Computed once: an expression such as random() must not give the data and the change feed different values.
    const updated = schema.fields.map((member) => {
      const name = quoteName(member.name);
      const value = values.get(member.name);
      const kept = generated.has(member.name) ? `NULL::${sqlType(member.type)}` : name;
      return `${value === undefined ? kept : assignedValue(value, member)} AS ${name}`;
    });
    const leavingRows = `FROM ${targetTable} SEMI JOIN leaving_rows USING (${positions})`;
    await evaluating(() => session.store("updated_rows", `SELECT ${updated.join(", ")} ${leavingRows}`));
    const all = columnList(schema);
    return {
      snapshot,
      files,
      predicate,
      touched,
      hasNewRows: false,
      changes: {
        files,
        leaving: "leaving_rows",
        coming: `SELECT ${all} FROM updated_rows`,
        changes:
          `SELECT ${all}, 'update_preimage' AS _change_type ${leavingRows} UNION ALL ` +
          `SELECT ${all}, 'update_postimage' AS _change_type FROM updated_rows`,
      },
      rowMetrics: { numUpdatedRows: touched.reduce((sum, entry) => sum + entry.leavingRows, 0) },
      fileMetrics: (changed) => ({ numCopiedRows: changed.copiedRows, ...changeMetrics(changed) }),
      operation: {
        name: "UPDATE",
        parameters: { predicate: JSON.stringify(where === undefined ? [] : [where]) },
      },
    };
  });
}

/**
 * Expressions by the column that they set, as the schema spells it.
 *
 * @throws DeltaError `SCHEMA_MISMATCH` for a column that the table lacks, or one set twice.
 */
export function assignments(
  schema: StructType,
  set: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, expression] of Object.entries(set)) {
    const member = findField(schema, name);
    if (member === undefined) {
      const known = schema.fields.map((candidate) => candidate.name).join(", ");
      throw new DeltaError("SCHEMA_MISMATCH", `The table has no column "${name}". Its columns: ${known}`);
    }
    if (values.has(member.name)) throw new DeltaError("SCHEMA_MISMATCH", `"${member.name}" is set twice`);
    values.set(member.name, expression);
  }
  return values;
}
