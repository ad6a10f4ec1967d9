// What a type says must not be null is not, however deep it lies and whoever writes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { field, structType } from "../../src/index.ts";
import type { DataType, DeltaTable, Row } from "../../src/index.ts";
import { memoryTable, rejects } from "../support/tables.ts";

const quote = structType([field("price", "long", { nullable: false }), field("note", "string")]);
const list = (elementType: DataType, containsNull: boolean): DataType => ({
  type: "array",
  elementType,
  containsNull,
});

const schema = structType([
  field("id", "long"),
  field("quote", quote),
  field("sizes", list("long", false)),
  field("books", list(list(quote, true), true)),
  field("totals", { type: "map", keyType: "string", valueType: "long", valueContainsNull: false }),
]);

const whole: Row = {
  id: 1,
  quote: { price: 1, note: null },
  sizes: [1, 2],
  books: [[{ price: 1, note: "a" }, null], null],
  totals: new Map([["a", 1]]),
};

/** Where each of them is null, and what SQL says the same. */
const broken: readonly (readonly [place: string, row: Row, set: Readonly<Record<string, string>>])[] = [
  ["quote.price", { quote: { price: null, note: "a" } }, { quote: "{price: NULL::BIGINT, note: 'a'}" }],
  ["sizes.element", { sizes: [1, null] }, { sizes: "[1::BIGINT, NULL]" }],
  [
    "books.element.element.price",
    { books: [null, [null, { price: null, note: "a" }]] },
    { books: "[NULL, [NULL, {price: NULL::BIGINT, note: 'a'}]]" },
  ],
  ["totals.value", { totals: new Map([["a", null]]) }, { totals: "MAP {'a': NULL::BIGINT}" }],
];

async function quotes(t: TestContext): Promise<DeltaTable> {
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [whole, { id: 2 }] });
  return table;
}

for (const [place, row, set] of broken) {
  test(`null in ${place} is refused by its place, and nothing is written`, async (t) => {
    const table = await quotes(t);
    const message = new RegExp(`"${place.replaceAll(".", String.raw`\.`)}" must not be null`);
    await rejects(table.append({ rows: [{ id: 3, ...row }] }), "INVALID_VALUE", message);
    await rejects(table.update({ set, where: "id = 1" }), "INVALID_VALUE", message);
    const values = Object.entries(set).map(([column, value]) => `${value} AS ${column}`);
    const query = { sql: `SELECT 3::BIGINT AS id, ${values.join(", ")}` };
    await rejects(table.append(query), "INVALID_VALUE", message);
    await rejects(table.overwrite(query, { where: "id = 3" }), "INVALID_VALUE", message);
    assert.equal((await table.snapshot()).version, 1);
  });
}

test("the key of a map is never null, whatever else may be", async (t) => {
  const table = await quotes(t);
  await rejects(
    table.append({ rows: [{ id: 3, totals: new Map([[null, 1]]) }] }),
    "INVALID_VALUE",
    /"totals\.key" must not be null/,
  );
});

test("what may be null is, and rows that keep to their types pass through every command", async (t) => {
  const table = await quotes(t);
  await table.update({ set: { id: "id + 1" } });
  await table.delete({ where: "id = 3" });
  await table.optimize({ full: true });
  const [row] = await (await table.scan()).rows();
  assert.deepEqual(row, {
    id: 2n,
    quote: { price: 1n, note: null },
    sizes: [1n, 2n],
    books: [[{ price: 1n, note: "a" }, null], null],
    totals: new Map([["a", 1n]]),
  });
});
