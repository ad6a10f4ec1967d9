import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { field, structType } from "../../src/index.ts";
import type { DeltaTable, Row, Snapshot, StructType } from "../../src/index.ts";

/**
 * A table that several processes write, in which any version can be checked by itself: each row says whose it is, which
 * one, what was last done to it, and carries a checksum; what a process has done so far follows from the table too, and
 * with it the exact rows of that process.
 */
export const sharedSchema: StructType = structType([
  field("writer", "string"),
  field("sequence", "long"),
  field("step", "long"),
  field("checksum", "string"),
  field("p", "string"),
]);

type WriterName = "appender" | "changer" | "replacer";

export interface SharedRow {
  readonly writer: WriterName;
  readonly sequence: number;
  /** Of its writer's steps, counted from 1, the one that wrote the row. */
  readonly step: number;
}

export function toSharedRow({ writer, sequence, step }: SharedRow): Row {
  const checksum = checksumOf({ writer, sequence, step });
  return { writer, sequence, step, checksum, p: `p${sequence % 2}` };
}

function checksumOf({ writer, sequence, step }: SharedRow): string {
  return createHash("sha256").update(`${writer} ${sequence} ${step}`).digest("hex").slice(0, 16);
}

const rowsPerAppend = 3;
const changedKeys = 10;
const replacedRows = 4;

/** The rows that the appender adds at a step. */
export function appendedAt(step: number): SharedRow[] {
  return Array.from({ length: rowsPerAppend }, (_, index) => ({
    writer: "appender",
    sequence: (step - 1) * rowsPerAppend + index,
    step,
  }));
}

/** The rows that the replacer puts in place of all its others. */
export function replacedAt(step: number): SharedRow[] {
  return Array.from({ length: replacedRows }, (_, sequence) => ({ writer: "replacer", sequence, step }));
}

/** The changer merges at odd steps and deletes at even ones. Sequence 0 is never deleted and tells how far it is. */
export function mergedAt(step: number): SharedRow[] {
  const keys = [0, 1 + (step % changedKeys), 1 + ((step * 3 + 1) % changedKeys)];
  return [...new Set(keys)].map((sequence) => ({ writer: "changer", sequence, step }));
}

export function deletedAt(step: number): number {
  return 1 + ((step * 7) % changedKeys);
}

function changedUpTo(steps: number): SharedRow[] {
  const rows = new Map<number, SharedRow>();
  for (let step = 1; step <= steps; step += 1) {
    if (step % 2 === 1) for (const row of mergedAt(step)) rows.set(row.sequence, row);
    else rows.delete(deletedAt(step));
  }
  return [...rows.values()];
}

/** How many steps of each writer a version holds; of the changer one more may have been a delete. */
export type Progress = Readonly<Record<WriterName, number>>;

/**
 * Checks every row of a version.
 *
 * @returns what its writers had done by then.
 */
export async function checkVersion(table: DeltaTable, version?: number): Promise<Progress> {
  const scan = await table.scan({ version });
  const rows = (await scan.rows()).map(fromTable);
  const of = (writer: WriterName): SharedRow[] => rows.filter((row) => row.writer === writer);
  const where = `version ${scan.snapshot.version}`;
  const appended = stepsOfAppender(scan.snapshot);
  assert.deepEqual(
    textOf(of("appender")),
    textOf(Array.from({ length: appended }, (_, index) => appendedAt(index + 1)).flat()),
    `${where}: rows of the appender`,
  );
  const replaced = of("replacer")[0]?.step ?? 0;
  assert.deepEqual(
    textOf(of("replacer")),
    replaced === 0 ? [] : textOf(replacedAt(replaced)),
    `${where}: rows of the replacer`,
  );
  const merged = of("changer").find((row) => row.sequence === 0)?.step ?? 0;
  const found = JSON.stringify(textOf(of("changer")));
  // A delete that found nothing leaves no trace.
  const after = [merged + 1, merged].find((steps) => found === JSON.stringify(textOf(changedUpTo(steps))));
  assert.ok(after !== undefined, `${where}: rows of the changer, merged at step ${merged}: ${found}`);
  return { appender: appended, replacer: replaced, changer: after };
}

function stepsOfAppender(snapshot: Snapshot): number {
  return snapshot.transaction("appender")?.version ?? 0;
}

function fromTable({ writer, sequence, step, checksum, p }: Row): SharedRow {
  assert.ok(writer === "appender" || writer === "changer" || writer === "replacer");
  const row = { writer, sequence: Number(sequence), step: Number(step) } as const;
  assert.equal(checksum, checksumOf(row), `the checksum of ${JSON.stringify(row)}`);
  assert.equal(p, `p${row.sequence % 2}`);
  return row;
}

function textOf(rows: readonly SharedRow[]): string[] {
  return rows.map(({ sequence, step }) => `${sequence} of step ${step}`).toSorted();
}
