import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as compiling } from "node:timers/promises";

import { NodeReads } from "../../src/transform/relations/node-reads.ts";
import { TestQueue } from "../../src/transform/tests/test-queue.ts";
import { Desk } from "./support/desk.ts";

const failuresOf = (count: number): string =>
  `select count(*) as failures, count(*) != 0 as should_warn, count(*) != 0 as should_error from range(${count})`;

test("tests that are ready together get their own verdicts from one query", async (t) => {
  const desk = await Desk.open(t);
  let queries = 0;
  const queue = new TestQueue(desk.lake, () => {
    queries += 1;
    return new NodeReads(desk.lake);
  });
  const counts = [0, 3, 1, 2];
  const rows = await Promise.all(
    counts.map(async (count) =>
      queue.take(async (ask) => {
        await compiling();
        return ask(failuresOf(count), new NodeReads(desk.lake));
      }),
    ),
  );
  assert.deepEqual(
    rows.map(({ failures }) => Number(failures)),
    counts,
  );
  assert.deepEqual(
    rows.map(({ should_error }) => should_error),
    [false, true, true, true],
  );
  assert.equal(queries, 1);
});

test("a test whose SQL is wrong fails alone, and one that is never asked holds up no other", async (t) => {
  const desk = await Desk.open(t);
  const queue = new TestQueue(desk.lake, () => new NodeReads(desk.lake));
  const take = async (sql: string): Promise<unknown> =>
    queue.take(async (ask) => {
      await compiling();
      return ask(sql, new NodeReads(desk.lake));
    });
  const [good, bad, uncompiled] = await Promise.allSettled([
    take(failuresOf(2)),
    take("select no_such_column as failures, true, true"),
    queue.take(async () => Promise.reject(new Error("the template is wrong"))),
  ]);
  assert.equal(good.status, "fulfilled");
  assert.deepEqual(good.value, { failures: 2n, should_warn: true, should_error: true });
  assert.equal(bad.status, "rejected");
  assert.match(String(bad.reason), /no_such_column/);
  assert.match(uncompiled.status === "rejected" ? String(uncompiled.reason) : "", /the template is wrong/);
});
