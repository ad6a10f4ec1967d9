import type { EngineSession } from "../../engine/engine.ts";
import { freeName, quoteName } from "../../engine/sql-text.ts";
import type { Snapshot } from "../../log/snapshot.ts";
import type { StructType } from "../../protocol/schema.ts";
import { rowRulesOf } from "../../write/constraints.ts";
import type { MergeClauses } from "./merge-clauses.ts";
import { sourceAliasOf, targetAliasOf } from "./merge-input.ts";
import type { MergeInput } from "./merge-input.ts";

/** One attempt at a merge, on one snapshot: what each of its steps needs to know. */
export interface MergeAttempt {
  readonly session: EngineSession;
  readonly snapshot: Snapshot;
  readonly sourceSchema: StructType;
  readonly options: MergeInput & MergeClauses;
  readonly names: MergeNames;
  /** The table's columns that are computed. */
  readonly generated: ReadonlySet<string>;
}

/** Names in the SQL of a merge, of which no column of either side has one. */
interface MergeNames {
  /** Aliases, quoted. */
  readonly target: string;
  readonly source: string;
  /** The number of a source's row. */
  readonly sourceRow: string;
  /** The clause that a row falls under. */
  readonly clause: string;
  /** What becomes of a row. */
  readonly kind: string;
}

/** The attempt, with names that no column of either side has. */
export function mergeAttempt(
  session: EngineSession,
  snapshot: Snapshot,
  options: MergeInput & MergeClauses,
  sourceSchema: StructType,
): MergeAttempt {
  const { generated } = rowRulesOf(snapshot.metadata, snapshot.schema);
  const schemas = [snapshot.schema, sourceSchema];
  const names: MergeNames = {
    target: quoteName(targetAliasOf(options)),
    source: quoteName(sourceAliasOf(options)),
    sourceRow: freeName("__source_row", schemas),
    clause: freeName("__clause", schemas),
    kind: freeName("__kind", schemas),
  };
  const computed = new Set(generated.map((rule) => rule.column));
  return { session, snapshot, sourceSchema, options, names, generated: computed };
}
