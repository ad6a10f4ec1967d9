import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { jsonReady } from "../../src/contract/index.ts";
import { formatDecimal } from "../../src/index.ts";
import type { Column } from "../../src/index.ts";
import { columns, engine, memoryTable, rejects } from "../support/tables.ts";

const schema = columns({
  small: "decimal(9,2)",
  price: "decimal(18,8)",
  volume: "decimal(38,8)",
  nested: { type: "array", elementType: "decimal(18,8)", containsNull: true },
  count: "long",
});

/** Unscaled values that a decimal of so many digits can have, often at its ends. */
function unscaled(digits: number): fc.Arbitrary<bigint> {
  const max = 10n ** BigInt(digits) - 1n;
  return fc.oneof(fc.bigInt({ min: -max, max }), fc.constantFrom(max, -max, 0n, 2n ** 53n, 2n ** 53n + 1n));
}

test("a decimal read as a number is the nearest double of its text, in columns, rows and queries", async (t) => {
  const row = fc.record({
    small: fc.bigInt({ min: -999_999_999n, max: 999_999_999n }).map((value) => formatDecimal(value, 2)),
    price: unscaled(18).map((value) => formatDecimal(value, 8)),
    volume: fc.option(unscaled(38).map((value) => formatDecimal(value, 8))),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 200 }), async (rows) => {
      const table = await memoryTable(t, { schema });
      await table.append({ rows });
      const scan = await table.scan();
      const result = engine.query("SELECT * FROM prices", async () => table.relation({}), {
        decimals: "number",
      });
      for (const found of [await scan.columns({ decimals: "number" }), await (await result).columns()]) {
        for (const name of ["small", "price", "volume"] as const) {
          const values = numbersOf(found[name]);
          assert.deepEqual(
            [...values],
            rows.map((given) => (given[name] === null ? Number.NaN : Number(given[name]))),
          );
        }
      }
      const read = await scan.rows({ decimals: "number" });
      assert.deepEqual(
        read.map(({ volume }) => volume),
        rows.map(({ volume }) => (volume === null ? null : Number(volume))),
      );
    }),
    { numRuns: 15 },
  );
});

test("a filter and an order are about the exact values of decimals that are read as numbers", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [{ price: "9999999999.00000002" }, { price: "9999999999.00000001" }] });
  const scan = await table.scan({
    where: "price > 9999999999.00000000",
    orderBy: "price",
    columns: ["price"],
  });
  assert.equal((await scan.columns({ decimals: "number" }))["price"]?.values.length, 2);
  const one = await table.scan({ where: "price = 9999999999.00000002" });
  assert.deepEqual([...numbersOf((await one.columns({ decimals: "number" }))["price"])], [9999999999]);
});

test("decimals inside of lists are numbers, too, and the schema says so", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [{ nested: ["1.5", null] }] });
  const batch = await (await table.scan()).toBatch({ decimals: "number" });
  assert.deepEqual(batch.column("nested")?.values, [[1.5, null]]);
  assert.equal(batch.schema.fields[1]?.type, "double");
});

test("a column of exact decimals knows its scale", async (t) => {
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [{ small: "1.5", price: "12.5", volume: "7", count: 1 }] });
  const found = await (await table.scan()).columns();
  assert.deepEqual(
    Object.entries(found).map(([name, { scale }]) => [name, scale]),
    [
      ["small", 2],
      ["price", 8],
      ["volume", 8],
      ["nested", undefined],
      ["count", undefined],
    ],
  );
  const { values, scale = 0 } = found["price"] ?? { values: [] };
  const [price] = values;
  assert.ok(typeof price === "bigint");
  assert.equal(formatDecimal(price, scale), "12.50000000");
});

test("rows can be typed by who reads them", async (t) => {
  interface Price {
    readonly price: string;
    readonly count: bigint;
  }
  const table = await memoryTable(t, { schema });
  await table.append({ rows: [{ price: "12.5", count: 1 }] });
  const [row] = await (await table.scan<Price>()).rows();
  const price: string | undefined = row?.price;
  const count: bigint | undefined = row?.count;
  assert.deepEqual([price, count], ["12.50000000", 1n]);
});

test("JSON.stringify takes rows with bigints, maps and bytes, and keeps what is theirs", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({
      id: "long",
      tags: { type: "map", keyType: "string", valueType: "long", valueContainsNull: true },
      bytes: "binary",
      toJSON: "string",
    }),
  });
  const row = {
    id: 9_007_199_254_740_993n,
    tags: new Map([["a", 1n]]),
    bytes: Uint8Array.of(1, 2),
    toJSON: "x",
  };
  await table.append({ rows: [row, { id: 1n }] });
  const rows = await (await table.scan({ columns: ["id", "tags", "bytes"] })).rows();
  assert.equal(
    JSON.stringify(rows),
    '[{"id":"9007199254740993","tags":{"a":1},"bytes":"AQI="},{"id":1,"tags":null,"bytes":null}]',
  );
  assert.deepEqual(Object.keys(rows[0] ?? {}), ["id", "tags", "bytes"]);
  const batch = await (await table.scan()).toBatch();
  assert.equal(JSON.parse(JSON.stringify(batch))[0].toJSON, "x");
  assert.equal(JSON.parse(JSON.stringify(await (await table.scan()).rows()))[0].toJSON, "x");
  assert.equal(JSON.parse(JSON.stringify(batch.toRows()))[1].id, 1);
});

