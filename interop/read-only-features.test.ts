// Features that our engine reads and does not write: tables of Spark's that use them.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { describe, it } from "node:test";
import { DeltaError } from "finance-feedback-delta";

import { assertSameTable, type Table } from "./canonical.ts";
import { tableProperties } from "./matrix.ts";
import { sparkTable, Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, spark } = bench;

const features: readonly {
  readonly feature: string;
  readonly make: (table: string) => readonly [string, ...string[]];
}[] = [
  {
    feature: "typeWidening",
    make: (table) => [
      `CREATE TABLE ${table} (id INT, small SHORT, price DECIMAL(6,2), ratio FLOAT, at DATE) USING delta
         ${tableProperties({ "delta.enableTypeWidening": "true" })}`,
      `INSERT INTO ${table} VALUES (1, 32767, -1234.56, 0.1, DATE'1969-12-31'), (NULL, NULL, NULL, NULL, NULL)`,
      ...["small TYPE INT", "id TYPE LONG", "price TYPE DECIMAL(20,4)", "ratio TYPE DOUBLE"].map(
        (change) => `ALTER TABLE ${table} ALTER COLUMN ${change}`,
      ),
      `INSERT INTO ${table} VALUES (9007199254740993, 100000, 1234567890.1234, 1e300, DATE'2024-01-01')`,
    ],
  },
  {
    feature: "identityColumns",
    make: (table) => [
      `CREATE TABLE ${table} (id BIGINT GENERATED ALWAYS AS IDENTITY, text STRING) USING delta`,
      `INSERT INTO ${table} (text) VALUES ('a'), ('b')`,
    ],
  },
  {
    feature: "allowColumnDefaults",
    make: (table) => [
      `CREATE TABLE ${table} (id INT, text STRING DEFAULT 'none') USING delta
         ${tableProperties({ "delta.feature.allowColumnDefaults": "supported" })}`,
      `INSERT INTO ${table} (id) VALUES (1)`,
      `INSERT INTO ${table} VALUES (2, NULL)`,
    ],
  },
  {
    feature: "rowTracking",
    make: (table) => [
      `CREATE TABLE ${table} USING delta ${tableProperties({ "delta.enableRowTracking": "true" })}
         AS SELECT id FROM range(5)`,
      `UPDATE ${table} SET id = 50 WHERE id = 3`,
    ],
  },
  {
    feature: "clustering",
    make: (table) => [
      `CREATE TABLE ${table} (id INT, text STRING) USING delta CLUSTER BY (id)`,
      `INSERT INTO ${table} VALUES (1, 'a'), (2, ''), (3, NULL)`,
      `OPTIMIZE ${table}`,
      `INSERT INTO ${table} VALUES (4, 'b')`,
    ],
  },
];

describe("a table of Spark's with a feature that we only read", () => {
  for (const { feature, make } of features) {
    it(`is read, and refuses our writes by name before anything is touched: ${feature}`, async () => {
      const path = bench.path(feature);
      await spark.sql(...make(sparkTable(path)));
      const expected = await spark.read(path);
      assertSameTable(await ours.read(path), expected, "our engine");
      const [where] = expected.schema.map(({ name }) => `${name} IS NOT NULL`);
      assert.ok(where !== undefined);
      assertSameTable(await ours.read(path, { where }), await spark.read(path, { where }), where);
      await assertWritesRefused(path, feature, expected);
    });
  }
});

describe("a table of Spark's with variants", () => {
  it("is read as JSON values, and refuses our writes by name", async () => {
    const path = bench.path("variants");
    await spark.sql(
      `CREATE TABLE ${sparkTable(path)} (id INT, payload VARIANT) USING delta`,
      `INSERT INTO ${sparkTable(path)}
         SELECT id, parse_json(text) FROM VALUES ${variants
           .map(({ id, text }) => `(${id}, ${text === null ? "NULL" : `'${text}'`})`)
           .join(", ")} AS rows(id, text)`,
    );
    const rows = await (await (await ours.open(path)).scan()).rows();
    const read = new Map(rows.map((row) => [row["id"], row["payload"]]));
    assert.deepEqual(
      variants.map(({ id }) => read.get(id)),
      variants.map(({ text }) => (text === null ? null : JSON.parse(text))),
    );
    await assertWritesRefused(path, "variantType", {
      schema: [{ name: "id", type: "integer" }],
      rows: [{ id: 1 }],
    });
  });
});

const variants: readonly { readonly id: number; readonly text: string | null }[] = [
  { id: 1, text: '{"a": 1, "b": [true, null, "x"], "c": {"d": 1.5}}' },
  { id: 2, text: "[]" },
  { id: 3, text: '"text"' },
  { id: 4, text: "-12345678901" },
  { id: 5, text: null },
  { id: 6, text: "null" },
  { id: 7, text: "{}" },
  { id: 8, text: "0.1" },
  { id: 9, text: "-1.5e300" },
  { id: 10, text: "9007199254740991" },
];

async function assertWritesRefused(path: string, feature: string, rows: Table): Promise<void> {
  const before = await filesBelow(path);
  const table = await ours.open(path);
  const [{ name } = { name: "id" }] = rows.schema;
  const writes: readonly (() => Promise<unknown>)[] = [
    () => ours.write(path, rows, { mode: "append" }),
    () => table.delete(),
    () => table.update({ set: { [name]: "NULL" } }),
    () => table.overwrite({ rows: [] }),
    () => table.optimize(),
    () => table.setProperties({ "delta.appendOnly": "true" }),
  ];
  for (const write of writes) {
    await assert.rejects(
      write,
      (error: unknown) =>
        error instanceof DeltaError &&
        error.code === "UNSUPPORTED_FEATURE" &&
        error.message.includes(feature),
    );
  }
  assert.deepEqual(await filesBelow(path), before);
}

async function filesBelow(path: string): Promise<readonly string[]> {
  return (await readdir(path, { recursive: true })).toSorted();
}
