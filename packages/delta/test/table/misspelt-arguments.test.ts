// What a caller without types gets wrong is refused: an option that nobody reads would change what was not meant to be.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable, DuckDbEngine } from "../../src/index.ts";
import { columns, countingTable, engine, idsOf, memoryStore, rejects } from "../support/tables.ts";

/** Calls a method as JavaScript does, whatever its types say. */
async function call(target: object, method: string, ...given: readonly unknown[]): Promise<unknown> {
  const found: unknown = Reflect.get(target, method);
  assert.ok(typeof found === "function", method);
  const result: unknown = await Reflect.apply(found, target, given);
  return result;
}

async function tableOfThree(t: TestContext): Promise<DeltaTable> {
  return countingTable(memoryStore(t), 3);
}

const calls: readonly (readonly [method: string, ...given: readonly unknown[]])[] = [
  ["restore", { version: 0, dryRun: true }],
  ["restore", { version: 0 }, { dryrun: true }],
  ["addColumns", columns({ extra: "long" }).fields, { dryrun: true }],
  ["renameColumn", "id", "key", { dryrun: true }],
  ["dropColumns", ["id"], { dryrun: true }],
  ["setProperties", { note: "x" }, { dryrun: true }],
  ["unsetProperties", ["note"], { dryrun: true }],
  ["addConstraint", "positive", "id > 0", { dryrun: true }],
  ["dropConstraint", "positive", { dryrun: true }],
  ["repair", { dryrun: true }],
  ["cleanUpLog", { dryrun: true }],
  ["snapshot", { verson: 1 }],
  ["describe", { verson: 1 }],
  ["changes", { fromVersion: 0, toversion: 1 }],
  ["delete", "id = 1"],
  ["vacuum", { mode: "LITE" }],
  ["vacuum", { retentionHours: "500" }],
  ["append", { columns: { columns: { id: [10n] } } }],
  ["overwrite", { columns: { columns: { id: [10n] } } }],
  ["append", { batches: [{ columns: { columns: { id: [10n] } } }] }],
  // Of the wrong kind.
  ["delete", { where: 5 }],
  ["update", { set: { id: 5 } }],
  ["update", {}],
  ["scan", { where: 5 }],
  ["scan", { columns: [] }],
  ["scan", { version: 1n }],
  ["scan", { asOfTimestamp: "2026-01-09" }],
  ["append", { rows: null }],
  ["append", { rows: "abc" }],
  ["append", { batches: 5 }],
  ["append", { sql: "" }],
  ["append", { batches: [5] }],
  ["append", { sql: "SELECT 9::BIGINT AS id" }, { tables: { prices: "x" } }],
  ["append", { table: "prices" }],
  ["append", { rows: [{ id: 9 }] }, { userMetadata: { why: "x" } }],
  ["append", { rows: [{ id: 9 }] }, { dryRun: "yes" }],
  ["append", { rows: [{ id: 9 }] }, { transactions: [{ appId: "", version: 1 }] }],
  ["append", { rows: [{ id: 9 }] }, { transactions: [{ appId: "a", version: 1.5 }] }],
  [
    "append",
    { rows: [{ id: 9 }] },
    {
      transactions: [
        { appId: "a", version: 1 },
        { appId: "a", version: 2 },
      ],
    },
  ],
  ["append", { rows: [{ id: 9 }] }, { txnAppId: "a" }],
  ["overwrite", { rows: [{ id: 9 }] }, { partitionBy: ["id"] }],
  ["optimize", { zOrderBy: "id" }],
  ["setProperties", { note: 5 }],
  ["addColumns", "extra"],
  ["setProperties", "x"],
  ["addConstraint"],
  ["addConstraint", "a", 5],
  ["history", -1],
  ["merge", { source: { rows: [] } }],
];

for (const [method, ...given] of calls) {
  test(`${method}(${JSON.stringify(given, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))}) is refused, and changes nothing`, async (t) => {
    const table = await tableOfThree(t);
    const before = await table.snapshot();
    await rejects(call(table, method, ...given), "INVALID_ARGUMENT");
    assert.equal((await table.snapshot()).version, before.version);
    assert.equal((await idsOf(table)).length, 3);
  });
}

