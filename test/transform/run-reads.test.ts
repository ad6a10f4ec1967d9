import assert from "node:assert/strict";
import { test } from "node:test";

import { RunReads } from "../../src/transform/relations/run-reads.ts";
import type { NodeReads } from "../../src/transform/relations/node-reads.ts";
import { Desk } from "./support/desk.ts";

const place = { layer: "silver", name: "orders" };

test("the nodes of a run see one version of a table, until one of them writes to it", async (t) => {
  const desk = await Desk.open(t);
  const orders = desk.lake.tableIn(place);
  await orders.append({ sql: "SELECT 1::BIGINT AS id" }, { createWith: { schema: oneColumn } });
  const run = new RunReads(desk.lake);
  t.after(async () => run.close());
  const ids = async (reads: NodeReads): Promise<readonly unknown[]> => {
    const result = await desk.lake.engine.query("SELECT id FROM silver.orders ORDER BY id", reads.resolve);
    return (await result.rows()).map(({ id }) => id);
  };

  assert.deepEqual(await ids(run.ofNode()), [1n]);
  await orders.append({ sql: "SELECT 2::BIGINT AS id" });
  assert.deepEqual(await ids(run.ofNode()), [1n], "what another writes");
  assert.deepEqual(await ids(run.ofNode(place)), [1n, 2n], "a node's own table");
  run.changed(place);
  assert.deepEqual(await ids(run.ofNode()), [1n, 2n], "what a node wrote");
});

const oneColumn = {
  type: "struct",
  fields: [{ name: "id", type: "long", nullable: true, metadata: {} }],
} as const;
