import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";

import * as fc from "fast-check";

import { mapWithinBudget } from "../../src/map-within-budget.ts";

test("calls start in order, within their number and weight; one that is heavier than all runs alone", async () => {
  const weights = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(weights, fc.integer({ min: 1, max: 5 }), async (given, callsMax) => {
      const underWay: number[] = [];
      const started: number[] = [];
      const doubled = await mapWithinBudget(
        [...given.entries()],
        { callsMax, weightMax: 10, weightOf: ([, weight]) => weight },
        async ([index, weight]) => {
          started.push(index);
          underWay.push(weight);
          const total = underWay.reduce((sum, one) => sum + one, 0);
          assert.ok(underWay.length <= callsMax, `${underWay.length} calls`);
          assert.ok(total <= 10 || underWay.length === 1, `${underWay.join(" + ")} at once`);
          for (let turn = 0; turn < (weight * 7) % 5; turn += 1) await setImmediate();
          underWay.splice(underWay.indexOf(weight), 1);
          return index * 2;
        },
      );
      assert.deepEqual(started, [...given.keys()]);
      assert.deepEqual(
        doubled,
        [...given.keys()].map((index) => index * 2),
      );
    }),
    { numRuns: 100 },
  );
});

test("after a failure no call starts, and those under way come to their end first", async () => {
  const ended: number[] = [];
  const work = mapWithinBudget(
    [0, 1, 2, 3, 4],
    { callsMax: 2, weightMax: 2, weightOf: () => 1 },
    async (index) => {
      if (index === 1) throw new Error("the second");
      await setImmediate();
      await setImmediate();
      ended.push(index);
    },
  );
  await assert.rejects(work, /the second/);
  assert.deepEqual(ended, [0]);
});
