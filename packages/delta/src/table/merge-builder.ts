import { required, sqlExpression, sqlExpressions } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { assertFilterGiven, assertOptions } from "../arguments.ts";
import { changeOptions } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { progressOptions } from "../write/progress.ts";
import type { ProgressOptions } from "../write/progress.ts";
import type {
  Assignments,
  MatchedClause,
  MergeClauses,
  NotMatchedBySourceClause,
  NotMatchedClause,
} from "../commands/merge/merge-clauses.ts";

/** What `execute` takes. */
export interface MergeRunOptions extends ChangeOptions, ProgressOptions {}

const mergeRunOptions: OptionTable<MergeRunOptions> = { ...changeOptions, ...progressOptions };

export interface Conditional {
  /** A SQL expression over the rows that the clause sees. */
  readonly condition?: string | undefined;
}

const condition: OptionTable<Conditional> = { condition: sqlExpression };
const setAndCondition: OptionTable<Conditional & { readonly set: Assignments }> = {
  ...condition,
  set: required(sqlExpressions),
};
const valuesAndCondition: OptionTable<Conditional & { readonly values: Assignments }> = {
  ...condition,
  values: required(sqlExpressions),
};

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
  readonly #clauses: MergeClauses;
  readonly #run: (clauses: MergeClauses, options: MergeRunOptions) => Promise<CommandResult>;

  constructor(
    run: (clauses: MergeClauses, options: MergeRunOptions) => Promise<CommandResult>,
    clauses: MergeClauses = {},
  ) {
    this.#run = run;
    this.#clauses = clauses;
  }

  /** Sets columns of the target's row to expressions over both rows. */
  whenMatchedUpdate(clause: Conditional & { readonly set: Assignments }): MergeBuilder {
    const given = checked("whenMatchedUpdate", clause, setAndCondition);
    return this.#matched({ update: given.set, condition: given.condition });
  }

  /** Sets every column of the target's row to the source's of that name. */
  whenMatchedUpdateAll(clause: Conditional = {}): MergeBuilder {
    const given = checked("whenMatchedUpdateAll", clause, condition);
    return this.#matched({ update: "all", condition: given.condition });
  }

  whenMatchedDelete(clause: Conditional = {}): MergeBuilder {
    const given = checked("whenMatchedDelete", clause, condition);
    return this.#matched({ delete: true, condition: given.condition });
  }

  /** Adds a row of expressions over the source's; columns that are not named are null. */
  whenNotMatchedInsert(clause: Conditional & { readonly values: Assignments }): MergeBuilder {
    const given = checked("whenNotMatchedInsert", clause, valuesAndCondition);
    return this.#notMatched({ insert: given.values, condition: given.condition });
  }

  /** Adds the source's row. */
  whenNotMatchedInsertAll(clause: Conditional = {}): MergeBuilder {
    const given = checked("whenNotMatchedInsertAll", clause, condition);
    return this.#notMatched({ insert: "all", condition: given.condition });
  }

  /** Sets columns of a target's row that no source row matches to expressions over it. */
  whenNotMatchedBySourceUpdate(clause: Conditional & { readonly set: Assignments }): MergeBuilder {
    const given = checked("whenNotMatchedBySourceUpdate", clause, setAndCondition);
    return this.#notMatchedBySource({ update: given.set, condition: given.condition });
  }

  whenNotMatchedBySourceDelete(clause: Conditional = {}): MergeBuilder {
    const given = checked("whenNotMatchedBySourceDelete", clause, condition);
    return this.#notMatchedBySource({ delete: true, condition: given.condition });
  }

  /**
   * Runs the merge.
   *
   * @throws DeltaError `AMBIGUOUS_MERGE` when several rows of the source would change one row of the target;
   *   `SCHEMA_MISMATCH`, `INVALID_PREDICATE`, `CONSTRAINT_VIOLATED`, `CONCURRENT_WRITE`: nothing is committed then.
   */
  async execute(options: MergeRunOptions = {}): Promise<CommandResult> {
    assertOptions("execute", options, mergeRunOptions);
    return this.#run(this.#clauses, options);
  }

  #matched(clause: MatchedClause): MergeBuilder {
    return this.#with({ whenMatched: [...(this.#clauses.whenMatched ?? []), clause] });
  }

  #notMatched(clause: NotMatchedClause): MergeBuilder {
    return this.#with({ whenNotMatched: [...(this.#clauses.whenNotMatched ?? []), clause] });
  }

  #notMatchedBySource(clause: NotMatchedBySourceClause): MergeBuilder {
    return this.#with({ whenNotMatchedBySource: [...(this.#clauses.whenNotMatchedBySource ?? []), clause] });
  }

  #with(clauses: MergeClauses): MergeBuilder {
    return new MergeBuilder(this.#run, { ...this.#clauses, ...clauses });
  }
}

/** A clause that was given as Spark takes it, as a text, would otherwise have no condition and count for every row. */
function checked<Clause extends Conditional>(
  method: string,
  clause: Clause,
  table: OptionTable<Clause>,
): Clause {
  assertOptions(method, clause, table);
  assertFilterGiven(method, clause, "condition");
  return clause;
}
