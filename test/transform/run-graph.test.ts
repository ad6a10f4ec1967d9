import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import * as fc from "fast-check";

import { runGraph } from "../../src/transform/run/run-graph.ts";
import type { RunGraphOptions, RunPlan } from "../../src/transform/run/run-graph.ts";
import type { NodeResult, NodeStatus } from "../../src/transform/run/node-result.ts";

const moment = new Date(0);

function resultOf(uniqueId: string, status: NodeStatus): NodeResult {
  return { uniqueId, status, message: status, startedAt: moment, endedAt: moment };
}

/** For each node which of those before it it waits for, and whether it fails. */
const graphs = fc.array(
  fc.record({ parents: fc.array(fc.nat(40), { maxLength: 3 }), fails: fc.integer({ min: 0, max: 5 }) }),
  {
    maxLength: 25,
  },
);

test("each node has one result, none begins before what it waits for, and what failed stops what comes behind it", async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs,
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      async (nodes, threads, failFast) => {
        const parents = nodes.map((node, index) =>
          index === 0 ? [] : node.parents.map((parent) => parent % index),
        );
        const order = nodes.map((_, index) => String(index));
        const plan: RunPlan = { order, waitsFor: (id) => (parents[Number(id)] ?? []).map(String) };
        const ended = new Set<string>();
        let running = 0;
        const options: RunGraphOptions = {
          threads,
          failFast,
          execute: async (id) => {
            running += 1;
            assert.ok(running <= threads, "no more nodes run than there are threads");
            for (const parent of plan.waitsFor(id))
              assert.ok(ended.has(parent), `${id} began before ${parent}`);
            for (let turn = 0; turn < Number(id) % 3; turn += 1) await setImmediate();
            running -= 1;
            ended.add(id);
            return resultOf(id, nodes[Number(id)]?.fails === 0 ? "error" : "success");
          },
          skip: (id) => resultOf(id, "skipped"),
        };
        const results = new Map(
          (await runGraph(plan, options)).map((result) => [result.uniqueId, result.status]),
        );
        assert.deepEqual([...results.keys()].toSorted(), order.toSorted());
        for (const id of order) {
          const isBlocked = plan.waitsFor(id).some((parent) => results.get(parent) !== "success");
          if (isBlocked) assert.equal(results.get(id), "skipped");
          else if (!failFast) assert.notEqual(results.get(id), "skipped");
        }
      },
    ),
  );
});

test("a failure ends a run that is to fail fast: what runs ends, the rest is skipped", async () => {
  const plan: RunPlan = { order: ["a", "b", "c", "d"], waitsFor: () => [] };
  const results = await runGraph(plan, {
    threads: 2,
    failFast: true,
    execute: async (id) => resultOf(id, id === "a" ? "fail" : "success"),
    skip: (id, reason) => ({ ...resultOf(id, "skipped"), message: reason.kind }),
  });
  const statuses = Object.fromEntries(results.map(({ uniqueId, message }) => [uniqueId, message]));
  assert.deepEqual(statuses, { a: "fail", b: "success", c: "fail-fast", d: "fail-fast" });
});

test("an error that is no result waits for the nodes that run, and ends the run", async () => {
  const plan: RunPlan = { order: ["a", "b", "c"], waitsFor: (id) => (id === "c" ? ["a"] : []) };
  const ended: string[] = [];
  const run = runGraph(plan, {
    threads: 2,
    failFast: false,
    execute: async (id) => {
      if (id === "a") throw new Error("stopped");
      await setImmediate();
      ended.push(id);
      return resultOf(id, "success");
    },
    skip: (id) => resultOf(id, "skipped"),
  });
  await assert.rejects(run, /stopped/);
  assert.deepEqual(ended, ["b"]);
});
