import { DeltaError } from "../../errors.ts";

/** New values by column: SQL expressions over the source's row and, where there is one, the target's. */
export type Assignments = Readonly<Record<string, string>>;

/** `"all"` takes each column of the table from the source's column of that name. */
export type MatchedClause =
  | { readonly update: "all" | Assignments; readonly condition?: string | undefined }
  | { readonly delete: true; readonly condition?: string | undefined };

export interface NotMatchedClause {
  readonly insert: "all" | Assignments;
  readonly condition?: string | undefined;
}

/** Expressions over the target's row alone. */
export type NotMatchedBySourceClause =
  | { readonly update: Assignments; readonly condition?: string | undefined }
  | { readonly delete: true; readonly condition?: string | undefined };

/** What a merge does with each row; of several clauses of a kind the first whose condition holds counts. */
export interface MergeClauses {
  readonly whenMatched?: readonly MatchedClause[] | undefined;
  readonly whenNotMatched?: readonly NotMatchedClause[] | undefined;
  readonly whenNotMatchedBySource?: readonly NotMatchedBySourceClause[] | undefined;
}

/** @throws DeltaError `INVALID_ARGUMENT` for no clause at all, or one that no row can reach. */
export function assertClauses(clauses: MergeClauses): void {
  const kinds = [
    ["whenMatched", clauses.whenMatched ?? []],
    ["whenNotMatched", clauses.whenNotMatched ?? []],
    ["whenNotMatchedBySource", clauses.whenNotMatchedBySource ?? []],
  ] as const;
  if (kinds.every(([, list]) => list.length === 0))
    throw new DeltaError(
      "INVALID_ARGUMENT",
      "A merge without a clause does nothing: give whenMatched, whenNotMatched or whenNotMatchedBySource",
    );
  for (const [kind, list] of kinds) {
    const unconditional = list.findIndex((clause) => clause.condition === undefined);
    if (unconditional >= 0 && unconditional < list.length - 1) {
      throw new DeltaError(
        "INVALID_ARGUMENT",
        `Clause ${unconditional + 1} of ${kind} has no condition, so the clauses after it are never reached`,
      );
    }
  }
}

/** Every expression of the clauses, to be checked for being one. */
export function expressionsOf(clauses: MergeClauses): string[] {
  const all = [
    ...(clauses.whenMatched ?? []),
    ...(clauses.whenNotMatched ?? []),
    ...(clauses.whenNotMatchedBySource ?? []),
  ];
  return all.flatMap((clause) => {
    const values = "update" in clause ? clause.update : "insert" in clause ? clause.insert : "all";
    return [
      ...(clause.condition === undefined ? [] : [clause.condition]),
      ...(values === "all" ? [] : Object.values(values)),
    ];
  });
}
