import assert from "node:assert/strict";

import type { DeltaTable, ObjectStore } from "../../src/index.ts";
import { listLog } from "../../src/log/log-files.ts";
import { commitOf } from "./commits.ts";
import { bagOfSmall, smallRowsOf } from "./table-changes.ts";
import type { SmallRow, TableChange } from "./table-changes.ts";

/** A version that changes are counted from. */
export interface Base {
  readonly version: number;
  readonly rows: readonly SmallRow[];
}

/** What a table's log tells of the changes that made it. */
export interface ChangeHistory {
  /** By the name of the change. */
  readonly versions: ReadonlyMap<string, number>;
  /** The rows of each version, by the changes alone: no data file was read. */
  readonly rowsAt: ReadonlyMap<number, readonly SmallRow[]>;
}

/** Checks that the versions behind the base are the changes one after the other, each at most once. */
export async function changeHistoryOf(
  store: ObjectStore,
  changes: readonly TableChange[],
  base: Base,
): Promise<ChangeHistory> {
  const byName = new Map(changes.map((change) => [change.name, change]));
  const versions = new Map<string, number>();
  const rowsAt = new Map<number, readonly SmallRow[]>([[base.version, base.rows]]);
  const transactions = new Set<string>();
  let { rows } = base;
  let previous = base.version;
  for (const version of (await listLog(store)).commits) {
    if (version <= base.version) continue;
    assert.equal(version, previous + 1, "a gap in the versions");
    previous = version;
    const { info } = await commitOf(store, version);
    const txnId = String(info["txnId"]);
    assert.ok(!transactions.has(txnId), `version ${version} repeats the commit ${txnId}`);
    transactions.add(txnId);
    const change = byName.get(String(info["userMetadata"]));
    const isUpkeep = info.operation?.startsWith("VACUUM") === true;
    assert.ok(change !== undefined || isUpkeep, `version ${version} is nobody's: ${JSON.stringify(info)}`);
    if (change !== undefined) {
      assert.ok(!versions.has(change.name), `${change.name} was committed twice`);
      versions.set(change.name, version);
      rows = change.apply(rows);
    }
    rowsAt.set(version, rows);
  }
  return { versions, rowsAt };
}

/** The same, and checks the rows of each version as a reader sees them. */
export async function serialHistoryOf(
  table: DeltaTable,
  changes: readonly TableChange[],
  base: Base,
): Promise<ChangeHistory> {
  const history = await changeHistoryOf(table.store, changes, base);
  const names = new Map([...history.versions].map(([name, version]) => [version, name]));
  for (const [version, rows] of history.rowsAt) {
    if (version < 0) continue;
    const found = await smallRowsOf(table, version);
    const what = `the rows of version ${version}, made by ${names.get(version) ?? "nobody"}`;
    assert.deepEqual(bagOfSmall(found), bagOfSmall(rows), what);
  }
  return history;
}
