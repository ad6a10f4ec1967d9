/** What became of a node, in dbt's words. */
export type NodeStatus = "success" | "error" | "skipped" | "pass" | "fail" | "warn" | "no-op";

/** One node of a run, as `run_results.json` has it. */
export interface NodeResult {
  readonly uniqueId: string;
  readonly status: NodeStatus;
  readonly message: string;
  /** Rows that fail a test; left out for all other nodes. */
  readonly failures?: number | undefined;
  readonly rowsAffected?: number | undefined;
  /** The version of the table that has the rows. */
  readonly tableVersion?: number | undefined;
  readonly compiledSql?: string | undefined;
  readonly relationName?: string | undefined;
  readonly startedAt: Date;
  /** When its SQL was there, and was run; left out where it was not. */
  readonly compiledAt?: Date | undefined;
  readonly endedAt: Date;
  /** Why it failed. */
  readonly error?: unknown;
}

const bad: ReadonlySet<NodeStatus> = new Set(["error", "fail"]);

/** Whether a run with this result did not succeed. */
export function isFailure({ status }: Pick<NodeResult, "status">): boolean {
  return bad.has(status);
}

/** Seconds. */
export function executionTime({ startedAt, endedAt }: Pick<NodeResult, "startedAt" | "endedAt">): number {
  return (endedAt.getTime() - startedAt.getTime()) / 1000;
}
