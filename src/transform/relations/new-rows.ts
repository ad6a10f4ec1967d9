import { DeltaError } from "finance-feedback-delta";
import type { Relation } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { withoutRows } from "./node-reads.ts";
import type { NodeReads } from "./node-reads.ts";
import { readerId } from "./reader-id.ts";
import { placeText } from "./relation-place.ts";
import type { RelationPlace } from "./relation-place.ts";

export interface NewRowsRequest {
  readonly lake: DeltaLakeManager;
  readonly reads: NodeReads;
  /** The table whose rows are read. */
  readonly source: RelationPlace;
  /** The table of the model that reads them. */
  readonly target: RelationPlace;
}

/**
 * Makes the rows that came into a table since a model last read it a relation of this run: by the version that the model's
 * own table says it read. Where the log no longer tells, all rows are new ones; so a model must take rows that it knows.
 *
 * @returns the name that SQL has for the relation.
 */
export async function holdNewRows(request: NewRowsRequest): Promise<string> {
  const { source, reads } = request;
  const name = `new_rows_of_${source.layer}_${source.name}`;
  const relation = (await newRows(request)) ?? withoutRows(source);
  if (relation !== undefined) reads.hold(name, async () => relation);
  return `"${name}"`;
}

async function newRows({ lake, reads, source, target }: NewRowsRequest): Promise<Relation | undefined> {
  const snapshot = await reads.snapshotOf(source);
  if (snapshot === undefined) return undefined;
  const table = lake.tableIn(source);
  const whole = async (): Promise<Relation> => table.relationAt(snapshot);
  const own = await reads.snapshotOf(target);
  const after = own?.transaction(readerId(placeText(source), snapshot))?.version;
  // A table that was restored may be at an older version than was read.
  if (after === undefined || after > snapshot.version) return whole();
  try {
    const relation = await table.addedRows({ version: snapshot.version, after });
    const counted = await lake.engine.query("SELECT count(*) AS rows FROM added", async () => relation);
    await counted.rows();
    return relation;
  } catch (error) {
    if (error instanceof DeltaError && lostCodes.has(error.code)) return whole();
    throw error;
  }
}

/** Commits that the log no longer has, and files that were vacuumed since they were rearranged. */
const lostCodes: ReadonlySet<string> = new Set(["VERSION_NOT_FOUND", "DATA_FILE_UNREADABLE"]);
