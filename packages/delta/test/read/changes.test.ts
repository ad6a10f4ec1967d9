import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable, field } from "../../src/index.ts";
import type { ChangeRange } from "../../src/index.ts";
import { commitOf } from "../support/commits.ts";
import { rowsOf, tableOf } from "../support/table-contents.ts";
import { columns, engine, memoryStore, memoryTable, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", v: "string" });
const fed = { "delta.enableChangeDataFeed": "true" };

/** A table with a change feed and one commit of two rows. */
function fedTable(t: TestContext, properties: Readonly<Record<string, string>> = {}): Promise<DeltaTable> {
  return tableOf(t, { schema, properties: { ...fed, ...properties } }, [
    [
      { id: 1, v: "a" },
      { id: 2, v: "b" },
    ],
  ]);
}

/** Changes as `version kind id v`. */
async function changesOf(table: DeltaTable, range: ChangeRange): Promise<string[]> {
  const changes = await table.changes({
    columns: ["_commit_version", "_change_type", "id", "v"],
    orderBy: "ALL",
    ...range,
  });
  return (await changes.rows()).map((row) => Object.values(row).join(" "));
}

for (const [name, properties] of [
  ["no other feature", {}],
  ["deletion vectors", { "delta.enableDeletionVectors": "true" }],
  ["column mapping", { "delta.columnMapping.mode": "name" }],
  ["vectors and ids", { "delta.enableDeletionVectors": "true", "delta.columnMapping.mode": "id" }],
] as const) {
  test(`the changes of every command are told, in a table with ${name}`, async (t) => {
    const table = await fedTable(t, properties);
    await table.update({ set: { v: "'z'" }, where: "id = 1" });
    await table.delete({ where: "id = 1" });
    await table
      .merge({
        source: {
          rows: [
            { id: 2, v: "m" },
            { id: 3, v: "n" },
          ],
        },
        on: "target.id = source.id",
      })
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute();
    await table
      .merge({ source: { rows: [{ id: 3, v: "x" }] }, on: "target.id = source.id" })
      .whenMatchedDelete()
      .whenNotMatchedBySourceUpdate({ set: { v: "'left'" } })
      .execute();
    await table.delete();
    assert.deepEqual(await changesOf(table, { fromVersion: 1 }), [
      "1 insert 1 a",
      "1 insert 2 b",
      "2 update_postimage 1 z",
      "2 update_preimage 1 a",
      "3 delete 1 z",
      "4 insert 3 n",
      "4 update_postimage 2 m",
      "4 update_preimage 2 b",
      "5 delete 3 n",
      "5 update_postimage 2 left",
      "5 update_preimage 2 m",
      "6 delete 2 left",
    ]);
  });
}

test("changes come from change files where a commit has them, else from the files it adds and removes", async (t) => {
  const table = await fedTable(t);
  await table.update({ set: { v: "'z'" }, where: "id = 1" });
  await table.delete();
  const counts = [];
  for (const version of [1, 2, 3]) counts.push((await commitOf(table.store, version)).changeFiles.length);
  assert.deepEqual(counts, [0, 1, 0]);
  assert.deepEqual(await changesOf(table, { fromVersion: 3 }), ["3 delete 1 z", "3 delete 2 b"]);
  const [changeFile] = (await commitOf(table.store, 2)).changeFiles;
  assert.match(changeFile?.path ?? "", /^_change_data\//);
});

test("a file that only gets another deletion vector tells the rows that the vectors differ by", async (t) => {
  const table = await fedTable(t, { "delta.enableDeletionVectors": "true" });
  await table.delete({ where: "id = 1" });
  await table.restore({ version: 1 });
  await table.restore({ version: 2 });
  assert.deepEqual(await changesOf(table, { fromVersion: 3 }), ["3 insert 1 a", "4 delete 1 a"]);
});

test("rows that are only elsewhere are no change", async (t) => {
  const table = await fedTable(t);
  await table.addColumns([field("w", "long")]);
  await table.setProperties({ owner: "me" });
  await table.checkpoint();
  assert.deepEqual(await changesOf(table, { fromVersion: 2 }), []);
});

test("a change has its commit's version and time, and all columns of the table", async (t) => {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const store = memoryStore(t, { now: () => now });
  const table = await DeltaTable.create(store, { schema, properties: fed, engine, now: () => now });
  now += 1500;
  await table.append({ rows: [{ id: 1, v: null }] });
  const changes = await table.changes({ fromVersion: 0 });
  assert.deepEqual(
    changes.schema.fields.map((member) => member.name),
    ["id", "v", "_change_type", "_commit_version", "_commit_timestamp"],
  );
  const [row, ...more] = await changes.rows();
  assert.deepEqual(more, []);
  const { _commit_timestamp: at, ...rest } = row ?? {};
  assert.deepEqual(rest, { id: 1n, v: null, _change_type: "insert", _commit_version: 1n });
  assert.match(
    JSON.stringify(at, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
    /2026-01-01T00:00:01\.5|1767225601500000/,
  );
});

test("changes are chosen by versions, both ends in the range", async (t) => {
  const table = await fedTable(t);
  await table.append({ rows: [{ id: 3, v: "c" }] });
  await table.append({ rows: [{ id: 4, v: "d" }] });
  assert.deepEqual(await changesOf(table, { fromVersion: 2, toVersion: 2 }), ["2 insert 3 c"]);
  assert.deepEqual(await changesOf(table, { fromVersion: 2 }), ["2 insert 3 c", "3 insert 4 d"]);
  assert.deepEqual(await changesOf(table, { fromVersion: 0, toVersion: 0 }), []);
});

function time(text: string): Date {
  return new Date(`2026-01-01T${text}Z`);
}

test("changes are chosen by times: from the first version at or after one, to the last at or before another", async (t) => {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const store = memoryStore(t, { now: () => now });
  const table = await DeltaTable.create(store, { schema, properties: fed, engine, now: () => now });
  for (const id of [1, 2, 3]) {
    now += 60_000;
    await table.append({ rows: [{ id, v: "x" }] });
  }
  const two = ["2 insert 2 x"];
  assert.deepEqual(
    await changesOf(table, { fromTimestamp: time("00:02:00"), toTimestamp: time("00:02:00") }),
    two,
  );
  assert.deepEqual(
    await changesOf(table, { fromTimestamp: time("00:01:00.001"), toTimestamp: time("00:02:59.999") }),
    two,
  );
  assert.deepEqual(await changesOf(table, { fromTimestamp: time("00:02:30") }), ["3 insert 3 x"]);
  assert.deepEqual(await changesOf(table, { fromVersion: 2, toTimestamp: time("00:02:00") }), two);
  const late = table.changes({ fromTimestamp: time("00:03:01") });
  await rejects(late, "VERSION_NOT_FOUND", /no version at or after/);
});

test("changes are filtered and ordered by the table's columns and those of the change", async (t) => {
  const table = await fedTable(t);
  await table.update({ set: { v: "'z'" } });
  const changes = await table.changes({
    fromVersion: 1,
    columns: ["id", "_change_type"],
    where: "_change_type LIKE 'update%' AND id > 1",
    orderBy: "_change_type DESC",
  });
  assert.deepEqual(await changes.rows(), [
    { id: 2n, _change_type: "update_preimage" },
    { id: 2n, _change_type: "update_postimage" },
  ]);
});

test("a version that did not have the feed on is named, whether before, within or at the end of the range", async (t) => {
  const table = await tableOf(t, { schema }, [[{ id: 1, v: "a" }]]);
  await table.setProperties(fed);
  await table.append({ rows: [{ id: 2, v: "b" }] });
  await table.unsetProperties(["delta.enableChangeDataFeed"]);
  await table.append({ rows: [{ id: 3, v: "c" }] });
  assert.deepEqual(await changesOf(table, { fromVersion: 2, toVersion: 3 }), ["3 insert 2 b"]);
  for (const [fromVersion, toVersion, named] of [
    [0, 3, 0],
    [1, 3, 1],
    [2, 4, 4],
    [2, 5, 4],
    [5, 5, 5],
  ] as const)
    await rejects(
      changesOf(table, { fromVersion, toVersion }),
      "CHANGE_DATA_NOT_RECORDED",
      new RegExp(`version ${named} has no change data.*delta\\.enableChangeDataFeed`, "s"),
    );
});

test("after a rename all changes have the new name, those of before it too", async (t) => {
  const table = await fedTable(t, { "delta.columnMapping.mode": "name" });
  await table.update({ set: { v: "'z'" }, where: "id = 1" });
  await table.renameColumn("v", "value");
  await table.update({ set: { value: "'y'" }, where: "id = 1" });
  const columnNames = ["_commit_version", "_change_type", "id", "value"];
  assert.deepEqual(await changesOf(table, { fromVersion: 2, columns: columnNames }), [
    "2 update_postimage 1 z",
    "2 update_preimage 1 a",
    "4 update_postimage 1 y",
    "4 update_preimage 1 z",
  ]);
  assert.equal((await changesOf(table, { fromVersion: 2, toVersion: 2 })).length, 2);
});

test("a column that came later is null in the changes of before it, and one that went is in none", async (t) => {
  const table = await fedTable(t, { "delta.columnMapping.mode": "name" });
  await table.delete({ where: "id = 1" });
  await table.addColumns([field("w", "long")]);
  await table.dropColumns(["v"]);
  await table.append({ rows: [{ id: 3, w: 7 }] });
  const columnNames = ["_commit_version", "_change_type", "id", "w"];
  assert.deepEqual(await changesOf(table, { fromVersion: 1, columns: columnNames }), [
    "1 insert 1 ",
    "1 insert 2 ",
    "2 delete 1 ",
    "5 insert 3 7",
  ]);
});

test("changes of partitions of any value tell the value", async (t) => {
  const odd = "p ü.%";
  const table = await tableOf(
    t,
    { schema: columns({ id: "long", [odd]: "string" }), partitionBy: [odd], properties: fed },
    [
      [
        { id: 1, [odd]: "a/b=100%" },
        { id: 2, [odd]: null },
      ],
    ],
  );
  await table.update({ set: { [odd]: "'moved'" }, where: "id = 1" });
  await table.update({ set: { id: "3" }, where: "id = 2" });
  const columnNames = ["_commit_version", "_change_type", "id", odd];
  assert.deepEqual(await changesOf(table, { fromVersion: 2, columns: columnNames }), [
    "2 update_postimage 1 moved",
    "2 update_preimage 1 a/b=100%",
    "3 update_postimage 3 ",
    "3 update_preimage 2 ",
  ]);
});

async function valuesOf(table: DeltaTable, range: ChangeRange): Promise<unknown[]> {
  return (await (await table.changes(range)).rows()).map((row) => row["p"]);
}

test("changes do not mix files of before and after a change of types or of partition columns", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", p: "string" }),
    properties: { "delta.enableChangeDataFeed": "true" },
  });
  await table.append({ rows: [{ id: 1, p: "5" }] });
  await table.overwrite(
    { sql: "SELECT 1::BIGINT AS id, '6' AS p" },
    { overwriteSchema: true, partitionBy: ["p"] },
  );
  await table.append({ rows: [{ id: 2, p: "7" }] });
  const describing = await table.describe();
  assert.deepEqual(describing.partitionColumns, ["p"]);
  for (const fromVersion of [0, 1, 2]) {
    await rejects(
      valuesOf(table, { fromVersion }),
      "INVALID_ARGUMENT",
      /version 2 changed the partition columns from \(\) to \(p\).*from version 3 on/,
    );
  }
  assert.deepEqual(await valuesOf(table, { fromVersion: 0, toVersion: 1 }), ["5"]);
  assert.deepEqual(await valuesOf(table, { fromVersion: 3 }), ["7"]);
  await table.overwrite({ sql: "SELECT 1::BIGINT AS id, 5::INTEGER AS p" }, { overwriteSchema: true });
  await rejects(valuesOf(table, { fromVersion: 3 }), "INVALID_ARGUMENT", /"p" from string to integer/);
});

