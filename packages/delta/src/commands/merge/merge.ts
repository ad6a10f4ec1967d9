import { withPredicateErrors } from "../../engine/bad-expression.ts";
import { canReadAgain } from "../../engine/row-source.ts";
import { sessionTables } from "../../engine/session-tables.ts";
import { DeltaError } from "../../errors.ts";
import type { CommandContext } from "../../read/command-context.ts";
import { relationOf } from "../../read/data-files.ts";
import { filesMatching } from "../../read/scan.ts";
import type { Predicate } from "../../statistics/predicate.ts";
import type { ChangeOptions, CommandResult } from "../../write/command-result.ts";
import { assertTransactions } from "../../write/progress.ts";
import type { ProgressOptions } from "../../write/progress.ts";
import { changeRows } from "../../write/rewrite.ts";
import type { RowWork } from "../../write/rewrite.ts";
import { columnList, touchedFiles } from "../../write/row-changes.ts";
import { evolution } from "./evolved-snapshot.ts";
import { withExactTimes } from "./exact-clauses.ts";
import { mergeAttempt } from "./merge-attempt.ts";
import { sourceAliasOf, targetAliasOf } from "./merge-input.ts";
import type { MergeAttempt } from "./merge-attempt.ts";
import type { MergeInput } from "./merge-input.ts";
import { assertClauses, expressionsOf } from "./merge-clauses.ts";
import type { MergeClauses } from "./merge-clauses.ts";
import { assertUnambiguous, matchRows, storeLeavingRows } from "./merge-matches.ts";
import { fileMetricsOf, parametersOf, rowMetricsOf } from "./merge-metrics.ts";
import { mergePruning } from "./merge-pruning.ts";
import { loadSource, numberSource } from "./merge-source.ts";
import { changesSql, storeMergedRows } from "./merged-rows.ts";

export interface MergeOptions extends MergeInput, MergeClauses, ChangeOptions, ProgressOptions {}

/** Merges rows into a table; see `DeltaTable.merge`. */
export async function mergeRows(context: CommandContext, options: MergeOptions): Promise<CommandResult> {
  assertClauses(options);
  assertTransactions(options);
  for (const expression of [options.on, ...expressionsOf(options)])
    if (!isColumn(expression, options)) await context.engine.parsePredicate(expression);
  const targetAlias = targetAliasOf(options);
  if (targetAlias.toLowerCase() === sourceAliasOf(options).toLowerCase())
    throw new DeltaError("INVALID_ARGUMENT", `Target and source are both called "${targetAlias}"`);
  const canRerun = canReadAgain(options.source);
  return changeRows(context, { ...options, canRerun }, async (session, snapshot) => {
    const evolved = evolution(snapshot, options);
    const target = evolved?.snapshot ?? snapshot;
    const sourceSchema = await loadSource(context, session, target, options);
    const work = await planMerge(context, mergeAttempt(session, target, options, sourceSchema));
    return { ...work, evolution: evolved };
  });
}

/** Whether an expression is a quoted name behind an alias and nothing else, as most of a merge of many columns are. */
function isColumn(expression: string, input: MergeInput): boolean {
  return [sourceAliasOf(input), targetAliasOf(input)].some(
    (alias) =>
      expression.startsWith(`${alias}."`) && /^"(?:[^"\0]|"")+"$/.test(expression.slice(alias.length + 1)),
  );
}

async function planMerge(context: CommandContext, attempt: MergeAttempt): Promise<RowWork> {
  const { session, snapshot, options } = attempt;
  await numberSource(attempt);
  const predicate = await pruningOf(context, attempt);
  const files = filesMatching(snapshot, predicate);
  await session.addRelation(sessionTables.target, await relationOf(context.store, snapshot, files), true);
  const exact = await withPredicateErrors(() => withExactTimes(attempt));
  await withPredicateErrors(() => matchRows(exact));
  await assertUnambiguous(attempt);
  await storeLeavingRows(attempt);
  await storeMergedRows(exact);
  const rowMetrics = await rowMetricsOf(attempt);
  return {
    files,
    predicate,
    touched: await touchedFiles(session, files),
    hasNewRows: (rowMetrics["numTargetRowsInserted"] ?? 0) > 0,
    changes: {
      coming: `SELECT ${columnList(snapshot.schema)} FROM ${sessionTables.merged}`,
      changes: changesSql(attempt),
    },
    rowMetrics,
    fileMetrics: (changed) => fileMetricsOf(changed, rowMetrics),
    operation: { name: "MERGE", parameters: parametersOf(options) },
  };
}

/** Rows of the target that no source row can match need not be read, unless a clause wants just those. */
async function pruningOf(context: CommandContext, attempt: MergeAttempt): Promise<Predicate | undefined> {
  const { session, snapshot, options, sourceSchema } = attempt;
  if ((options.whenNotMatchedBySource ?? []).length > 0) return undefined;
  return mergePruning({
    engine: context.engine,
    session,
    on: options.on,
    sourceTable: sessionTables.source,
    sourceSchema,
    target: targetAliasOf(options),
    source: sourceAliasOf(options),
    targetSchema: snapshot.schema,
  });
}
