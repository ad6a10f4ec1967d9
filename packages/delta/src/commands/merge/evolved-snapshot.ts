import { DeltaError } from "../../errors.ts";
import { evolveSnapshot } from "../../log/snapshot.ts";
import type { Snapshot } from "../../log/snapshot.ts";
import { findField, structType } from "../../protocol/schema.ts";
import type { StructField } from "../../protocol/schema.ts";
import { addedColumns } from "../../write/schema-change.ts";
import type { TableChange } from "../../write/schema-change.ts";
import type { MergeClauses } from "./merge-clauses.ts";
import type { MergeInput } from "./merge-input.ts";

/** The table as it is with the columns that a merge adds, before the merge's commit adds them. */
export interface Evolution {
  readonly snapshot: Snapshot;
  readonly actions: TableChange["actions"];
}

/**
 * What `mergeSchema` makes of the table: the source's columns that it lacks and that a clause sets. The rows that are there have
 * null in them. `undefined` when it lacks none.
 */
export function evolution(snapshot: Snapshot, options: MergeInput & MergeClauses): Evolution | undefined {
  if (options.mergeSchema !== true) return undefined;
  const { sourceSchema } = options;
  if (sourceSchema === undefined)
    throw new DeltaError(
      "INVALID_ARGUMENT",
      "mergeSchema of a merge needs sourceSchema, the source's columns",
    );
  const isSet = setColumns(options);
  const added = sourceSchema.fields.filter(
    ({ name }) => findField(snapshot.schema, name) === undefined && isSet(name),
  );
  if (added.length === 0) return undefined;
  const { actions } = addedColumns(snapshot, structType(added.map(nullable)));
  return { snapshot: evolveSnapshot(snapshot, actions), actions };
}

function nullable({ name, type }: StructField): StructField {
  return { name, type, nullable: true, metadata: {} };
}

/** Whether some clause gives a column a value out of the source. */
function setColumns({ whenMatched = [], whenNotMatched = [] }: MergeClauses): (name: string) => boolean {
  const values = [
    ...whenMatched.flatMap((clause) => ("update" in clause ? [clause.update] : [])),
    ...whenNotMatched.map(({ insert }) => insert),
  ];
  const names = new Set(
    values.flatMap((set) => (set === "all" ? [] : Object.keys(set).map((name) => name.toLowerCase()))),
  );
  return (name) => values.includes("all") || names.has(name.toLowerCase());
}
