import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";

import { DeltaTable, MemoryStore } from "../../src/index.ts";
import type { RowBatch, StagingArea } from "../../src/index.ts";
import { columns, filesOf, memoryTable, parallelEngine as engine } from "../support/tables.ts";

const rowCount = 2_000_000;
const schema = columns({ id: "long" });

test("a big table streams in small batches, in whole", async (t) => {
  const table = await memoryTable(t, { schema }, engine);
  const result = await table.append({ sql: `SELECT range AS id FROM range(${rowCount})` });
  assert.equal(result.rowCount, rowCount);
  let rows = 0;
  let batches = 0;
  let sum = 0n;
  for await (const batch of (await table.scan()).batches()) {
    assert.ok(batch.rowCount <= 2048);
    batches += 1;
    rows += batch.rowCount;
    const values = batch.column("id")?.values;
    assert.ok(values instanceof BigInt64Array);
    for (const value of values) sum += value;
  }
  assert.equal(rows, rowCount);
  assert.ok(batches >= rowCount / 2048);
  assert.equal(sum, (BigInt(rowCount) * BigInt(rowCount - 1)) / 2n);
});

test("a reader that stops early leaves the engine usable, many times over", async (t) => {
  const table = await memoryTable(t, { schema }, engine);
  await table.append({ sql: `SELECT range AS id FROM range(${rowCount})` });
  for (let time = 0; time < 20; time += 1) {
    for await (const batch of (await table.scan()).batches()) {
      assert.ok(batch.rowCount > 0);
      break;
    }
    const answer = await engine.query("SELECT range AS id FROM range(1000000)", async () => undefined);
    for await (const batch of answer.batches) {
      assert.ok(batch.rowCount > 0);
      break;
    }
  }
  assert.equal((await (await table.scan({ where: "id < 5" })).rows()).length, 5);
});

test("a plan that is never run, or whose reader throws, does no harm", async (t) => {
  const table = await memoryTable(t, { schema }, engine);
  await table.append({ sql: "SELECT range AS id FROM range(100000)" });
  (await table.scan()).batches();
  const failure = new Error("the reader gave up");
  await assert.rejects(async () => {
    for await (const batch of (await table.scan()).batches()) if (batch.rowCount > 0) throw failure;
  }, failure);
  assert.equal((await (await table.scan({ limit: 3 })).rows()).length, 3);
});

/** Knows when data files are written: the engine writes them into its staging folder. */
class StagedStore extends MemoryStore {
  folder = "";

  override async openStaging(): Promise<StagingArea> {
    const staging = await super.openStaging();
    this.folder = staging.folder;
    return staging;
  }
}

test("a stream of batches is taken one at a time and written out long before its end", async (t) => {
  const store = new StagedStore();
  t.after(() => store.close());
  const table = await DeltaTable.create(store, { schema, engine });
  const perBatch = 50_000;
  const total = 50;
  let pulled = 0;
  let open = 0;
  let firstFileAt: number | undefined;
  async function* source(): AsyncGenerator<RowBatch> {
    for (; pulled < total; pulled += 1) {
      open += 1;
      assert.equal(open, 1, "two batches were asked for at once");
      if (firstFileAt === undefined && (await readdir(store.folder)).length > 0) firstFileAt = pulled;
      const ids = BigInt64Array.from({ length: perBatch }, (_, index) => BigInt(pulled * perBatch + index));
      open -= 1;
      yield { columns: { rowCount: perBatch, columns: { id: ids } } };
    }
  }
  const result = await table.append({ batches: source() });
  assert.equal(result.rowCount, perBatch * total);
  assert.ok(firstFileAt !== undefined && firstFileAt < total / 2, `the first file came at ${firstFileAt}`);
  assert.ok((await filesOf(table)).length > 1);
  const answer = await (await table.scan({ where: "id >= 2499999" })).rows();
  assert.deepEqual(answer, [{ id: 2_499_999n }]);
});

test("a stream that its reader's failure ends is closed", async (t) => {
  const table = await memoryTable(t, { schema }, engine);
  let isClosed = false;
  async function* source(): AsyncGenerator<RowBatch> {
    try {
      yield { rows: [{ id: 1 }] };
      yield { rows: [{ id: "not a number" }] };
      yield { rows: [{ id: 3 }] };
    } finally {
      isClosed = true;
    }
  }
  await assert.rejects(table.append({ batches: source() }), { code: "INVALID_VALUE" });
  assert.equal(isClosed, true);
});
