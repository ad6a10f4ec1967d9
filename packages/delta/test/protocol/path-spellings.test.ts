import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { DeltaTable, LocalStore } from "../../src/index.ts";
import { assertNoConflict } from "../../src/log/conflict.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { firstSnapshot, loadSnapshot } from "../../src/log/snapshot.ts";
import { parseActions, serializeActions } from "../../src/protocol/actions.ts";
import type { Action } from "../../src/protocol/actions.ts";
import { addOf, classicProtocol, metadataWith, removeOf } from "../support/logs.ts";
import { columns, engine, readText, temporaryFolder, throws, writeText } from "../support/tables.ts";

const base: readonly Action[] = [{ protocol: classicProtocol }, { metaData: metadataWith() }];

/** How writers spell one file of a table in this folder, and one that lies elsewhere. */
function spellingsOf(folder: string): string[][] {
  return [
    [
      "a%20b.parquet",
      `${folder}/a%20b.parquet`,
      `file:${folder}/a%20b.parquet`,
      `file://${folder}/a%20b.parquet`,
      `file://localhost${folder}/a%20b.parquet`,
      `FILE:///${folder.slice(1)}/a%20b.parquet`,
    ],
    [
      "/some/un%20qualified/p@%23h",
      "file:/some/un%20qualified/p@%23h",
      "file:///some/un%20qualified/p%40%23h",
    ],
  ];
}

test("a file is removed however the remove spells its path", async (t) => {
  const folder = await temporaryFolder(t);
  const store = new LocalStore(folder);
  for (const spellings of spellingsOf(folder)) {
    for (const added of spellings) {
      for (const removed of spellings) {
        await writeText(store, commitPath(0), serializeActions([...base, { add: addOf(added) }]));
        await writeText(store, commitPath(1), serializeActions([{ remove: removeOf(removed) }]));
        const snapshot = await loadSnapshot(store, engine);
        assert.equal(snapshot.fileCount, 0, `${added} removed as ${removed}`);
        await writeText(store, commitPath(1), serializeActions([{ add: addOf(removed) }]));
        assert.equal((await loadSnapshot(store, engine)).fileCount, 1, `${added} added as ${removed}`);
      }
    }
  }
});

test("a remove in another spelling conflicts with a transaction that read the file, or removes it", () => {
  const [spellings = []] = spellingsOf("/lake/t");
  for (const own of spellings) {
    for (const theirs of spellings) {
      const snapshot = firstSnapshot("/lake/t", [...base, { add: addOf(own) }]);
      const winner: Action[] = [{ remove: removeOf(theirs) }];
      const reads = { kind: "rows", predicate: { kind: "never" }, paths: new Set([own]) } as const;
      throws(
        () => assertNoConflict({ snapshot, actions: [], reads }, winner, 1),
        "CONCURRENT_WRITE",
        /removed/,
      );
      const actions: Action[] = [{ remove: removeOf(own) }];
      const nothing = { kind: "nothing" } as const;
      throws(
        () => assertNoConflict({ snapshot, actions, reads: nothing }, winner, 1),
        "CONCURRENT_WRITE",
        /as this operation would/,
      );
    }
  }
});

test("a table with absolute paths in its log is read without duplicates, changed, and reported by its change feed", async (t) => {
  const folder = join(await temporaryFolder(t), "a table");
  const store = new LocalStore(folder);
  const table = await DeltaTable.create(store, {
    schema: columns({ id: "long" }),
    properties: { "delta.enableChangeDataFeed": "true" },
    engine,
  });
  await table.append({ rows: [{ id: 1 }, { id: 2 }] });
  const actions = parseActions(await readText(store, commitPath(1)), "commit");
  const absolute = actions.map((action) =>
    "add" in action
      ? { add: { ...action.add, path: encodeURI(`file:${folder}/`) + action.add.path } }
      : action,
  );
  await writeText(store, commitPath(1), serializeActions(absolute));
  const again = DeltaTable.at(store, { engine });
  await again.delete({ where: "id = 1" });
  assert.deepEqual(await (await again.scan()).rows(), [{ id: 2n }]);
  const [removed] = parseActions(await readText(store, commitPath(2)), "commit").flatMap((action) =>
    "remove" in action ? [action.remove.path] : [],
  );
  assert.match(removed ?? "", /^file:/, "the remove spells the path as the add did");
  const changes = await again.changes({
    fromVersion: 1,
    columns: ["id", "_change_type"],
    orderBy: "_change_type, id",
  });
  assert.deepEqual(await changes.rows(), [
    { id: 1n, _change_type: "delete" },
    { id: 1n, _change_type: "insert" },
    { id: 2n, _change_type: "insert" },
  ]);
});