test("a range that cannot be is refused", async (t) => {
  const table = await fedTable(t);
  const now = new Date();
  await rejects(table.changes({}), "INVALID_ARGUMENT", /fromVersion or fromTimestamp/);
  await rejects(table.changes({ fromVersion: 0, fromTimestamp: now }), "INVALID_ARGUMENT", /not both/);
  await rejects(
    table.changes({ fromVersion: 0, toVersion: 1, toTimestamp: now }),
    "INVALID_ARGUMENT",
    /not both/,
  );
  await rejects(table.changes({ fromVersion: 1, toVersion: 0 }), "INVALID_ARGUMENT", /from version 1 to 0/);
  await rejects(table.changes({ fromVersion: 2 }), "INVALID_ARGUMENT", /from version 2 to 1/);
  await rejects(table.changes({ fromVersion: 0, toVersion: 2 }), "VERSION_NOT_FOUND");
  for (const fromVersion of [-1, 0.5, Number.NaN])
    await rejects(changesOf(table, { fromVersion }), "INVALID_ARGUMENT", /version/);
  await rejects(changesOf(table, { fromVersion: 0, columns: ["nowhere"] }), "INVALID_ARGUMENT", /nowhere/);
  await rejects(changesOf(table, { fromVersion: 0, where: "nowhere = 1" }), "INVALID_PREDICATE", /nowhere/);
  await rejects(changesOf(table, { fromVersion: 0, where: "id = 1) OR (true" }), "INVALID_PREDICATE");
  const invalid = new Date(Number.NaN);
  await rejects(table.changes({ fromTimestamp: invalid }), "INVALID_ARGUMENT", /fromTimestamp/);
  await rejects(table.changes({ fromVersion: 0, toTimestamp: invalid }), "INVALID_ARGUMENT", /invalid Date/);
});

test("changes whose files a vacuum has deleted cannot be read, and the error names the file", async (t) => {
  const table = await fedTable(t);
  await table.update({ set: { v: "'z'" }, where: "id = 1" });
  const [changeFile] = (await commitOf(table.store, 2)).changeFiles;
  await table.store.delete(changeFile?.path ?? "");
  await rejects(changesOf(table, { fromVersion: 2 }), "DATA_FILE_UNREADABLE", /vacuum.*_change_data/s);
  assert.equal((await rowsOf(table)).length, 2);
});

test("changes survive a checkpoint, and a log that begins later begins its changes later", async (t) => {
  const table = await fedTable(t);
  await table.append({ rows: [{ id: 3, v: "c" }] });
  await table.checkpoint();
  await table.append({ rows: [{ id: 4, v: "d" }] });
  await table.store.delete("_delta_log/00000000000000000000.json");
  await table.store.delete("_delta_log/00000000000000000001.json");
  assert.deepEqual(await changesOf(table, { fromVersion: 3 }), ["3 insert 4 d"]);
  await rejects(changesOf(table, { fromVersion: 1 }), "VERSION_NOT_FOUND");
});
