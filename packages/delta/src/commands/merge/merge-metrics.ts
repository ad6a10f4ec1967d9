import { rowCountOf } from "../../engine/row-count.ts";
import { sessionTables } from "../../engine/session-tables.ts";
import { totalSize } from "../../statistics/file-metrics.ts";
import { positions } from "../../write/rewrite.ts";
import type { ChangedFiles } from "../../write/row-changes.ts";
import type { MergeAttempt } from "./merge-attempt.ts";
import type { MergeClauses } from "./merge-clauses.ts";
import { isOfKind } from "./merged-rows.ts";
import type { MergedKind } from "./merged-rows.ts";

type Metrics = Readonly<Record<string, number>>;

/** What a merge does to rows, under the names of Spark's metrics. */
export async function rowMetricsOf(attempt: MergeAttempt): Promise<Metrics> {
  const { session, names } = attempt;
  const { source, matches, merged, unmatchedTarget } = sessionTables;
  const mergedOf = async (kind: MergedKind): Promise<number> =>
    rowCountOf(session, `${merged} WHERE ${isOfKind(attempt, kind)}`);
  const matched = await mergedOf("matched");
  const unmatched = await mergedOf("unmatched");
  const leavingMatched = await rowCountOf(
    session,
    `(SELECT DISTINCT ${positions} FROM ${matches} WHERE ${names.clause} IS NOT NULL)`,
  );
  const leavingUnmatched = await rowCountOf(session, unmatchedTarget);
  return {
    numSourceRows: await rowCountOf(session, source),
    numTargetRowsInserted: await mergedOf("inserted"),
    numTargetRowsUpdated: matched + unmatched,
    numTargetRowsDeleted: leavingMatched + leavingUnmatched - matched - unmatched,
    numTargetRowsMatchedUpdated: matched,
    numTargetRowsMatchedDeleted: leavingMatched - matched,
    numTargetRowsNotMatchedBySourceUpdated: unmatched,
    numTargetRowsNotMatchedBySourceDeleted: leavingUnmatched - unmatched,
  };
}

/** The same for its files. */
export function fileMetricsOf(changed: ChangedFiles, rows: Metrics): Metrics {
  const { vectorsAdded } = changed;
  const written = changed.added.slice(vectorsAdded);
  const { numTargetRowsInserted = 0, numTargetRowsUpdated = 0 } = rows;
  return {
    numTargetRowsCopied: changed.copiedRows,
    numOutputRows: changed.copiedRows + numTargetRowsInserted + numTargetRowsUpdated,
    numTargetFilesAdded: written.length,
    numTargetFilesRemoved: changed.removed.length - vectorsAdded,
    numTargetBytesAdded: totalSize(written),
    numTargetBytesRemoved: totalSize(changed.removed) - totalSize(changed.added.slice(0, vectorsAdded)),
    numTargetChangeFilesAdded: changed.changeFiles,
    numTargetDeletionVectorsAdded: vectorsAdded,
    numTargetDeletionVectorsUpdated: changed.vectorsUpdated,
    numTargetDeletionVectorsRemoved: changed.vectorsRemoved,
  };
}

/** A merge in the history. */
export function parametersOf({
  on,
  whenMatched,
  whenNotMatched,
  whenNotMatchedBySource,
}: MergeClauses & { readonly on: string }): Readonly<Record<string, string>> {
  return {
    predicate: JSON.stringify([on]),
    matchedPredicates: clauseTexts(whenMatched),
    notMatchedPredicates: clauseTexts(whenNotMatched),
    notMatchedBySourcePredicates: clauseTexts(whenNotMatchedBySource),
  };
}

/** Clauses as Spark's history has them. */
function clauseTexts(clauses: readonly { readonly condition?: string | undefined }[] = []): string {
  return JSON.stringify(
    clauses.map((clause) => ({
      ...(clause.condition === undefined ? {} : { predicate: clause.condition }),
      actionType: "delete" in clause ? "delete" : "insert" in clause ? "insert" : "update",
    })),
  );
}