test("a table is not made with options of no known name", async (t) => {
  const options = { schema: columns({ id: "long" }), partitonBy: ["id"], engine };
  await rejects(call(DeltaTable, "create", memoryStore(t), options), "INVALID_ARGUMENT", /partitonBy/);
});

const clauses: readonly (readonly [method: string, clause: unknown])[] = [
  ["whenMatchedDelete", "source.id = 99"],
  ["whenMatchedDelete", { where: "source.id = 99" }],
  ["whenMatchedDelete", { condition: undefined }],
  ["whenMatchedUpdateAll", "source.id = 99"],
  ["whenMatchedUpdate", { v: "1" }],
  ["whenNotMatchedInsertAll", "source.id = 99"],
  ["whenNotMatchedInsert", { value: {} }],
  ["whenNotMatchedBySourceDelete", "target.id = 99"],
  ["whenNotMatchedBySourceUpdate", { set: {}, where: "target.id = 99" }],
  ["whenMatchedUpdate", {}],
  ["whenMatchedUpdate", { set: { id: 5 } }],
  ["whenMatchedDelete", { condition: 5 }],
];

for (const [method, clause] of clauses) {
  test(`a merge refuses ${method}(${JSON.stringify(clause)})`, async (t) => {
    const table = await tableOfThree(t);
    const merge = table.merge({ source: { rows: [{ id: 1 }] }, on: "target.id = source.id" });
    await rejects(call(merge, method, clause), "INVALID_ARGUMENT");
  });
}

test("a merge is not run with options of no known name", async (t) => {
  const table = await tableOfThree(t);
  const merge = table
    .merge({ source: { rows: [{ id: 1 }] }, on: "target.id = source.id" })
    .whenMatchedDelete();
  await rejects(call(merge, "execute", { dryrun: true }), "INVALID_ARGUMENT", /dryrun/);
  assert.equal((await idsOf(table)).length, 3);
});

for (const [what, row] of [
  ["a list", []],
  ["a Date", new Date(0)],
  ["a map", new Map([["id", 9]])],
  ["a typed array", new Uint8Array(1)],
  ["a number", 9],
  ["nothing", null],
] as const) {
  test(`a row that is ${what} is refused, not taken for one of nulls`, async (t) => {
    const table = await tableOfThree(t);
    await rejects(
      call(table, "append", { rows: [{ id: 8 }, row] }),
      "INVALID_VALUE",
      /Row 1 must be an object/,
    );
    assert.equal((await idsOf(table)).length, 3);
  });
}

test("a table is opened at a place, and made with a schema of texts and names", async (t) => {
  const schema = columns({ id: "long" });
  for (const location of [null, undefined, 5, {}])
    await assert.rejects(async () => call(DeltaTable, "open", location), { code: "INVALID_ARGUMENT" });
  for (const options of [{}, { schema: "id long" }, { schema, name: 5 }, { schema, properties: { note: 5 } }])
    await rejects(call(DeltaTable, "create", memoryStore(t), options), "INVALID_ARGUMENT");
});

test("an engine is made with what it can have", () => {
  for (const options of [
    { memoryLimit: "garbage" },
    { memoryLimit: 5 },
    { threads: 0 },
    { threads: "2" },
    { foo: 1 },
    null,
  ])
    assert.throws(() => Reflect.construct(DuckDbEngine, [options]), { code: "INVALID_ARGUMENT" });
});

test("a partition value may have any character", async (t) => {
  const schema = columns({ id: "long", p: "string" });
  const table = await DeltaTable.create(memoryStore(t), { schema, partitionBy: ["p"], engine });
  const texts = ["a\0b", "\0", "it's\0'", "plain"];
  await table.append({ rows: texts.map((p, id) => ({ id, p })) });
  const read = async (where?: string): Promise<string[]> =>
    (await (await table.scan({ where })).rows()).map((row) => String(row["p"])).toSorted();
  assert.deepEqual(await read(), texts.toSorted());
  assert.deepEqual(await read("id = 2"), ["it's\0'"]);
  await table.delete({ where: "id = 3" });
  await table.update({ set: { id: "id + 10" } });
  assert.deepEqual(await read(), texts.slice(0, 3).toSorted());
});
