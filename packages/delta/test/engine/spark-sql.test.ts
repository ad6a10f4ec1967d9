import assert from "node:assert/strict";
import { test } from "node:test";

import { fromSparkSql } from "../../src/engine/spark-sql.ts";
import { columns, idsOf, memoryTable, rejects } from "../support/tables.ts";

const cases: readonly (readonly [what: string, spark: string, ours: string])[] = [
  ["names in backticks", "`a b` > `c``d`", '"a b" > "c`d"'],
  ["texts in double quotes", 's = "it\'s ""it"""', `s = 'it''s "it"'`],
  ["escapes in texts", String.raw`s = 'it\'s\n\\'`, "s = 'it''s\n\\'"],
  ["comparisons", "a <=> b AND a == b", "a  IS NOT DISTINCT FROM  b AND a = b"],
  ["columns of reserved names", "CAST(at AS DATE) > Order", 'CAST("at" AS DATE) > "order"'],
  ["the same words where they are no columns", "a > 1 AND limit = 1", "a > 1 AND limit = 1"],
  ["members and functions of such names", "x.at > at(1)", "x.at > at(1)"],
];

for (const [what, spark, ours] of cases) {
  test(`Spark's expressions are read with ${what}`, () => {
    assert.equal(fromSparkSql(spark, ["a", "at", "order"]), ours);
  });
}

test("a constraint may name columns whose names the engine reserves", async (t) => {
  const table = await memoryTable(t, { schema: columns({ id: "long", at: "timestamp", order: "long" }) });
  await table.addConstraint("positive", "order > 0 AND CAST(at AS DATE) > '2020-01-01'");
  await table.append({ rows: [{ id: 1, at: new Date("2026-01-01"), order: 1 }] });
  await rejects(table.append({ rows: [{ id: 2, at: new Date(0), order: 1 }] }), "CONSTRAINT_VIOLATED");
  assert.deepEqual(await idsOf(table), [1]);
});
