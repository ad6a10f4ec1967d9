import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import type { ObjectStore } from "../../src/index.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { rowsOf } from "../support/table-contents.ts";
import { columns, engine, memoryStore, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", v: "string" });
const doubled = "SELECT id + 100 AS id, v FROM me WHERE id < 10";

async function twoWriters(
  t: TestContext,
  properties: Readonly<Record<string, string>>,
): Promise<{ readonly other: DeltaTable; readonly store: InterruptedStore; readonly inner: ObjectStore }> {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine, properties });
  await other.append({ rows: [{ id: 1, v: "a" }] });
  return { other, store: new InterruptedStore(inner), inner };
}

async function ids(table: DeltaTable): Promise<number[]> {
  return (await rowsOf(table)).map((row) => Number(row["id"])).toSorted((left, right) => left - right);
}

test("an append of what a query reads in the same table fails when somebody takes those rows away", async (t) => {
  const { other, store } = await twoWriters(t, {});
  store.interruption = () => other.delete({ where: "id = 1" });
  const table = DeltaTable.at(store, { engine });
  await rejects(table.append({ sql: doubled }, { tables: { me: table } }), "CONCURRENT_WRITE", /DELETE/);
  assert.deepEqual(await ids(other), []);
});

test("it fails behind such rows as it read, unless the table lets blind appends pass", async (t) => {
  const lax = await twoWriters(t, { "delta.isolationLevel": "WriteSerializable" });
  lax.store.interruption = () => lax.other.append({ rows: [{ id: 2, v: "b" }] });
  const first = DeltaTable.at(lax.store, { engine });
  await first.append({ sql: doubled }, { tables: { me: first } });
  assert.deepEqual(await ids(lax.other), [1, 2, 101]);

  for (const [id, isInTheWay] of [
    [2, true],
    [50, false],
  ] as const) {
    const strict = await twoWriters(t, {});
    strict.store.interruption = () => strict.other.append({ rows: [{ id, v: "b" }] });
    const table = DeltaTable.at(strict.store, { engine });
    const append = table.append({ sql: doubled }, { tables: { me: table } });
    if (isInTheWay) await rejects(append, "CONCURRENT_WRITE", /WRITE/);
    else await append;
    assert.deepEqual(await ids(strict.other), isInTheWay ? [1, 2] : [1, 50, 101]);
  }
});

test("a version that is named stays what it is, whoever changes the table", async (t) => {
  const { other, store } = await twoWriters(t, {});
  store.interruption = () => other.delete({ where: "id = 1" });
  const table = DeltaTable.at(store, { engine });
  await table.append(
    { sql: "SELECT id + 100 AS id, v FROM me AT (VERSION => 1)" },
    { tables: { me: table } },
  );
  assert.deepEqual(await ids(other), [101]);
});

test("an overwrite reads the same table again when somebody was faster", async (t) => {
  const { other, store } = await twoWriters(t, {});
  store.interruption = () => other.append({ rows: [{ id: 2, v: "b" }] });
  const table = DeltaTable.at(store, { engine });
  const sql = "SELECT id + 100 AS id, v FROM me";
  await table.overwrite({ sql }, { where: "id >= 100", tables: { me: table } });
  assert.deepEqual(await ids(other), [1, 2, 101, 102]);
});
