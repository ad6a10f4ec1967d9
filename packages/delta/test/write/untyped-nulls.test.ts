// SELECT NULL AS c gives a NULL without a type: every nullable column takes it, and so do members of nested ones.
import assert from "node:assert/strict";
import { test } from "node:test";

import type { DataType, DeltaTable, Row } from "../../src/index.ts";
import { columns, memoryTable, rejects } from "../support/tables.ts";

const list = (elementType: DataType): DataType => ({ type: "array", elementType, containsNull: true });
const map = (valueType: DataType): DataType => ({
  type: "map",
  keyType: "string",
  valueType,
  valueContainsNull: true,
});

const nestedTypes: Readonly<Record<string, DataType>> = {
  list: list("timestamp"),
  map: map("date"),
  struct: columns({ a: "string", b: list("binary") }),
};
const types: Readonly<Record<string, DataType>> = {
  flag: "boolean",
  tiny: "byte",
  small: "short",
  whole: "integer",
  large: "long",
  single: "float",
  twice: "double",
  price: "decimal(38,18)",
  text: "string",
  bytes: "binary",
  day: "date",
  ts: "timestamp",
  local: "timestamp_ntz",
  ...nestedTypes,
};
const schema = columns({ id: "long", ...types });
const all = Object.keys(types);
const nestedSchema = columns({ id: "long", text: "string", ...nestedTypes });

/** Nested values with untyped NULLs in them, and what they are read as. */
const nested: readonly (readonly [sql: string, values: Row])[] = [
  [
    "[NULL] AS list, MAP {'x': NULL} AS map, {a: NULL, b: NULL} AS struct",
    { list: [null], map: new Map([["x", null]]), struct: { a: null, b: null } },
  ],
  [
    "[] AS list, MAP {} AS map, {a: 'x', b: [NULL]} AS struct",
    { list: [], map: new Map(), struct: { a: "x", b: [null] } },
  ],
  ["NULL AS list, {b: []} AS struct", { list: null, map: null, struct: { a: null, b: [] } }],
];

type Write = (table: DeltaTable, sql: string) => Promise<unknown>;

const writes: Readonly<Record<string, Write>> = {
  append: async (table, sql) => table.append({ sql }),
  "append with mergeSchema": async (table, sql) => table.append({ sql }, { mergeSchema: true }),
  overwrite: async (table, sql) => table.overwrite({ sql }),
  "overwrite of some rows": async (table, sql) => table.overwrite({ sql }, { where: "id = 1" }),
  "merge that inserts": async (table, sql) =>
    table
      .merge({ source: { sql }, on: "target.id = source.id" })
      .whenNotMatchedInsert({
        values: Object.fromEntries(namesIn(sql).map((name) => [name, `source.${name}`])),
      })
      .execute(),
  "merge that updates": async (table, sql) => {
    await table.append({ sql: "SELECT 1::BIGINT AS id, 'before' AS text, [now()] AS list" });
    return table
      .merge({ source: { sql }, on: "target.id = source.id" })
      .whenMatchedUpdate({ set: Object.fromEntries(namesIn(sql).map((name) => [name, `source.${name}`])) })
      .execute();
  },
};

function namesIn(sql: string): string[] {
  return [...sql.matchAll(/ AS (\w+)/g)].map(([, name = ""]) => name);
}

async function onlyRow(table: DeltaTable): Promise<Row> {
  const rows = await (await table.scan()).rows();
  assert.equal(rows.length, 1);
  return rows[0] ?? {};
}

for (const [name, write] of Object.entries(writes)) {
  test(`${name} takes a NULL without a type for a column of any type`, async (t) => {
    const table = await memoryTable(t, { schema });
    await write(table, `SELECT 1::BIGINT AS id, ${all.map((column) => `NULL AS ${column}`).join(", ")}`);
    const row = await onlyRow(table);
    for (const column of all) assert.equal(row[column], null, column);
    assert.deepEqual((await table.snapshot()).schema, schema);
  });

  test(`${name} takes it in nested values`, async (t) => {
    for (const [sql, values] of nested) {
      const table = await memoryTable(t, { schema: nestedSchema });
      await write(table, `SELECT 1::BIGINT AS id, ${sql}`);
      const { list: l, map: m, struct } = await onlyRow(table);
      assert.deepEqual({ list: l, map: m, struct }, values, sql);
    }
  });
}

test("a column that must not be null takes no NULL without a type either", async (t) => {
  const required = columns({ id: "long", text: "string" });
  const [id, text] = required.fields;
  assert.ok(id !== undefined && text !== undefined);
  const table = await memoryTable(t, {
    schema: { type: "struct", fields: [id, { ...text, nullable: false }] },
  });
  await rejects(
    table.append({ sql: "SELECT 1::BIGINT AS id, NULL AS text" }),
    "INVALID_VALUE",
    /"text" must not be null/,
  );
});

test("an integer is still no text, and a member called NULL is no NULL", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", text: "string", st: columns({ NULL: "string" }) }),
  });
  await rejects(
    table.append({ sql: "SELECT 1::BIGINT AS id, 5 AS text" }),
    "SCHEMA_MISMATCH",
    /"text" is string, the query gives integer/,
  );
  await rejects(
    table.append({ sql: 'SELECT NULL AS id, {"NULL": 5} AS st' }),
    "SCHEMA_MISMATCH",
    /"st" is struct<NULL: string>, the query gives struct<NULL: integer>/,
  );
  await table.append({ sql: 'SELECT NULL AS id, {"NULL": NULL} AS st' });
  assert.deepEqual(await onlyRow(table), { id: null, text: null, st: { NULL: null } });
});
