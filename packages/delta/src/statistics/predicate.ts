import type { Literal } from "./literal.ts";

/**
 * The part of a filter that pruning understands. The rest is `unknown`, which every file may match. So pruning skips only
 * files without a matching row. The engine applies the whole filter to the other files.
 */
export type Predicate =
  | { readonly kind: "and"; readonly operands: readonly Predicate[] }
  | { readonly kind: "or"; readonly operands: readonly Predicate[] }
  | {
      readonly kind: "compare";
      readonly column: string;
      readonly operator: Comparison;
      readonly literal: Literal;
    }
  | { readonly kind: "in"; readonly column: string; readonly literals: readonly Literal[] }
  | { readonly kind: "isNull"; readonly column: string }
  | { readonly kind: "isNotNull"; readonly column: string }
  | { readonly kind: "never" }
  | { readonly kind: "unknown" };

/** The part of a predicate that names only the given columns. Each row that matches the predicate matches this part, too. */
export function onlyAbout(predicate: Predicate, columns: readonly string[]): Predicate {
  switch (predicate.kind) {
    case "and":
    case "or":
      return { ...predicate, operands: predicate.operands.map((operand) => onlyAbout(operand, columns)) };
    case "compare":
    case "in":
    case "isNull":
    case "isNotNull":
      return columns.some((name) => name.toLowerCase() === predicate.column.toLowerCase())
        ? predicate
        : unknownPredicate;
    case "never":
    case "unknown":
      return predicate;
  }
}

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

export const unknownPredicate: Predicate = { kind: "unknown" };
