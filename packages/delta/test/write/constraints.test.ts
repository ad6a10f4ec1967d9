import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable, field, structType } from "../../src/index.ts";
import type { DeltaErrorCode, StructField } from "../../src/index.ts";
import { orphansOf } from "../support/committed-files.ts";
import { InterruptedStore } from "../support/interrupted-store.ts";
import { metadataWith, writeLog } from "../support/logs.ts";
import { contentsOf, operationOf, rowsOf, tableOf } from "../support/table-contents.ts";
import { columns, engine, filesOf, idsOf, memoryStore, memoryTable, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", price: "double" });
const rows = [
  { id: 1, price: 10 },
  { id: 2, price: 20 },
];

function withMetadata(member: StructField, metadata: Readonly<Record<string, string>>): StructField {
  return { ...member, metadata };
}

/** Every command that could bring a row with this price (or none) into a table of `rows`. */
function writesOf(
  table: DeltaTable,
  price: number | null,
): readonly (readonly [string, () => Promise<unknown>])[] {
  const row = { id: 9, price };
  const literal = price === null ? "NULL" : String(price);
  return [
    ["append", () => table.append({ rows: [row] })],
    ["append of a query", () => table.append({ sql: `SELECT 9 AS id, ${literal}::DOUBLE AS price` })],
    ["update", () => table.update({ set: { price: literal }, where: "id = 1" })],
    ["overwrite", () => table.overwrite({ rows: [row] })],
    ["overwrite by a predicate", () => table.overwrite({ rows: [row] }, { where: "id = 9" })],
    [
      "merge that inserts",
      () =>
        table
          .merge({ source: { rows: [row] }, on: "target.id = source.id" })
          .whenNotMatchedInsertAll()
          .execute(),
    ],
    [
      "merge that updates",
      () =>
        table
          .merge({ source: { rows: [{ ...row, id: 1 }] }, on: "target.id = source.id" })
          .whenMatchedUpdateAll()
          .execute(),
    ],
    [
      "merge that updates what the source lacks",
      () =>
        table
          .merge({ source: { rows: [row] }, on: "target.id = source.id" })
          .whenNotMatchedBySourceUpdate({ set: { price: literal } })
          .execute(),
    ],
  ];
}

async function assertRefused(
  t: TestContext,
  table: DeltaTable,
  price: number | null,
  code: DeltaErrorCode,
  message: RegExp,
): Promise<void> {
  for (const [name, write] of writesOf(table, price)) {
    await t.test(name, async () => {
      const before = await contentsOf(table.store);
      await rejects(write(), code, message);
      assert.deepEqual(await contentsOf(table.store), before);
    });
  }
}

const tables: readonly (readonly [string, (t: TestContext) => Promise<DeltaTable>])[] = [
  [
    "CHECK constraint",
    async (t) => {
      const table = await tableOf(t, { schema }, [rows]);
      await table.addConstraint("dear", "price > 5");
      return table;
    },
  ],
  [
    "CHECK constraint of a table with vectors, mapping and a change feed",
    async (t) => {
      const properties = {
        "delta.enableDeletionVectors": "true",
        "delta.columnMapping.mode": "id",
        "delta.enableChangeDataFeed": "true",
      };
      const table = await tableOf(t, { schema, properties }, [rows]);
      await table.addConstraint("dear", "price > 5");
      return table;
    },
  ],
  [
    "column invariant",
    async (t) => {
      const invariant = { "delta.invariants": `{"expression":{"expression":"price > 5"}}` };
      const members = [field("id", "long"), withMetadata(field("price", "double"), invariant)];
      return tableOf(t, { schema: structType(members) }, [rows]);
    },
  ],
];

for (const [name, make] of tables) {
  test(`a ${name} keeps out every row for which it is false or null, whatever brings it`, async (t) => {
    const table = await make(t);
    await assertRefused(t, table, 5, "CONSTRAINT_VIOLATED", /price > 5/);
    await assertRefused(t, table, null, "CONSTRAINT_VIOLATED", /price > 5/);
    assert.deepEqual(await rowsOf(table), [
      { id: 1n, price: 10 },
      { id: 2n, price: 20 },
    ]);
  });

  test(`a ${name} lets every row pass for which it is true, whatever brings it`, async (t) => {
    for (let index = 0; index < writesOf(await make(t), 6).length; index += 1) {
      const table = await make(t);
      const [write = "", run = async (): Promise<void> => undefined] = writesOf(table, 6)[index] ?? [];
      await run();
      assert.ok(
        (await rowsOf(table)).some((row) => row["price"] === 6),
        write,
      );
    }
  });
}

test("a column that must not be null refuses null, whatever brings it", async (t) => {
  const required = structType([field("id", "long"), field("price", "double", { nullable: false })]);
  const table = await tableOf(t, { schema: required }, [rows]);
  await assertRefused(t, table, null, "INVALID_VALUE", /"price"/);
});

test("a constraint is added when all rows satisfy it, and says so in the history", async (t) => {
  const table = await tableOf(t, { schema }, [rows]);
  const result = await table.addConstraint("Dear", "`price` > 5 AND \"a\" <> 'b'", { userMetadata: "rule" });
  assert.deepEqual(result, { version: 2, isCommitted: true, metrics: {} });
  assert.deepEqual(await operationOf(table), {
    operation: "ADD CONSTRAINT",
    parameters: { name: "Dear", expr: "`price` > 5 AND \"a\" <> 'b'" },
    metrics: {},
  });
  const { metadata, protocol } = await table.snapshot();
  assert.deepEqual(metadata.configuration, { "delta.constraints.dear": "`price` > 5 AND \"a\" <> 'b'" });
  assert.equal(protocol.minWriterVersion, 3);
  await table.append({ rows: [{ id: 3, price: 6 }] });
});

test("a constraint that a row does not satisfy is not added, and the error shows the row", async (t) => {
  const table = await tableOf(t, { schema }, [rows, [{ id: 3, price: null }]]);
  await rejects(
    table.addConstraint("dear", "price > 15"),
    "CONSTRAINT_VIOLATED",
    /2 rows of memory:table do not satisfy dear.*"price"/s,
  );
  await table.delete({ where: "price IS NULL" });
  await table.addConstraint("dear", "price > 5");
});

test("rows that are deleted by vectors need not satisfy a new constraint", async (t) => {
  const properties = { "delta.enableDeletionVectors": "true" };
  const table = await tableOf(t, { schema, properties }, [rows]);
  await table.delete({ where: "id = 1" });
  assert.notEqual((await filesOf(table))[0]?.deletionVector, undefined);
  await table.addConstraint("dear", "price > 15");
});

test("rows that another writer adds meanwhile must satisfy a new constraint too", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine });
  await other.append({ rows });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.append({ rows: [{ id: 3, price: 1 }] });
  const work = DeltaTable.at(store, { engine }).addConstraint("dear", "price > 5");
  await rejects(work, "CONSTRAINT_VIOLATED", /dear/);
  assert.deepEqual((await other.snapshot()).metadata.configuration, {});
});

