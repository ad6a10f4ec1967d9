import type { Literal } from "./literal.ts";

/**
 * What pruning understands of a filter. Anything else is `unknown`, which every file may match: pruning can only ever
 * leave out files that hold no matching row, and the engine applies the whole filter to what is left.
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

/** What a filter says of some columns alone; each row that the whole filter lets through passes this too. */
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
