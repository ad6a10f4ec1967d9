import { withPredicateErrors } from "../../engine/bad-expression.ts";
import { sessionTables } from "../../engine/session-tables.ts";
import { quoteName, quoteText, sqlType } from "../../engine/sql-text.ts";
import { DeltaError } from "../../errors.ts";
import { findField } from "../../protocol/schema.ts";
import type { StructType } from "../../protocol/schema.ts";
import { assignedValue, assignments } from "../../write/assigned-value.ts";
import { assertMembersKept } from "../../write/kept-members.ts";
import { positions } from "../../write/rewrite.ts";
import { columnList } from "../../write/row-changes.ts";
import type { MergeAttempt } from "./merge-attempt.ts";
import type { Assignments } from "./merge-clauses.ts";
import { fatesSql } from "./merge-matches.ts";

/** What becomes of a row that a clause updates or inserts. */
export type MergedKind = "matched" | "unmatched" | "inserted";

/** What one clause makes of rows. */
interface Arm {
  /** Expressions by column. */
  readonly values: ReadonlyMap<string, string>;
  /** The alias of the rows whose other values stay. */
  readonly kept: string | undefined;
  readonly kind: MergedKind;
  /** The FROM item that the values are computed from. */
  readonly from: string;
}

/** Makes the updated and inserted rows the session's table `merged`, with their {@link MergedKind}. */
export async function storeMergedRows(attempt: MergeAttempt): Promise<void> {
  const { session, snapshot } = attempt;
  const arms = armsOf(attempt);
  for (const { values, from } of arms)
    await withPredicateErrors(() => assertMembersKept(session, snapshot.schema, values, from));
  await withPredicateErrors(() => session.store(sessionTables.merged, mergedSql(attempt, arms)));
}

/** The changed rows, for the change data feed. */
export function changesSql(attempt: MergeAttempt): string {
  const { snapshot, names } = attempt;
  const { target, merged } = sessionTables;
  return (
    `SELECT ${columnList(snapshot.schema, names.target)}, CASE WHEN __fates.is_deleted THEN 'delete' ELSE 'update_preimage' END AS _change_type ` +
    `FROM ${target} AS ${names.target} JOIN (${fatesSql(attempt)}) AS __fates USING (${positions}) UNION ALL ` +
    `SELECT ${columnList(snapshot.schema)}, CASE WHEN ${isOfKind(attempt, "inserted")} THEN 'insert' ELSE 'update_postimage' END AS _change_type FROM ${merged}`
  );
}

/** The condition that a merged row is of a kind. */
export function isOfKind({ names }: MergeAttempt, kind: MergedKind): string {
  return `${names.kind} = ${quoteText(kind)}`;
}

function armsOf(attempt: MergeAttempt): readonly Arm[] {
  const { options, names } = attempt;
  const { whenMatched = [], whenNotMatched = [], whenNotMatchedBySource = [] } = options;
  const { target: t, source: s, clause: ofClause, sourceRow } = names;
  const { target, source, matches, unmatchedTarget, unmatchedSource } = sessionTables;
  return [
    ...whenMatched.flatMap((clause, index): Arm[] =>
      "update" in clause
        ? [
            {
              values: valuesOf(attempt, clause.update),
              kept: t,
              kind: "matched",
              from:
                `${target} AS ${t} JOIN (SELECT * FROM ${matches} WHERE ${ofClause} = ${index}) AS __matched USING (${positions}) ` +
                `JOIN ${source} AS ${s} ON ${s}.${sourceRow} = __matched.${sourceRow}`,
            },
          ]
        : [],
    ),
    ...whenNotMatchedBySource.flatMap((clause, index): Arm[] =>
      "update" in clause
        ? [
            {
              values: assignments(attempt.snapshot.schema, clause.update),
              kept: t,
              kind: "unmatched",
              from: `${target} AS ${t} SEMI JOIN (SELECT * FROM ${unmatchedTarget} WHERE ${ofClause} = ${index}) AS __unmatched USING (${positions})`,
            },
          ]
        : [],
    ),
    ...whenNotMatched.map((clause, index): Arm => ({
      values: valuesOf(attempt, clause.insert),
      kept: undefined,
      kind: "inserted",
      from: `${unmatchedSource} AS ${s} WHERE ${ofClause} = ${index}`,
    })),
  ];
}

function mergedSql(attempt: MergeAttempt, arms: readonly Arm[]): string {
  const { schema } = attempt.snapshot;
  const { kind } = attempt.names;
  if (arms.length === 0)
    return `SELECT ${columnList(schema)}, '' AS ${kind} FROM ${sessionTables.target} WHERE false`;
  const selects = arms.map(
    (arm) => `SELECT ${valuesSql(attempt, arm)}, ${quoteText(arm.kind)} AS ${kind} FROM ${arm.from}`,
  );
  const columns = schema.fields.map((member, index) => `${valueName(index)} AS ${quoteName(member.name)}`);
  return `SELECT ${columns.join(", ")}, ${kind} FROM (${selects.join(" UNION ALL ")})`;
}

/**
 * The SELECT list of a clause: what it sets, else the target's own value, or null for a new row. Under names of its own,
 * for the engine lets an expression name the columns of its SELECT list where the tables have none of that name.
 */
function valuesSql({ snapshot, generated }: MergeAttempt, { values, kept: target }: Arm): string {
  return snapshot.schema.fields
    .map((member, index) => {
      const value = values.get(member.name);
      const kept =
        target === undefined || generated.has(member.name)
          ? `NULL::${sqlType(member.type)}`
          : `${target}.${quoteName(member.name)}`;
      return `${value === undefined ? kept : assignedValue(value, member)} AS ${valueName(index)}`;
    })
    .join(", ");
}

function valueName(index: number): string {
  return `__value_${index}`;
}

function valuesOf(attempt: MergeAttempt, values: "all" | Assignments): ReadonlyMap<string, string> {
  return assignments(attempt.snapshot.schema, values === "all" ? allOf(attempt) : values);
}

/** Each column of the table from the source's column of that name. */
function allOf({ snapshot, sourceSchema, names, generated }: MergeAttempt): Assignments {
  const missing = missingColumn(snapshot.schema, sourceSchema, generated);
  if (missing !== undefined)
    throw new DeltaError(
      "SCHEMA_MISMATCH",
      `The source has no column "${missing}", and a clause that sets all columns needs it`,
    );
  return Object.fromEntries(
    snapshot.schema.fields.flatMap(({ name }) => {
      const given = findField(sourceSchema, name);
      return given === undefined ? [] : [[name, `${names.source}.${quoteName(given.name)}`]];
    }),
  );
}

function missingColumn(
  schema: StructType,
  sourceSchema: StructType,
  generated: ReadonlySet<string>,
): string | undefined {
  return schema.fields.find(({ name }) => !generated.has(name) && findField(sourceSchema, name) === undefined)
    ?.name;
}
