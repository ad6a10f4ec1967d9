import { assertFilterGiven, assertNeeded, assertOptions, changeOptionNames } from "../option-names.ts";
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
  whenMatchedUpdate(clause: Conditional & { readonly set: Assignments }): MergeBuilder {
    const { set, condition } = checked("whenMatchedUpdate", clause, ["set", "condition"], ["set"]);
    return this.matched({ update: set, condition });
  }

  /** Sets every column of the target's row to the source's of that name. */
  whenMatchedUpdateAll(clause: Conditional = {}): MergeBuilder {
    const { condition } = checked("whenMatchedUpdateAll", clause, ["condition"]);
    return this.matched({ update: "all", condition });
  }

  whenMatchedDelete(clause: Conditional = {}): MergeBuilder {
    const { condition } = checked("whenMatchedDelete", clause, ["condition"]);
    return this.matched({ delete: true, condition });
  }

  /** Adds a row of expressions over the source's; columns that are not named are null. */
  whenNotMatchedInsert(clause: Conditional & { readonly values: Assignments }): MergeBuilder {
    const { values, condition } = checked(
      "whenNotMatchedInsert",
      clause,
      ["values", "condition"],
      ["values"],
    );
    return this.notMatched({ insert: values, condition });
  }

  /** Adds the source's row. */
  whenNotMatchedInsertAll(clause: Conditional = {}): MergeBuilder {
    const { condition } = checked("whenNotMatchedInsertAll", clause, ["condition"]);
    return this.notMatched({ insert: "all", condition });
  }

  /** Sets columns of a target's row that no source row matches to expressions over it. */
  whenNotMatchedBySourceUpdate(clause: Conditional & { readonly set: Assignments }): MergeBuilder {
    const { set, condition } = checked("whenNotMatchedBySourceUpdate", clause, ["set", "condition"], ["set"]);
    return this.notMatchedBySource({ update: set, condition });
  }

  whenNotMatchedBySourceDelete(clause: Conditional = {}): MergeBuilder {
    const { condition } = checked("whenNotMatchedBySourceDelete", clause, ["condition"]);
    return this.notMatchedBySource({ delete: true, condition });
  }

  /**
   * Runs the merge.
   *
   * @throws DeltaError `AMBIGUOUS_MERGE` when several rows of the source would change one row of the target;
   *   `SCHEMA_MISMATCH`, `INVALID_PREDICATE`, `CONSTRAINT_VIOLATED`, `CONCURRENT_WRITE`: nothing is committed then.
   */
  async execute(options: ChangeOptions = {}): Promise<CommandResult> {
    assertOptions("execute", options, changeOptionNames);
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

/** A clause that was given as Spark takes it, as a text, would otherwise have no condition and count for every row. */
function checked<Clause extends Conditional>(
  method: string,
  clause: Clause,
  known: readonly (keyof Clause & string)[],
  needed: readonly (keyof Clause & string)[] = [],
): Clause {
  assertOptions(method, clause, known);
  assertNeeded(method, clause, needed);
  assertFilterGiven(method, clause, "condition");
  return clause;
}