test("a single row with a column called toJSON loses nothing in JSON", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({
      id: "long",
      tags: { type: "map", keyType: "string", valueType: "long", valueContainsNull: true },
      bytes: "binary",
      at: "timestamp",
      list: { type: "array", elementType: "long", containsNull: true },
      toJSON: "string",
    }),
  });
  const at = "2026-01-08T00:00:00Z";
  await table.append({
    rows: [{ id: 1n, tags: new Map([["a", 1n]]), bytes: Uint8Array.of(1, 2), at, list: [1n], toJSON: "x" }],
  });
  const [whole] = await (await table.scan()).rows();
  const members = { tags: { a: 1 }, bytes: "AQI=", at, list: [1], toJSON: "x" };
  // Nothing can speak for a bigint in the row's place: it is refused, not lost.
  assert.throws(() => JSON.stringify(whole), TypeError);
  assert.deepEqual(jsonReady(whole), { id: 1, ...members });
  assert.deepEqual(JSON.parse(JSON.stringify([whole].map(jsonReady))), [{ id: 1, ...members }]);
  const [part] = await (await table.scan({ columns: ["tags", "bytes", "at", "list", "toJSON"] })).rows();
  assert.deepEqual(JSON.parse(JSON.stringify(part)), members);
});

test("a map of structs is no object in JSON: each entry stays", async (t) => {
  const key = columns({ exchange: "string", id: "long" });
  const table = await memoryTable(t, {
    schema: columns({
      books: { type: "map", keyType: key, valueType: "long", valueContainsNull: true },
      days: {
        type: "map",
        keyType: { type: "array", elementType: "date", containsNull: true },
        valueType: "string",
        valueContainsNull: true,
      },
      times: { type: "map", keyType: "timestamp", valueType: "integer", valueContainsNull: true },
      flags: { type: "map", keyType: "boolean", valueType: "integer", valueContainsNull: true },
    }),
  });
  await table.append({
    sql: `SELECT MAP {{exchange: 'a', id: 1::BIGINT}: 1::BIGINT, {exchange: 'b', id: 2::BIGINT}: 2::BIGINT} AS books,
      MAP {[DATE '2026-01-08']: 'x', []::DATE[]: 'y'} AS days,
      MAP {TIMESTAMPTZ '2026-01-08 00:00:00.000001Z': 1::INTEGER, TIMESTAMPTZ '2026-01-08 00:00:00.000002Z': 2::INTEGER} AS times,
      MAP {true: 1::INTEGER, false: 0::INTEGER} AS flags`,
  });
  const rows = await (await table.scan()).rows();
  assert.deepEqual(JSON.parse(JSON.stringify(rows)), [
    {
      books: [
        { key: { exchange: "a", id: 1 }, value: 1 },
        { key: { exchange: "b", id: 2 }, value: 2 },
      ],
      days: [
        { key: ["2026-01-08"], value: "x" },
        { key: [], value: "y" },
      ],
      times: [
        { key: "2026-01-08T00:00:00Z", value: 1 },
        { key: "2026-01-08T00:00:00Z", value: 2 },
      ],
      flags: { true: 1, false: 0 },
    },
  ]);
});

test("a value has one form in JSON, whatever stands in the columns beside it", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", at: "timestamp", local: "timestamp_ntz", close: "double", part: "float" }),
  });
  const at = new Date("2026-01-08T00:00:00Z");
  await table.append({ rows: [{ id: 1, at, local: at, close: Number.NaN, part: Infinity }] });
  const [whole] = JSON.parse(JSON.stringify(await (await table.scan()).rows()));
  for (const [name, form] of [
    ["at", "2026-01-08T00:00:00Z"],
    ["local", "2026-01-08T00:00:00Z"],
    ["close", "NaN"],
    ["part", "Infinity"],
  ] as const) {
    const alone = await (await table.scan({ columns: [name] })).rows();
    assert.deepEqual(JSON.parse(JSON.stringify(alone)), [{ [name]: form }]);
    assert.equal(whole[name], form);
  }
});

test("JSON.stringify takes columns: bigints as numbers, null where there is no value", async (t) => {
  const table = await memoryTable(t, {
    schema: columns({ id: "long", price: "decimal(18,8)", count: "long" }),
  });
  await table.append({ rows: [{ id: 1, price: "12.5", count: 7 }, { id: 2 }] });
  const found = await (await table.scan({ orderBy: "id", columns: ["id", "price", "count"] })).columns();
  assert.deepEqual(JSON.parse(JSON.stringify(found)), {
    id: { values: [1, 2] },
    price: { values: [1_250_000_000, null], scale: 8 },
    count: { values: [7, null] },
  });
  assert.equal(JSON.stringify(found["id"]), '{"values":[1,2]}');
});

test("another form of decimals is refused", async (t) => {
  const scan = await (await memoryTable(t, { schema })).scan();
  const form = JSON.parse('{"decimals":"float"}');
  await rejects(scan.columns(form), "INVALID_ARGUMENT", /"exact", "number"/);
});

function numbersOf(column: Column | undefined): Float64Array {
  assert.ok(column?.values instanceof Float64Array);
  return column.values;
}
