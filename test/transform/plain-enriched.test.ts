// Laws of the model that the SQL and the kernels are held against.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { arrivals } from "./support/arrivals.ts";
import { plainEnriched } from "./support/plain-enriched.ts";

test("the order in which bars came changes nothing", () => {
  fc.assert(
    fc.property(arrivals(150), (parts) => {
      const rows = parts.flat();
      assert.deepEqual(sorted(plainEnriched(rows.toReversed())), sorted(plainEnriched(rows)));
    }),
    { numRuns: 20 },
  );
});

test("cutting the future changes nothing before it", () => {
  fc.assert(
    fc.property(arrivals(150), fc.nat(), (parts, place) => {
      const rows = parts.flat();
      const endMs = rows[place % Math.max(1, rows.length)]?.openTimeMs ?? 0;
      const all = plainEnriched(rows);
      for (const [key, row] of plainEnriched(rows.filter(({ openTimeMs }) => openTimeMs <= endMs)))
        assert.deepEqual(row, all.get(key));
    }),
    { numRuns: 20 },
  );
});

function sorted<Row>(rows: ReadonlyMap<string, Row>): readonly (readonly [string, Row])[] {
  return [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1));
}
