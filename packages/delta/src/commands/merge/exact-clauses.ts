import { sessionTables } from "../../engine/session-tables.ts";
import type { MergeAttempt } from "./merge-attempt.ts";
import type {
  Assignments,
  MatchedClause,
  NotMatchedBySourceClause,
  NotMatchedClause,
} from "./merge-clauses.ts";

/** The attempt with expressions that cut no time; see `EngineSession.exactTimes`. */
export async function withExactTimes(attempt: MergeAttempt): Promise<MergeAttempt> {
  const { session, options, names } = attempt;
  const target = `${sessionTables.target} AS ${names.target}`;
  const source = `${sessionTables.source} AS ${names.source}`;
  const both = `${target}, ${source}`;
  const conditionOf = async (
    clause: { readonly condition?: string | undefined },
    from: string,
  ): Promise<string | undefined> =>
    clause.condition === undefined
      ? undefined
      : session.exactTimes(clause.condition, from, "INVALID_PREDICATE");
  const valuesOf = async (values: Assignments, from: string): Promise<Assignments> => {
    const exact: [string, string][] = [];
    for (const [name, value] of Object.entries(values))
      exact.push([name, await session.exactTimes(value, from, "INVALID_VALUE")]);
    return Object.fromEntries(exact);
  };
  const whenMatched: MatchedClause[] = [];
  for (const clause of options.whenMatched ?? []) {
    const condition = await conditionOf(clause, both);
    if ("delete" in clause) whenMatched.push({ delete: true, condition });
    else if (clause.update === "all") whenMatched.push({ update: "all", condition });
    else whenMatched.push({ update: await valuesOf(clause.update, both), condition });
  }
  const whenNotMatched: NotMatchedClause[] = [];
  for (const clause of options.whenNotMatched ?? []) {
    const condition = await conditionOf(clause, source);
    const insert = clause.insert === "all" ? clause.insert : await valuesOf(clause.insert, source);
    whenNotMatched.push({ insert, condition });
  }
  const whenNotMatchedBySource: NotMatchedBySourceClause[] = [];
  for (const clause of options.whenNotMatchedBySource ?? []) {
    const condition = await conditionOf(clause, target);
    if ("delete" in clause) whenNotMatchedBySource.push({ delete: true, condition });
    else whenNotMatchedBySource.push({ update: await valuesOf(clause.update, target), condition });
  }
  const on = await session.exactTimes(options.on, both, "INVALID_PREDICATE");
  return { ...attempt, options: { ...options, on, whenMatched, whenNotMatched, whenNotMatchedBySource } };
}
