import type { CommandResult, Transaction } from "finance-feedback-delta";
import { ownMember } from "finance-feedback-delta/contract";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import { readerId } from "../relations/reader-id.ts";
import type { NodeReads } from "../relations/node-reads.ts";
import type { RelationPlace } from "../relations/relation-place.ts";

/** A node whose SQL is to become a relation of the lake. */
export interface Materialization {
  readonly lake: DeltaLakeManager;
  readonly place: RelationPlace;
  /** dbt's name of the node, such as `model.ffe.market_data_enriched`. */
  readonly uniqueId: string;
  readonly description: string;
  readonly config: ResourceConfig;
  /** The SELECT that gives the rows, compiled. */
  readonly sql: string;
  readonly reads: NodeReads;
  /** Whether rows that are there are made anew. */
  readonly isFullRefresh: boolean;
  /** Of this run, for the history of the table. */
  readonly invocationId: string;
}

/** What came of it. */
export interface Materialized {
  /** As dbt says it: `MERGE 12`, `CREATE VIEW`. */
  readonly message: string;
  /** Rows that were added or changed; left out where there is no count. */
  readonly rowsAffected?: number | undefined;
  /** The table's version that has them; left out for a view. */
  readonly tableVersion?: number | undefined;
  readonly isCommitted: boolean;
}

/**
 * What goes into the commit besides rows: the versions of all tables that they come from, and which model made them. The
 * `txn` actions say how far the table is, for the next run; the metadata tell of this commit alone.
 */
export function progressOf({ reads, uniqueId, invocationId }: Materialization): {
  readonly transactions: readonly Transaction[];
  readonly userMetadata: string;
} {
  const read = [...reads.snapshots];
  return {
    transactions: read.map(([table, snapshot]) => ({
      appId: readerId(table, snapshot),
      version: snapshot.version,
    })),
    userMetadata: JSON.stringify({
      model: uniqueId,
      invocation_id: invocationId,
      reads: Object.fromEntries(read.map(([table, { version }]) => [table, version])),
    }),
  };
}

export function materialized(verb: string, result: CommandResult, rows: readonly string[]): Materialized {
  const rowsAffected = rows.reduce((sum, metric) => sum + (ownMember(result.metrics, metric) ?? 0), 0);
  return {
    message: result.isCommitted ? `${verb} ${rowsAffected}` : `${verb} 0, nothing to commit`,
    rowsAffected,
    tableVersion: result.version,
    isCommitted: result.isCommitted,
  };
}