test("an append that does not know of a constraint yet does not slip in behind it", async (t) => {
  const inner = memoryStore(t);
  const other = await DeltaTable.create(inner, { schema, engine });
  const store = new InterruptedStore(inner);
  store.interruption = () => other.addConstraint("dear", "price > 5");
  const work = DeltaTable.at(store, { engine }).append({ rows: [{ id: 1, price: 1 }] });
  await rejects(work, "CONCURRENT_WRITE", /ADD CONSTRAINT/);
  assert.deepEqual(await idsOf(other), []);
  assert.deepEqual(await orphansOf(inner), []);
});

test("constraints that cannot be are refused", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.addConstraint("dear", "price > 5");
  await rejects(table.addConstraint("DEAR", "price > 6"), "INVALID_ARGUMENT", /"DEAR" already/);
  for (const name of ["", "a b", "a.b", "ü", "x'y"])
    await rejects(table.addConstraint(name, "price > 6"), "INVALID_ARGUMENT", /name/);
  for (const expression of ["", "price >", "price > 5; DROP TABLE x", "price > 5) OR (true"])
    await rejects(table.addConstraint("other", expression), "INVALID_PREDICATE");
  await rejects(table.addConstraint("other", "nowhere > 5"), "INVALID_PREDICATE", /nowhere/);
  await rejects(table.dropConstraint("other"), "INVALID_ARGUMENT", /no constraint "other"/);
  assert.equal((await table.snapshot()).version, 1);
});

