import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { countingTable, engine, idsOf, temporaryFolder } from "../support/tables.ts";
import { DeltaTable, LocalStore } from "../../src/index.ts";

const longAgo = new Date(Date.now() - 60 * 24 * 3600 * 1000);

/** What a writer leaves that is killed before it could give its file its name. */
async function leave(folder: string, place: string, modified = longAgo): Promise<string> {
  const path = join(place, `.tmp-${randomUUID()}`);
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), "half");
  await utimes(join(folder, path), modified, modified);
  return path;
}

async function leftIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true }))
    .filter((name) => name.includes(".tmp"))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

test("a vacuum takes what killed writers left half made, in the log too, and nothing that may be in the making", async (t) => {
  const folder = await temporaryFolder(t);
  const table = await countingTable(new LocalStore(folder), 2);
  const old = [
    await leave(folder, "_delta_log"),
    await leave(folder, ""),
    await leave(folder, "_delta_log/_sidecars"),
  ];
  const fresh = await leave(folder, "_delta_log", new Date());
  const others = join("_delta_log", ".tmp-mine");
  await writeFile(join(folder, others), "somebody's");
  await utimes(join(folder, others), longAgo, longAgo);
  const dry = await table.vacuum({ dryRun: true });
  assert.deepEqual(new Set(dry.files), new Set(old));
  assert.deepEqual(new Set((await table.vacuum()).files), new Set(old));
  assert.deepEqual(
    await leftIn(folder),
    [fresh, others].toSorted((a, b) => (a < b ? -1 : 1)),
  );
  assert.deepEqual(await idsOf(DeltaTable.at(folder, { engine })), [1, 2]);
});

test("a clean-up of the log takes them from there, also when nothing of the log has expired", async (t) => {
  const folder = await temporaryFolder(t);
  const table = await countingTable(new LocalStore(folder), 2);
  const old = await leave(folder, "_delta_log");
  const fresh = await leave(folder, "_delta_log", new Date());
  assert.deepEqual((await table.cleanUpLog({ dryRun: true })).paths, [old]);
  const done = await table.cleanUpLog();
  assert.deepEqual(
    [done.paths, done.filesDeleted, done.commitsDeleted, done.sidecarsDeleted],
    [[old], 1, 0, 0],
  );
  assert.deepEqual(await leftIn(folder), [fresh]);
  assert.deepEqual(await idsOf(table), [1, 2]);
});
