import { rowCountOf } from "../../engine/row-count.ts";
import { sessionTables } from "../../engine/session-tables.ts";
import { DeltaError } from "../../errors.ts";
import { positions } from "../../write/rewrite.ts";
import type { MergeAttempt } from "./merge-attempt.ts";

const { target, source, matches, unmatchedTarget, unmatchedSource } = sessionTables;

interface Conditional {
  readonly condition?: string | undefined;
}

/** Finds which rows belong together, and under which clause each row falls. */
export async function matchRows({ session, options, names }: MergeAttempt): Promise<void> {
  const { whenMatched = [], whenNotMatchedBySource = [], whenNotMatched = [], on } = options;
  const { clause, sourceRow } = names;
  const joined = `${target} AS ${names.target} JOIN ${source} AS ${names.source} ON (${on}\n)`;
  await session.store(
    matches,
    `SELECT ${positions}, ${names.source}.${sourceRow}, ${clauseCase(whenMatched)} AS ${clause} FROM ${joined}`,
  );
  const ofTarget =
    whenNotMatchedBySource.length === 0
      ? `SELECT ${positions}, NULL::INTEGER AS ${clause} FROM ${matches} WHERE false`
      : `SELECT ${positions}, ${clauseCase(whenNotMatchedBySource)} AS ${clause} FROM ${target} AS ${names.target} ANTI JOIN ${matches} USING (${positions})`;
  await session.store(unmatchedTarget, `SELECT * FROM (${ofTarget}) WHERE ${clause} IS NOT NULL`);
  const ofSource =
    whenNotMatched.length === 0
      ? `SELECT *, NULL::INTEGER AS ${clause} FROM ${source} WHERE false`
      : `SELECT *, ${clauseCase(whenNotMatched)} AS ${clause} FROM ${source} AS ${names.source} ANTI JOIN ${matches} USING (${sourceRow})`;
  await session.store(unmatchedSource, `SELECT * FROM (${ofSource}) WHERE ${clause} IS NOT NULL`);
}

/**
 * The result must not depend on which of several rows came last; where all of them only delete, it does not.
 *
 * @throws DeltaError `AMBIGUOUS_MERGE`
 */
export async function assertUnambiguous({ session, snapshot, options, names }: MergeAttempt): Promise<void> {
  const clauses = options.whenMatched ?? [];
  const [only] = clauses;
  if (clauses.length === 1 && only !== undefined && "delete" in only && only.condition === undefined) return;
  const rows = await rowCountOf(
    session,
    `(SELECT 1 FROM ${matches} WHERE ${names.clause} IS NOT NULL GROUP BY ${positions} HAVING count(*) > 1)`,
  );
  if (rows === 0) return;
  throw new DeltaError(
    "AMBIGUOUS_MERGE",
    `${snapshot.tableUri}: ${rows} rows of the target match several rows of the source (ON ${options.on}), so the merge does not say which one counts. Nothing was changed; make the source's keys unique.`,
  );
}

/** Makes the rows that leave their place the session's table `leaving`. */
export async function storeLeavingRows({ session, names }: MergeAttempt): Promise<void> {
  await session.store(
    sessionTables.leaving,
    `SELECT DISTINCT ${positions} FROM ${matches} WHERE ${names.clause} IS NOT NULL UNION ALL ` +
      `SELECT ${positions} FROM ${unmatchedTarget}`,
  );
}

/** Where the rows that leave their place are deleted and not updated, as the column `is_deleted` beside their positions. */
export function fatesSql({ options, names }: MergeAttempt): string {
  const { whenMatched = [], whenNotMatchedBySource = [] } = options;
  const { clause } = names;
  return (
    `SELECT DISTINCT ${positions}, ${clause} IN (${deletingClauses(whenMatched)}) AS is_deleted FROM ${matches} WHERE ${clause} IS NOT NULL UNION ALL ` +
    `SELECT ${positions}, ${clause} IN (${deletingClauses(whenNotMatchedBySource)}) FROM ${unmatchedTarget}`
  );
}

/** Indexes of the clauses that delete; never an empty list. */
function deletingClauses(clauses: readonly object[]): string {
  return [-1, ...clauses.flatMap((clause, index) => ("delete" in clause ? [index] : []))].join(", ");
}

/** The index of the first clause whose condition holds. */
function clauseCase(clauses: readonly Conditional[]): string {
  if (clauses.length === 0) return "NULL::INTEGER";
  const branches = clauses.map(
    ({ condition }, index) => `WHEN ${condition === undefined ? "true" : `(${condition}\n)`} THEN ${index}`,
  );
  return `(CASE ${branches.join(" ")} END)::INTEGER`;
}
