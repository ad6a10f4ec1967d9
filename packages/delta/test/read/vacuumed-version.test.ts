import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable, LocalStore } from "../../src/index.ts";
import { columns, engine, filesOf, idsOf, memoryStore, rejects, temporaryFolder } from "../support/tables.ts";

const day = 24 * 3600 * 1000;

interface Vacuumed {
  readonly table: DeltaTable;
  /** When the vacuum began. */
  readonly at: string;
}

/** Version 4 removes the files of 1 to 3; version 5 adds one more; 6 and 7 are the vacuum's; 8 comes behind it. */
async function vacuumed(t: TestContext): Promise<Vacuumed> {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const store = memoryStore(t, { now: () => now });
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long" }),
    engine,
    now: () => now,
  });
  for (const id of [1, 2, 3]) await table.append({ rows: [{ id }, { id: -id }] });
  await table.optimize();
  await table.append({ rows: [{ id: 4 }] });
  now += 10 * day;
  const { files } = await table.vacuum({ retentionHours: 0, allowShortRetention: true });
  assert.equal(files.length, 3);
  await table.append({ rows: [{ id: 5 }] });
  return { table, at: new Date(now).toISOString() };
}

test("a version that was vacuumed says so, when, by which version, and what can still be read", async (t) => {
  const { table, at } = await vacuumed(t);
  const told = (version: number, gone: number): RegExp =>
    new RegExp(
      `version ${version} was vacuumed at ${at} by version 6: ${gone} of its ${gone} files are gone, such as .*\\.parquet.*: 4 to 8\\.`,
    );
  for (const [version, gone] of [
    [1, 1],
    [3, 3],
  ] as const) {
    const scan = await table.scan({ version });
    await rejects(scan.rows(), "DATA_FILE_UNREADABLE", told(version, gone));
    await rejects(scan.columns(), "DATA_FILE_UNREADABLE", told(version, gone));
    await rejects(table.relation({ version }), "DATA_FILE_UNREADABLE", told(version, gone));
    await rejects(table.restore({ version }), "DATA_FILE_UNREADABLE", told(version, gone));
  }
  assert.deepEqual(await idsOf(table, { version: 0 }), []);
  assert.deepEqual(await idsOf(table, { version: 4 }), [-3, -2, -1, 1, 2, 3]);
  assert.deepEqual(await idsOf(table), [-3, -2, -1, 1, 2, 3, 4, 5]);
});

test("so does one on a disk, where a query meets it, and one whose deletion vectors went", async (t) => {
  const folder = await temporaryFolder(t);
  const table = await DeltaTable.create(new LocalStore(folder), {
    schema: columns({ id: "long" }),
    properties: { "delta.enableDeletionVectors": "true" },
    engine,
  });
  await table.append({ rows: [1, 2, 3].map((id) => ({ id })) });
  await table.delete({ where: "id = 1" });
  await table.delete({ where: "id = 2" });
  await table.vacuum({ retentionHours: 0, allowShortRetention: true });
  const told =
    /version 2 was vacuumed at 20.* by version 4: 1 of its 1 files are gone, such as deletion_vector.*: 3 to 5\./;
  await rejects((await table.scan({ version: 2 })).rows(), "DATA_FILE_UNREADABLE", told);
  await rejects(
    table.engine.query("SELECT * FROM t", async () => table.relation({ version: 2 })),
    "DATA_FILE_UNREADABLE",
    told,
  );
  assert.deepEqual(await idsOf(table, { version: 1 }), [1, 2, 3]);
});

test("a file that the newest version needs was not vacuumed but lost", async (t) => {
  const folder = await temporaryFolder(t);
  const table = await DeltaTable.create(new LocalStore(folder), { schema: columns({ id: "long" }), engine });
  await table.append({ rows: [{ id: 1 }] });
  await table.append({ rows: [{ id: 2 }] });
  const [lost] = await filesOf(table);
  await rm(join(folder, lost?.path ?? ""));
  for (const version of [1, 2]) {
    const error = await rejects((await table.scan({ version })).rows(), "DATA_FILE_UNREADABLE");
    assert.doesNotMatch(error.message, /vacuumed/);
  }
});
