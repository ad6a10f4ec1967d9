import type { ChangeOptions, CommandResult } from "./command-result.ts";
import type {
  Assignments,
  MatchedClause,
  MergeClauses,
  NotMatchedBySourceClause,
  NotMatchedClause,
} from "./merge-clauses.ts";

interface Conditional {
  /** A SQL expression over the rows that the clause sees. */
  readonly condition?: string | undefined;
}

/**
 * A merge that is being put together; nothing happens before `execute`. Of several clauses of a kind the first whose
 * condition holds counts for a row.
 *
 * @example
 * await table
 *   .merge({ source: { rows }, on: "target.id = source.id" })
 *   .whenMatchedUpdateAll()
 *   .whenNotMatchedInsertAll()
 *   .execute();
 */
export class MergeBuilder {
  private readonly clauses: MergeClauses;
  private readonly run: (clauses: MergeClauses, options: ChangeOptions) => Promise<CommandResult>;

  constructor(
    run: (clauses: MergeClauses, options: ChangeOptions) => Promise<CommandResult>,
    clauses: MergeClauses = {},
  ) {
    this.run = run;
    this.clauses = clauses;
  }

  /** Sets columns of the target's row to expressions over both rows. */
  whenMatchedUpdate({ set, condition }: Conditional & { readonly set: Assignments }): MergeBuilder {
    return this.matched({ update: set, condition });
  }

  /** Sets every column of the target's row to the source's of that name. */
  whenMatchedUpdateAll({ condition }: Conditional = {}): MergeBuilder {
    return this.matched({ update: "all", condition });
  }

  whenMatchedDelete({ condition }: Conditional = {}): MergeBuilder {
    return this.matched({ delete: true, condition });
  }

  /** Adds a row of expressions over the source's; columns that are not named are null. */
  whenNotMatchedInsert({ values, condition }: Conditional & { readonly values: Assignments }): MergeBuilder {
    return this.notMatched({ insert: values, condition });
  }

  /** Adds the source's row. */
  whenNotMatchedInsertAll({ condition }: Conditional = {}): MergeBuilder {
    return this.notMatched({ insert: "all", condition });
  }

  /** Sets columns of a target's row that no source row matches to expressions over it. */
  whenNotMatchedBySourceUpdate({
    set,
    condition,
  }: Conditional & { readonly set: Assignments }): MergeBuilder {
    return this.notMatchedBySource({ update: set, condition });
  }

  whenNotMatchedBySourceDelete({ condition }: Conditional = {}): MergeBuilder {
    return this.notMatchedBySource({ delete: true, condition });
  }

  /**
   * Runs the merge.
   *
   * @throws DeltaError `AMBIGUOUS_MERGE` when several rows of the source would change one row of the target;
   *   `SCHEMA_MISMATCH`, `INVALID_PREDICATE`, `CONSTRAINT_VIOLATED`, `CONCURRENT_WRITE`: nothing is committed then.
   */
  async execute(options: ChangeOptions = {}): Promise<CommandResult> {
    return this.run(this.clauses, options);
  }

  private matched(clause: MatchedClause): MergeBuilder {
    return this.with({ whenMatched: [...(this.clauses.whenMatched ?? []), clause] });
  }

  private notMatched(clause: NotMatchedClause): MergeBuilder {
    return this.with({ whenNotMatched: [...(this.clauses.whenNotMatched ?? []), clause] });
  }

  private notMatchedBySource(clause: NotMatchedBySourceClause): MergeBuilder {
    return this.with({ whenNotMatchedBySource: [...(this.clauses.whenNotMatchedBySource ?? []), clause] });
  }

  private with(clauses: MergeClauses): MergeBuilder {
    return new MergeBuilder(this.run, { ...this.clauses, ...clauses });
  }
}
