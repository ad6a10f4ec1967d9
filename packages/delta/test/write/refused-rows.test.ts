import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { columns, engine, memoryTable, rejects, temporaryFolder } from "../support/tables.ts";

test("a row, or columns, that give one column under two spellings are refused", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long", name: "string" }) });
  const twice = /"ID" is given twice, also as "Id"/;
  await rejects(table.append({ rows: [{ id: 1 }, { Id: 1, ID: 2 }] }), "SCHEMA_MISMATCH", /row 1/);
  await rejects(table.append({ rows: [{ Id: 1, ID: 1 }] }), "SCHEMA_MISMATCH", twice);
  await rejects(table.append({ rows: [{ id: 1, ID: null }] }), "SCHEMA_MISMATCH", /row 0/);
  await rejects(
    table.append({ columns: { rowCount: 1, columns: { Id: [1], ID: [2] } } }),
    "SCHEMA_MISMATCH",
    twice,
  );
  await rejects(table.append({ batches: [{ rows: [{ Id: 1, ID: 1 }] }] }), "SCHEMA_MISMATCH", twice);
  await rejects(
    table
      .merge({ source: { rows: [{ Id: 1, ID: 2, name: "x" }] }, on: "target.id = source.id" })
      .whenNotMatchedInsertAll()
      .execute(),
    "SCHEMA_MISMATCH",
    twice,
  );
  assert.equal((await table.snapshot()).version, 0);
});

test("rows of one batch may spell a column differently, each in its own way", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long" }) });
  await table.append({ rows: [{ ID: 1 }, { iD: 2 }, { id: 3 }, { Id: 4 }] });
  assert.deepEqual(await (await table.scan({ orderBy: "id" })).rows(), [
    { id: 1n },
    { id: 2n },
    { id: 3n },
    { id: 4n },
  ]);
});

test("a partition whose folder could not be named is a short error, and nothing is written", async (t) => {
  const folder = await temporaryFolder(t);
  const table = await DeltaTable.create(folder, {
    schema: columns({ id: "long", part: "string" }),
    partitionBy: ["part"],
    engine,
  });
  // Each byte beyond ASCII takes three in the folder's name: 5 for "part=" and 250 for the value fit.
  for (const fits of ["x".repeat(250), `${"é".repeat(41)}xxxx`])
    await table.append({ rows: [{ id: 1, part: fits }] });
  const before = await readdir(folder, { recursive: true });
  for (const long of ["x".repeat(251), `${"é".repeat(41)}xxxxx`, "x".repeat(100_000), "%".repeat(84)]) {
    const rows = [
      { id: 1, part: "fits" },
      { id: 2, part: long },
    ];
    for (const work of [
      () => table.append({ rows }),
      () => table.append({ sql: `SELECT 1 AS id, '${long}' AS part` }),
      () => table.overwrite({ rows }),
      () => table.update({ set: { part: `'${long}'` } }),
    ]) {
      const error = await rejects(work(), "INVALID_VALUE", /"part".*255 bytes.*"[x%é]{40}"/);
      assert.ok(error.message.length < 400, error.message);
    }
  }
  const left = (await readdir(folder, { recursive: true })).filter((name) => !before.includes(name));
  assert.deepEqual(
    left.filter((name) => name.includes(".parquet")),
    [],
  );
  assert.equal((await table.snapshot()).version, 2);
});

test("times outside the years 1 to 9999 are refused, however they come", async (t) => {
  const schema = columns({
    id: "long",
    d: "date",
    z: "timestamp",
    n: "timestamp_ntz",
    s: columns({ z: "timestamp" }),
    l: { type: "array", elementType: "date", containsNull: true },
  });
  const table = await memoryTable(t, { schema });
  const far = new Date("+010000-01-01T00:00:00Z");
  const early = new Date("0000-12-31T00:00:00Z");
  for (const value of [
    far,
    early,
    new Date(8.64e15),
    new Date(-8.64e15),
    "0000-06-01",
    "0000-12-31T23:59:59Z",
  ]) {
    for (const row of [{ d: value }, { z: value }, { n: value }, { s: { z: value } }, { l: [value] }])
      await rejects(table.append({ rows: [row] }), "INVALID_VALUE", /row 0.*(years 1 to 9999|not midnight)/i);
  }
  const micros = BigInt(far.getTime()) * 1000n;
  for (const name of ["z", "n"]) {
    for (const value of [micros, BigInt(early.getTime()) * 1000n, 2n ** 63n - 1n])
      await rejects(
        table.append({ columns: { rowCount: 1, columns: { [name]: new BigInt64Array([value]) } } }),
        "INVALID_VALUE",
        /years 1 to 9999/,
      );
  }
  for (const days of [2_932_897, -719_529, 2 ** 31 - 2])
    await rejects(
      table.append({ columns: { rowCount: 1, columns: { d: new Int32Array([days]) } } }),
      "INVALID_VALUE",
      /years 1 to 9999/,
    );
  for (const sql of [
    "DATE '10000-01-01' AS d",
    "'infinity'::DATE AS d",
    "DATE '0044-03-15 (BC)' AS d",
    "'-infinity'::TIMESTAMP AS n",
    "{'z': TIMESTAMPTZ '12000-01-01'} AS s",
  ])
    await rejects(table.append({ sql: `SELECT 1 AS id, ${sql}` }), "INVALID_VALUE", /years 1 to 9999/);
  await rejects(table.append({ sql: "SELECT DATE '10000-01-01' AS d" }, { dryRun: true }), "INVALID_VALUE");
  assert.equal((await table.snapshot()).version, 0);
  const edge = {
    id: 1n,
    d: "0001-01-01",
    z: new Date("9999-12-31T23:59:59.999Z"),
    n: new Date("0001-01-01T00:00:00Z"),
    s: null,
    l: ["9999-12-31"],
  };
  await table.append({ rows: [edge] });
  assert.deepEqual(await (await table.scan()).rows(), [edge]);
});

test("more than six decimals of a second are refused, unless they are zeros", async (t) => {
  const table = await memoryTable(t, { schema: columns({ z: "timestamp", n: "timestamp_ntz" }) });
  for (const text of [
    "2026-01-08T10:00:00.1234567Z",
    "2026-01-08 10:00:00.0000001",
    "2026-01-08T10:00:00.123456001+02:00",
  ]) {
    await rejects(
      table.append({ rows: [{ z: text }] }),
      "INVALID_VALUE",
      /more than six decimals of a second/,
    );
    await rejects(
      table.append({ rows: [{ n: text.replace(/Z|\+.*$/, "") }] }),
      "INVALID_VALUE",
      /six decimals/,
    );
  }
  await table.append({ rows: [{ z: "2026-01-08T10:00:00.123456000Z" }] });
  const { z } = await (await table.scan()).columns();
  assert.deepEqual(z?.values, new BigInt64Array([1_767_866_400_123_456n]));
});
