import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { IdSet } from "../../src/streaming/write/id-set.ts";

test("a set of ids has what was added to it and nothing else, in whichever order it came", () => {
  const anyId = fc.oneof(
    fc.integer({ min: 0, max: 60 }).map(String),
    fc.constantFrom("007", "", "a-1", "99999999999999999999"),
  );
  fc.assert(
    fc.property(fc.array(anyId), fc.array(anyId), (added, asked) => {
      const [ids, plain] = [new IdSet(), new Set<string>()];
      for (const id of added) {
        ids.add(id);
        plain.add(id);
      }
      for (const id of [...added, ...asked]) assert.equal(ids.has(id), plain.has(id), id);
    }),
  );
});

test("many ids that come from several partitions in turn, and leave gaps, are all there", () => {
  const ids = new IdSet();
  for (let part = 0; part < 6; part += 1) for (let id = part * 3; id < 600_000; id += 18) ids.add(String(id));
  for (let id = 0; id < 600_000; id += 1) assert.equal(ids.has(String(id)), id % 3 === 0);
});
