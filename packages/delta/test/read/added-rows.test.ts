import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { columns, engine, memoryStore, rejects } from "../support/tables.ts";

const schema = columns({ id: "long" });

async function addedAfter(table: DeltaTable, after: number): Promise<number[]> {
  const relation = await table.addedRows({ after });
  const result = await engine.query("SELECT id FROM added ORDER BY id", async () => relation);
  return (await result.rows()).map((row) => Number(row["id"]));
}

test("the rows that versions added are those of their own files, whatever was rearranged since", async (t) => {
  const table = await DeltaTable.create(memoryStore(t), { schema, engine });
  for (const id of [1, 2, 3, 4]) await table.append({ rows: [{ id }] });
  assert.deepEqual(await addedAfter(table, 0), [1, 2, 3, 4]);
  assert.deepEqual(await addedAfter(table, 2), [3, 4]);
  assert.deepEqual(await addedAfter(table, 4), []);
  await table.optimize();
  assert.deepEqual(await addedAfter(table, 2), [3, 4]);
  await table.delete({ where: "id = 3" });
  assert.deepEqual(
    await addedAfter(table, 5),
    [1, 2, 4],
    "a delete that rewrites a file adds what is left of it",
  );
  await rejects(
    table.addedRows({ after: 7 }),
    "INVALID_ARGUMENT",
    /after must be a version from -1 to .*, not 7/,
  );
});
