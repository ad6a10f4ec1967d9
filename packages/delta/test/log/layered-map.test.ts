import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { LayeredMap } from "../../src/log/layered-map.ts";

type Step =
  | { readonly kind: "set"; readonly map: number; readonly key: string; readonly value: number }
  | { readonly kind: "delete"; readonly map: number; readonly key: string }
  | { readonly kind: "copy"; readonly map: number };

const key = fc.integer({ min: 0, max: 12 }).map(String);
const map = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), map, key, value: fc.nat() }),
  fc.record({ kind: fc.constant("delete" as const), map, key }),
  fc.record({ kind: fc.constant("copy" as const), map }),
);

function assertSame(layered: LayeredMap<number>, model: ReadonlyMap<string, number>): void {
  assert.equal(layered.size, model.size);
  assert.deepEqual(new Map(layered.entries()), model);
  assert.deepEqual([...layered.keys()].toSorted(), [...model.keys()].toSorted());
  assert.deepEqual(new Set(layered.values()), new Set(model.values()));
  for (let index = 0; index <= 12; index += 1) {
    assert.equal(layered.get(String(index)), model.get(String(index)));
    assert.equal(layered.has(String(index)), model.has(String(index)));
  }
}

test("copies of copies behave as maps that were copied in full", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pairs = [{ layered: new LayeredMap<number>(), model: new Map<string, number>() }];
      for (const action of steps) {
        const pair = pairs[action.map % pairs.length];
        assert.ok(pair !== undefined);
        if (action.kind === "copy") pairs.push({ layered: pair.layered.copy(), model: new Map(pair.model) });
        else if (action.kind === "delete") {
          pair.layered.delete(action.key);
          pair.model.delete(action.key);
        } else {
          pair.layered.set(action.key, action.value);
          pair.model.set(action.key, action.value);
        }
      }
      for (const { layered, model } of pairs) assertSame(layered, model);
    }),
  );
});

test("a long row of copies, each with a change, keeps every one of them as it was", () => {
  const layers: LayeredMap<number>[] = [new LayeredMap()];
  for (let count = 0; count < 5000; count += 1) {
    const next = layers.at(-1)?.copy() ?? new LayeredMap<number>();
    next.set(`key ${count}`, count);
    if (count % 4 === 3) next.delete(`key ${count - 2}`);
    layers.push(next);
  }
  for (const at of [0, 1, 999, 1024, 1025, 1026, 2500, 5000]) {
    const expected = Array.from({ length: at }, (_, index) => index).filter(
      (index) => index % 4 !== 1 || index + 2 >= at,
    );
    assert.deepEqual(
      [...(layers[at]?.values() ?? [])].toSorted((left, right) => left - right),
      expected,
    );
  }
});