test("a constraint that is dropped binds nobody any more", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.addConstraint("dear", "price > 5");
  await table.dropConstraint("DEAR");
  assert.deepEqual(await operationOf(table), {
    operation: "DROP CONSTRAINT",
    parameters: { name: "DEAR", expr: "price > 5" },
    metrics: {},
  });
  assert.deepEqual((await table.snapshot()).metadata.configuration, {});
  await table.append({ rows: [{ id: 1, price: 1 }] });
});

test("a constraint may name columns of any letters, and rows that only leave need not satisfy it", async (t) => {
  const odd = 'a "b".c ü';
  const table = await memoryTable(t, { schema: columns({ id: "long", [odd]: "long" }) });
  await table.addConstraint("odd", `\`${odd}\` >= id`);
  await table.append({ rows: [{ id: 1, [odd]: 1 }] });
  await rejects(table.append({ rows: [{ id: 2, [odd]: 1 }] }), "CONSTRAINT_VIOLATED", /odd/);
  await table.delete({});
  assert.deepEqual(await idsOf(table), []);
});

const generatedSchema = structType([
  field("id", "long"),
  field("moment", "timestamp"),
  withMetadata(field("day", "date"), { "delta.generationExpression": "CAST(`moment` AS DATE)" }),
]);
const moment = new Date("2026-03-04T05:06:07Z");
const day = new Date("2026-03-04T00:00:00Z");

async function daysOf(table: DeltaTable): Promise<unknown[]> {
  return (await (await table.scan({ columns: ["day"], orderBy: "id" })).rows()).map((row) =>
    String(row["day"]),
  );
}

test("a generated column is computed by every command that brings a row", async (t) => {
  for (const partitionBy of [[], ["day"]]) {
    const table = await memoryTable(t, { schema: generatedSchema, partitionBy });
    await table.append({ rows: [{ id: 1, moment }] });
    await table.append({ sql: "SELECT 2 AS id, '2026-03-05 00:00:00+00'::TIMESTAMPTZ AS moment" });
    await table
      .merge({ source: { rows: [{ id: 3, moment: new Date("2026-03-06") }] }, on: "target.id = source.id" })
      .whenNotMatchedInsertAll()
      .execute();
    const [first, second, third] = await daysOf(table);
    assert.equal(new Set([first, second, third]).size, 3);
    await table.update({ set: { moment: "moment + INTERVAL 1 DAY" }, where: "id = 1" });
    assert.deepEqual(await daysOf(table), [second, second, third]);
    await table
      .merge({ source: { rows: [{ id: 2, moment }] }, on: "target.id = source.id" })
      .whenMatchedUpdate({ set: { moment: "source.moment" } })
      .whenNotMatchedBySourceUpdate({
        set: { moment: "target.moment + INTERVAL 1 DAY" },
        condition: "target.id = 1",
      })
      .execute();
    assert.deepEqual(await daysOf(table), [third, first, third]);
    await table.overwrite({ rows: [{ id: 4, moment }] }, { where: "day = '2026-03-04'" });
    assert.deepEqual(await idsOf(table), [1, 3, 4]);
    await table.overwrite({ rows: [{ id: 5, moment }] });
    assert.deepEqual(await daysOf(table), [first]);
  }
});

test("a generated column may be given when it is what would be computed, and null is computed", async (t) => {
  const table = await memoryTable(t, { schema: generatedSchema });
  await table.append({
    rows: [
      { id: 1, moment, day },
      { id: 2, moment, day: null },
    ],
  });
  await table.overwrite({ rows: [{ id: 3, moment, day }] }, { where: "day = '2026-03-04'" });
  assert.equal((await daysOf(table)).length, 1);
});

