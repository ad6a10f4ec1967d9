// A signal ends what an engine does, whichever statement it finds, and nothing of that is committed.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { DeltaTable, DuckDbEngine } from "../../src/index.ts";
import { columns, engine, filesOf, rejects, temporaryFolder } from "../support/tables.ts";

/** Reads for years before its first row. */
const endless = "SELECT count(*) AS id FROM range(1000000000000000) AS r(x) WHERE x % 7 = 3";
const momentsMs: readonly number[] = [0, 1, 30, 150];

function stoppable(t: TestContext): { readonly stopped: DuckDbEngine; readonly stop: () => void } {
  const controller = new AbortController();
  const stopped = new DuckDbEngine({ threads: 2, signal: controller.signal });
  t.after(() => stopped.close());
  return { stopped, stop: () => controller.abort(new Error("enough")) };
}

const noTables = async (): Promise<undefined> => undefined;

for (const momentMs of momentsMs) {
  test(`a query, a file and a session's table are interrupted after ${momentMs} ms`, async (t) => {
    const folder = await temporaryFolder(t);
    const works: readonly ((stopped: DuckDbEngine) => Promise<unknown>)[] = [
      async (stopped) => (await stopped.query(endless, noTables)).rows(),
      (stopped) => stopped.writeQuery(endless, noTables, { localPath: join(folder, "out.parquet") }),
      async (stopped) => {
        const session = await stopped.openSession();
        try {
          await session.store("kept", endless);
        } finally {
          await session.close();
        }
      },
    ];
    for (const work of works) {
      const { stopped, stop } = stoppable(t);
      const refused = rejects(work(stopped), "INTERRUPTED");
      await delay(momentMs);
      stop();
      await refused;
      await rejects(stopped.query("SELECT 1", noTables), "INTERRUPTED");
    }
  });
}

test("rows that come one by one stop coming", async (t) => {
  const { stopped, stop } = stoppable(t);
  const { batches } = await stopped.query("SELECT range AS id FROM range(1000000000000000)", noTables);
  await rejects(
    (async () => {
      for await (const batch of batches) if (batch.rowCount > 0) stop();
    })(),
    "INTERRUPTED",
  );
});

test("a table whose rows were being written stays as it was, without a file of theirs", async (t) => {
  const folder = await temporaryFolder(t);
  const schema = columns({ id: "long" });
  const table = await DeltaTable.create(folder, { schema, engine });
  await table.append({ rows: [{ id: 1 }] });
  const { stopped, stop } = stoppable(t);
  const same = await DeltaTable.open(folder, { engine: stopped });
  const appended = rejects(
    same.append({ sql: "SELECT range AS id FROM range(1000000000000000)" }),
    "INTERRUPTED",
  );
  const dataFiles = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.endsWith(".parquet"));
  while ((await dataFiles()).length < 2) await delay(5);
  stop();
  await appended;
  assert.equal((await table.snapshot()).version, 1);
  assert.deepEqual(
    await dataFiles(),
    (await filesOf(table)).map(({ path }) => path),
  );
});
