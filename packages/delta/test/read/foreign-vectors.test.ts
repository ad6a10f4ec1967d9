// A deletion vector that names rows which its data file does not have is to blame, and not the data file.
import { test } from "node:test";
import type { TestContext } from "node:test";

import { inlineDescriptor } from "../../src/deletion-vectors/descriptor.ts";
import { RowIndexSet } from "../../src/deletion-vectors/roaring-bitmap.ts";
import { DeltaTable } from "../../src/index.ts";
import type { DeletionVectorDescriptor, MemoryStore, ObjectStore } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { columns, engine, filesOf, memoryStore, readText, rejects, writeText } from "../support/tables.ts";

/** A table of ten rows, of which row 3 is deleted. */
async function tableWithVector(t: TestContext): Promise<{ store: MemoryStore; table: DeltaTable }> {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long" }),
    properties: { "delta.enableDeletionVectors": "true", "delta.enableChangeDataFeed": "true" },
    engine,
  });
  await table.append({ sql: "SELECT range AS id FROM range(10)" });
  await table.delete({ where: "id = 3" });
  return { store, table };
}

async function vectorOf(table: DeltaTable): Promise<DeletionVectorDescriptor | undefined> {
  return (await filesOf(table))[0]?.deletionVector;
}

function withoutChangeFiles(commit: string): string {
  return commit.replaceAll(/^\{"cdc".*\n/gm, "");
}

async function vectorName(store: ObjectStore): Promise<string> {
  return (await store.listNames("")).find((entry) => entry.startsWith("deletion_vector")) ?? "";
}

const reads: Readonly<Record<string, (table: DeltaTable) => Promise<unknown>>> = {
  scan: async (table) => (await table.scan()).rows(),
  "scan with a filter": async (table) => (await table.scan({ where: "id > 4" })).rows(),
  query: async (table) =>
    (await engine.query("SELECT count(*) FROM t", async () => table.relation({}))).rows(),
  // Where a commit has no change files, its changes follow from the vectors.
  changes: async (table) => (await table.changes({ fromVersion: 2 })).rows(),
  delete: async (table) => table.delete({ where: "id = 5" }),
  update: async (table) => table.update({ set: { id: "id + 1" }, where: "id = 5" }),
  optimize: async (table) => table.optimize({ full: true }),
};

for (const [name, run] of Object.entries(reads)) {
  test(`${name} blames an inline vector with rows behind the end of its file`, async (t) => {
    const { store, table } = await tableWithVector(t);
    const path = commitPath(2);
    const text = await readText(store, path);
    const old = JSON.stringify(await vectorOf(table));
    const foreign = JSON.stringify(inlineDescriptor(RowIndexSet.of([3, 10])));
    await writeText(store, path, withoutChangeFiles(text.replace(old, foreign)));
    await rejects(
      run(await DeltaTable.open(store, { engine })),
      "CORRUPT_LOG",
      /the deletion vector of part-.* deletes row 10, and the data file has 10 rows/,
    );
  });

  test(`${name} blames a vector's file whose vector is of another file`, async (t) => {
    const { store } = await tableWithVector(t);
    const larger = await DeltaTable.create(memoryStore(t), {
      schema: columns({ id: "long" }),
      properties: { "delta.enableDeletionVectors": "true" },
      engine,
    });
    await larger.append({ sql: "SELECT range AS id FROM range(100)" });
    await larger.delete({ where: "id = 70" });
    const mine = await vectorName(store);
    await writeText(store, commitPath(2), withoutChangeFiles(await readText(store, commitPath(2))));
    await store.put(mine, await larger.store.read(await vectorName(larger.store)));
    await rejects(
      run(await DeltaTable.open(store, { engine })),
      "CORRUPT_LOG",
      new RegExp(`${mine}.*row 70`),
    );
  });
}