test("a generated column that is given as something else is refused", async (t) => {
  const table = await memoryTable(t, { schema: generatedSchema });
  await table.append({ rows: [{ id: 1, moment }] });
  const before = await contentsOf(table.store);
  const wrong = { id: 9, moment, day: new Date("2020-01-01") };
  const writes: readonly (() => Promise<unknown>)[] = [
    () => table.append({ rows: [wrong] }),
    () => table.update({ set: { day: "'2020-01-01'" } }),
    () => table.overwrite({ rows: [wrong] }),
    () => table.overwrite({ rows: [wrong] }, { where: "id = 9" }),
    () =>
      table
        .merge({ source: { rows: [wrong] }, on: "target.id = source.id" })
        .whenNotMatchedInsertAll()
        .execute(),
  ];
  for (const write of writes) await rejects(write(), "CONSTRAINT_VIOLATED", /"day" is generated as/);
  assert.deepEqual(await contentsOf(table.store), before);
});

test("a generated column that must not be null need not be given", async (t) => {
  const table = await memoryTable(t, {
    schema: structType(
      generatedSchema.fields.map((member) =>
        member.name === "day" ? { ...member, nullable: false } : member,
      ),
    ),
  });
  await table.append({ rows: [{ id: 1, moment }] });
  await table.overwrite({ rows: [{ id: 2, moment }] }, { where: "day >= '2026-01-01'" });
  await table
    .merge({ source: { rows: [{ id: 3, moment }] }, on: "target.id = source.id" })
    .whenNotMatchedInsertAll()
    .execute();
  assert.deepEqual(await idsOf(table), [2, 3]);
  await rejects(table.append({ rows: [{ id: 4 }] }), "INVALID_VALUE", /"day"/);
});

test("an invariant that cannot be read is a corrupt log, not a licence", async (t) => {
  for (const text of ["not json", "{}", `{"expression":5}`]) {
    const broken = withMetadata(field("id", "long"), { "delta.invariants": text });
    const table = await foreignTable(t, [broken]);
    await rejects(table.append({ rows: [{ id: 1 }] }), "CORRUPT_LOG", /"id"/);
  }
});

/** A table as another writer may have made it: we would refuse its rules. */
async function foreignTable(t: TestContext, fields: readonly StructField[]): Promise<DeltaTable> {
  const store = memoryStore(t);
  const metaData = { ...metadataWith(), schemaString: JSON.stringify(structType(fields)) };
  await writeLog(store, [[{ protocol: { minReaderVersion: 1, minWriterVersion: 4 } }, { metaData }]]);
  return DeltaTable.at(store, { engine });
}

test("a rule that came with the table cannot read files", async (t) => {
  const read = "(SELECT content FROM read_text('/etc/hostname'))";
  const generated = withMetadata(field("s", "string"), { "delta.generationExpression": read });
  const invariant = withMetadata(field("s", "string"), {
    "delta.invariants": JSON.stringify({ expression: { expression: `${read} IS NOT NULL` } }),
  });
  const breakingOut = withMetadata(field("s", "string"), {
    "delta.generationExpression": "content) AS s FROM read_text('/etc/hostname') --",
  });
  for (const hostile of [generated, invariant, breakingOut]) {
    const table = await foreignTable(t, [field("id", "long"), hostile]);
    await rejects(table.append({ rows: [{ id: 1 }] }), "INVALID_PREDICATE");
    await rejects(table.append({ sql: "SELECT 1::BIGINT AS id" }), "INVALID_PREDICATE");
    assert.equal((await table.snapshot()).version, 0);
  }
  const plain = await memoryTable(t, { schema: columns({ id: "long" }) });
  await rejects(plain.addConstraint("spy", `${read} IS NOT NULL`), "INVALID_PREDICATE", /subquery/);
});

test("the invariant of a struct's member is obeyed", async (t) => {
  const low = {
    ...field("low", "long"),
    metadata: { "delta.invariants": `{"expression":{"expression":"quote.low <= quote.high"}}` },
  };
  const quote = field("quote", structType([low, field("high", "long")]));
  const table = await memoryTable(t, { schema: structType([field("id", "long"), quote]) });
  await table.append({ rows: [{ id: 1, quote: { low: 1, high: 2 } }] });
  const broken = table.append({ rows: [{ id: 2, quote: { low: 3, high: 2 } }] });
  await rejects(broken, "CONSTRAINT_VIOLATED", /invariant of quote\.low/);
});
