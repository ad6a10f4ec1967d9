// How `delta.dataSkippingStatsColumns` names columns, as Spark writes it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { field, structType } from "../../src/index.ts";
import { memoryTable, rejects, statisticsOf } from "../support/tables.ts";

const property = "delta.dataSkippingStatsColumns";
const schema = structType([
  field("id", "long"),
  field("bid, ask", "long"),
  field("a.b", "long"),
  field("tick`s", "long"),
  field("s", structType([field("x y", "long"), field("z", "long")])),
]);
const row = { id: 1, "bid, ask": 2, "a.b": 3, "tick`s": 4, s: { "x y": 5, z: 6 } };

const lists: readonly (readonly [string, object])[] = [
  ["id", { id: 1 }],
  ["`bid, ask`,id", { id: 1, "bid, ask": 2 }],
  ["`a.b` , `tick``s`", { "a.b": 3, "tick`s": 4 }],
  ["s.`x y`", { s: { "x y": 5 } }],
  ["`S`.z, ID", { id: 1, s: { z: 6 } }],
  ["s", { s: { "x y": 5, z: 6 } }],
  ["a.b", {}],
  ["", {}],
];

for (const [list, expected] of lists) {
  test(`${JSON.stringify(list)} chooses ${JSON.stringify(expected)}`, async (t) => {
    const table = await memoryTable(t, { schema, properties: { [property]: list } });
    await table.append({ rows: [row] });
    const { minValues } = JSON.parse(await statisticsOf(table));
    assert.deepEqual(minValues, expected);
  });
}

for (const list of ["`open", "a,,b", ",a", "a..b", "a."]) {
  test(`${JSON.stringify(list)} is no list of columns`, async (t) => {
    await rejects(
      memoryTable(t, { schema, properties: { [property]: list } }),
      "INVALID_ARGUMENT",
      /column names/,
    );
  });
}
