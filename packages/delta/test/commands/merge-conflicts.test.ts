import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { orphansOf } from "../support/committed-files.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { rowsOf } from "../support/table-contents.ts";
import { columns, engine, memoryStore, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", v: "string" });
const on = "target.id = source.id";

/** Rows as `id v`. */
async function textsOf(table: DeltaTable): Promise<string[]> {
  return (await rowsOf(table)).map((row) => Object.values(row).join(" "));
}

test("a merge goes on from rows that another writer adds meanwhile, and does not repeat them", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.append({ rows: [{ id: 1, v: "theirs" }] });
  const rows = [
    { id: 1, v: "ours" },
    { id: 2, v: "ours" },
  ];
  await DeltaTable.at(store, { engine })
    .merge({ source: { rows }, on })
    .whenMatchedUpdateAll()
    .whenNotMatchedInsertAll()
    .execute();
  assert.deepEqual(await textsOf(other), ["1 ours", "2 ours"]);
  assert.deepEqual(await orphansOf(inner), []);
});

test("a merge does not mind rows that another writer adds elsewhere", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine });
  await other.append({ rows: [{ id: 1, v: "a" }] });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.append({ rows: [{ id: 100, v: "theirs" }] });
  const batches = [{ rows: [{ id: 1, v: "ours" }] }];
  await DeltaTable.at(store, { engine }).merge({ source: { batches }, on }).whenMatchedUpdateAll().execute();
  assert.deepEqual(await textsOf(other), ["1 ours", "100 theirs"]);
});

test("a merge whose source is a stream loses to another writer of the same rows", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine });
  await other.append({ rows: [{ id: 1, v: "a" }] });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.update({ set: { v: "'theirs'" } });
  const merge = DeltaTable.at(store, { engine }).merge({
    source: { batches: [{ rows: [{ id: 1, v: "ours" }] }] },
    on,
  });
  await rejects(merge.whenMatchedUpdateAll().execute(), "CONCURRENT_WRITE", /UPDATE/);
  assert.deepEqual(await textsOf(other), ["1 theirs"]);
  assert.deepEqual(await orphansOf(inner), []);
});
