import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { withCurveKey } from "../../src/commands/optimize/curve-key.ts";
import { parallelEngine } from "../support/tables.ts";

const number = fc.option(fc.integer({ min: -50, max: 50 }));
const cutsOf = fc
  .uniqueArray(fc.integer({ min: -40, max: 40 }), { maxLength: 70 })
  .map((cuts) => cuts.toSorted((left, right) => left - right));

/** How many cuts are not above a value, spread over eight bits; null comes last. */
function partOf(value: number | null, cuts: readonly number[]): number {
  const part = value === null ? cuts.length : cuts.filter((cut) => cut <= value).length;
  return Math.floor((part * 256) / (cuts.length + 1));
}

/** Bits in turn, those of the first part first. */
function interleaved(first: number, second: number): number {
  let key = 0;
  for (let bit = 7; bit >= 0; bit -= 1) key = key * 4 + ((first >> bit) & 1) * 2 + ((second >> bit) & 1);
  return key;
}

test("a place on the Z-order curve has the bits of the parts that the values fall into, in turn", async () => {
  const session = await parallelEngine.openSession();
  const rows = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(rows, cutsOf, cutsOf, async (values, ofA, ofB) => {
      const list = values.map(
        (pair, index) => `(${[index, ...pair].map((one) => one ?? "NULL").join(", ")})`,
      );
      const select = `SELECT i, a::INTEGER AS a, b::INTEGER AS b FROM (VALUES ${list.join(", ")}) v(i, a, b)`;
      const columns = [
        { name: "a", sqlType: "INTEGER", cuts: ofA.map(String) },
        { name: "b", sqlType: "INTEGER", cuts: ofB.map(String) },
      ];
      const found: unknown[] = [];
      const keyed = withCurveKey(select, columns, "zorder", "place");
      for await (const batch of session.query(`SELECT i, place::INTEGER AS place FROM (${keyed}) ORDER BY i`))
        found.push(...batch.toRows().map(({ place }) => place));
      assert.deepEqual(
        found,
        values.map(([a, b]) => interleaved(partOf(a, ofA), partOf(b, ofB))),
      );
    }),
    { numRuns: 40 },
  );
  await session.close();
});
