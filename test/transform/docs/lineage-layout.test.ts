import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { layOut } from "../../../src/transform/docs/lineage-layout.ts";
import type { LayoutNode } from "../../../src/transform/docs/lineage-layout.ts";

/** Graphs of which each thing comes from some of those before it, and from one that is not shown. */
const graphs: fc.Arbitrary<readonly LayoutNode[]> = fc
  .array(fc.array(fc.nat({ max: 100 }), { maxLength: 4 }), { maxLength: 25 })
  .map((drawn) =>
    drawn.map((parents, index) => ({
      id: `n${index}`,
      parents: ["elsewhere", ...parents.flatMap((parent) => (index === 0 ? [] : [`n${parent % index}`]))],
    })),
  );

test("each thing stands right of what it comes from, and no two of a column overlap", () => {
  fc.assert(
    fc.property(graphs, (nodes) => {
      const { nodes: places, lines, columns, height } = layOut(nodes);
      assert.equal(places.size, nodes.length);
      for (const { from, to, between } of lines) {
        const [start, end] = [places.get(from), places.get(to)];
        assert.ok(start !== undefined && end !== undefined && start.column < end.column);
        assert.equal(between.length, end.column - start.column - 1);
      }
      for (const inColumn of Map.groupBy(places.values(), ({ column }) => column).values()) {
        const heights = inColumn.map(({ y }) => y).toSorted((left, right) => left - right);
        for (const [index, y] of heights.entries()) {
          assert.ok(y >= 0 && y <= height);
          assert.ok(index === 0 || y - (heights[index - 1] ?? 0) >= 26, heights.join(" "));
        }
      }
      assert.ok([...places.values()].every(({ column }) => column >= 0 && column < columns));
    }),
  );
});

test("a chain is a straight line, and a source stands beside what it is for", () => {
  const { nodes, height } = layOut([
    { id: "a", parents: [] },
    { id: "late", parents: [] },
    { id: "b", parents: ["a"] },
    { id: "c", parents: ["b"] },
    { id: "d", parents: ["c", "late"] },
  ]);
  assert.deepEqual(
    ["a", "b", "c", "late", "d"].map((id) => nodes.get(id)?.column),
    [0, 1, 2, 2, 3],
  );
  assert.equal(nodes.get("a")?.y, nodes.get("b")?.y);
  assert.equal(height, 72);
});
