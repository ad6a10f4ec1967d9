import type { RowSource } from "../../engine/row-source.ts";
import type { StructType } from "../../protocol/schema.ts";

/** What is merged, and when rows belong together. */
export interface MergeInput {
  /** Rows or a query; rows must be of the target's columns, in any number of them, or of `sourceSchema`. */
  readonly source: RowSource;
  readonly sourceSchema?: StructType | undefined;
  /**
   * Adds the columns of `sourceSchema` that the table lacks and that a clause sets, in the same commit. Rows that are there have
   * null in them.
   */
  readonly mergeSchema?: boolean | undefined;
  /** When a row of the source and one of the target belong together: SQL over both, by their aliases. */
  readonly on: string;
  /** What expressions call the target; `target` when left out. */
  readonly targetAlias?: string | undefined;
  /** What expressions call the source; `source` when left out. */
  readonly sourceAlias?: string | undefined;
}

export function targetAliasOf(input: MergeInput): string {
  return input.targetAlias ?? "target";
}

export function sourceAliasOf(input: MergeInput): string {
  return input.sourceAlias ?? "source";
}
