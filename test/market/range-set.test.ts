import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { covers, firstFrom, lastOverBy, unionOf, within, without } from "../../src/market/range-set.ts";
import type { TimeRange } from "../../src/market/time-range.ts";

const ranges = fc.array(
  fc.tuple(fc.nat(40), fc.nat(8)).map(([startMs, span]): TimeRange => ({ startMs, endMs: startMs + span })),
  { maxLength: 8 },
);
const range = fc
  .tuple(fc.nat(40), fc.nat(30))
  .map(([startMs, span]): TimeRange => ({ startMs, endMs: startMs + span }));

/** The instants of ranges, one by one. */
function instants(of: readonly TimeRange[]): number[] {
  const all = of.flatMap(({ startMs, endMs }) =>
    Array.from({ length: Math.max(0, endMs - startMs) }, (_, index) => startMs + index),
  );
  return [...new Set(all)].toSorted((left, right) => left - right);
}

test("sets of ranges are what they are instant by instant", () => {
  fc.assert(
    fc.property(ranges, range, (some, one) => {
      const set = unionOf(some);
      assert.deepEqual(instants(set), instants(some));
      for (const [index, { startMs, endMs }] of set.entries()) {
        assert.ok(startMs < endMs);
        assert.ok(index === 0 || startMs > (set[index - 1]?.endMs ?? 0), "apart from each other");
      }
      const inSet = new Set(instants(some));
      assert.deepEqual(
        instants(without(one, set)),
        instants([one]).filter((at) => !inSet.has(at)),
      );
      assert.deepEqual(
        instants(within(one, set)),
        instants([one]).filter((at) => inSet.has(at)),
      );
      assert.equal(
        covers(set, one),
        instants([one]).every((at) => inSet.has(at)),
      );
    }),
    { numRuns: 500 },
  );
});

test("the neighbours of an instant are the last range that is over and the first that begins", () => {
  fc.assert(
    fc.property(ranges, fc.nat(50), (some, instantMs) => {
      const set = unionOf(some);
      assert.deepEqual(
        lastOverBy(set, instantMs),
        set.findLast(({ endMs }) => endMs <= instantMs),
      );
      assert.deepEqual(
        firstFrom(set, instantMs),
        set.find(({ startMs }) => startMs >= instantMs),
      );
    }),
  );
});
