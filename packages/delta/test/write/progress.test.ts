import assert from "node:assert/strict";
import { test } from "node:test";

import type { DeltaTable } from "../../src/index.ts";
import { tableOf } from "../support/table-contents.ts";
import { columns, idsOf, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", p: "string" });
const source = { rows: [{ id: 9, p: "z" }] };
const transactions = [
  { appId: "model:bronze.a", version: 4 },
  { appId: "model:bronze.b", version: 7 },
];

const commands: Readonly<
  Record<string, (table: DeltaTable, progress: typeof transactions) => Promise<unknown>>
> = {
  append: (table, progress) => table.append(source, { transactions: progress }),
  overwrite: (table, progress) => table.overwrite(source, { transactions: progress }),
  "overwrite of some rows": (table, progress) =>
    table.overwrite(source, { where: "id >= 9", transactions: progress }),
  merge: (table, progress) =>
    table
      .merge({ source, on: "target.id = source.id" })
      .whenNotMatchedInsertAll()
      .execute({ transactions: progress }),
};

for (const [name, run] of Object.entries(commands)) {
  test(`the progress of an ${name} is in the commit of its rows`, async (t) => {
    const table = await tableOf(t, { schema }, [[{ id: 1, p: "a" }]]);
    await run(table, transactions);
    const snapshot = await table.snapshot();
    assert.equal(snapshot.version, 2);
    for (const { appId, version } of transactions)
      assert.equal(snapshot.transaction(appId)?.version, version);
    assert.equal((await table.snapshot({ version: 1 })).transaction("model:bronze.a"), undefined);
    assert.ok((await idsOf(table)).includes(9));
  });

  test(`an ${name} refuses the progress of one application twice`, async (t) => {
    const table = await tableOf(t, { schema }, [[{ id: 1, p: "a" }]]);
    const twice = [...transactions, { appId: "model:bronze.a", version: 5 }];
    await rejects(run(table, twice), "INVALID_ARGUMENT", /model:bronze\.a/);
    assert.equal((await table.snapshot()).version, 1);
  });

  test(`an ${name} loses to another writer's progress of its application`, async (t) => {
    const table = await tableOf(t, { schema }, [[{ id: 1, p: "a" }]]);
    const runs = await Promise.allSettled([run(table, transactions), run(table, transactions)]);
    const failed = runs.filter((outcome) => outcome.status === "rejected");
    assert.equal(failed.length, 1, "one of the two must lose");
    assert.match(String(failed[0]?.reason), /CONCURRENT_TRANSACTION|another writer has done this work/);
  });
}
