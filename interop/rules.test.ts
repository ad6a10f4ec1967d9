// Rules for rows: constraints, invariants, columns that take no null and generated ones, obeyed by us where the peers
// gave them and by the peers where we did.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DataType, DeltaError, type StructField } from "finance-feedback-delta";

import { assertSameRows, assertSameTable, type Table } from "./canonical.ts";
import { PeerError } from "./peer-error.ts";
import { sparkTable, Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, spark, deltaRs } = bench;

describe("a table of Spark's with rules for its rows", () => {
  it("is obeyed by our writes", async () => {
    const path = bench.path("rules");
    const table = sparkTable(path);
    await spark.sql(
      `CREATE TABLE ${table} (id INT NOT NULL, price DECIMAL(10,2), twice DECIMAL(12,2) GENERATED ALWAYS AS (CAST(price * 2 AS DECIMAL(12,2))),
         day DATE GENERATED ALWAYS AS (CAST(at AS DATE)), at TIMESTAMP) USING delta PARTITIONED BY (day)`,
      `ALTER TABLE ${table} ADD CONSTRAINT positive CHECK (price > 0)`,
      `INSERT INTO ${table} (id, price, at) VALUES (1, 1.50, TIMESTAMP'1969-12-31 23:59:59.999999')`,
    );
    const mine = await ours.open(path);
    await mine.append({ rows: [{ id: 2, price: "2.50", at: "2024-02-29T23:59:59.999999Z" }] });
    await mine.update({ set: { price: "price + 1" }, where: "id = 1" });
    const [bySpark, byUs] = [await spark.read(path), await ours.read(path)];
    assertSameTable(byUs, bySpark, "our engine");
    const generated = bySpark.rows.map(({ id = null, twice = null, day = null }) => ({ id, twice, day }));
    assertSameRows(
      generated,
      [
        { id: 1, twice: "5.00", day: "1969-12-31" },
        { id: 2, twice: "5.00", day: "2024-02-29" },
      ],
      "generated values",
    );
    const broken: readonly Readonly<Record<string, unknown>>[] = [
      { id: 3, price: "-1.00", at: null },
      { id: null, price: "1.00", at: null },
      { id: 3, price: "1.00", twice: "3.00", at: null },
      { id: 3, price: null, at: null },
    ];
    for (const row of broken) {
      await assert.rejects(
        mine.append({ rows: [row] }),
        (error: unknown) =>
          error instanceof DeltaError && /^(CONSTRAINT_VIOLATED|INVALID_VALUE)$/u.test(error.code),
      );
    }
    assertSameRows((await spark.read(path)).rows, byUs.rows, "Spark, after refused writes");
  });

  it("that we gave it are obeyed by Spark and delta-rs", async () => {
    const path = bench.path("our rules");
    const schema = [{ name: "id", type: "integer" }];
    await ours.write(path, { schema, rows: [{ id: 1 }] });
    await (await ours.open(path)).addConstraint("positive", "id > 0");
    await assert.rejects(spark.sql(`INSERT INTO ${sparkTable(path)} VALUES (-1)`), PeerError);
    await assert.rejects(deltaRs.write(path, { schema, rows: [{ id: -1 }] }, { mode: "append" }), PeerError);
    await spark.sql(`INSERT INTO ${sparkTable(path)} VALUES (2)`);
    await bench.assertReadBy([ours, spark, deltaRs], path, { schema, rows: [{ id: 1 }, { id: 2 }] });
  });

  it("columns that take no null and generated ones are obeyed by Spark", async () => {
    const path = bench.path("our columns");
    const computed = (name: string, type: DataType, expression: string): StructField => ({
      ...plain(name, type),
      metadata: { "delta.generationExpression": expression },
    });
    const table = await ours.create(
      path,
      [
        { ...plain("id", "long"), nullable: false },
        plain("price", "decimal(10,2)"),
        computed("twice", "decimal(12,2)", "CAST(price * 2 AS DECIMAL(12,2))"),
        plain("at", "timestamp"),
        computed("day", "date", "CAST(at AS DATE)"),
      ],
      { partitionBy: ["day"] },
    );
    await table.append({ rows: [{ id: 1, price: "1.50", at: "1969-12-31T23:59:59.999999Z" }] });
    const into = `INSERT INTO ${sparkTable(path)}`;
    await spark.sql(`${into} (id, price, at) VALUES (2, 2.50, TIMESTAMP '2024-02-29 23:59:59.999999')`);
    for (const values of ["(NULL, 1, NULL, NULL, NULL)", "(3, 1.00, 3.00, NULL, NULL)"])
      await assert.rejects(spark.sql(`${into} (id, price, twice, at, day) VALUES ${values}`), PeerError);
    await spark.sql(`UPDATE ${sparkTable(path)} SET price = price + 1 WHERE id = 1`);
    const found = await spark.read(path);
    assertSameRows(
      found.rows,
      [
        { id: 1, price: "2.50", twice: "5.00", at: "1969-12-31T23:59:59.999999Z", day: "1969-12-31" },
        { id: 2, price: "2.50", twice: "5.00", at: "2024-02-29T23:59:59.999999Z", day: "2024-02-29" },
      ],
      "Spark",
    );
    await bench.assertReadBy([ours, deltaRs], path, found);
  });

  it("a column's invariant is obeyed by all", async () => {
    const path = bench.path("invariants");
    const invariant = JSON.stringify({ expression: { expression: "price > 0" } });
    const table = await ours.create(path, [
      plain("id", "integer"),
      { ...plain("price", "double"), metadata: { "delta.invariants": invariant } },
    ]);
    assert.equal((await table.describe()).minWriterVersion, 2);
    const schema = [
      { name: "id", type: "integer" },
      { name: "price", type: "double" },
    ];
    const rows = [1, 2, 3].map((id) => ({ id, price: id }));
    const row = (id: number): Table => ({ schema, rows: rows.slice(id - 1, id) });
    await ours.write(path, row(1), { mode: "append" });
    await spark.sql(`INSERT INTO ${sparkTable(path)} VALUES (2, 2)`);
    await deltaRs.write(path, row(3), { mode: "append" });
    const broken: Table = { schema, rows: [{ id: 4, price: -1 }] };
    await assert.rejects(ours.write(path, broken, { mode: "append" }), { code: "CONSTRAINT_VIOLATED" });
    await assert.rejects(table.update({ set: { price: "-price" } }), { code: "CONSTRAINT_VIOLATED" });
    await assert.rejects(spark.sql(`INSERT INTO ${sparkTable(path)} VALUES (4, -1)`), PeerError);
    await assert.rejects(deltaRs.write(path, broken, { mode: "append" }), PeerError);
    await bench.assertReadBy([ours, spark, deltaRs], path, { schema, rows });
  });
});

function plain(name: string, type: DataType): StructField {
  return { name, type, nullable: true, metadata: {} };
}
