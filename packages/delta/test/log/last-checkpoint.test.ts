import assert from "node:assert/strict";
import { test } from "node:test";

import {
  checksumOf,
  lastCheckpointPath,
  readLastCheckpoint,
  writeLastCheckpoint,
} from "../../src/log/last-checkpoint.ts";
import { memoryStore, readText, writeText } from "../support/tables.ts";

test("the checksum is that of the protocol's example", () => {
  const json = {
    k0: "'v 0'",
    checksum: "adsaskfljadfkjadfkj",
    k1: { k2: 2, k3: ["v3", [1, 2], { k4: "v4", k5: ["v5", "v6", "v7"] }] },
  };
  assert.equal(checksumOf(json), "6a92d155a59bf2eecbd4b4ec7fd1f875");
});

test("a hint is read back, and not believed once it was changed without its checksum", async (t) => {
  const store = memoryStore(t);
  await writeLastCheckpoint(store, { version: 10, size: 3, sizeInBytes: 100, numOfAddFiles: 1 });
  assert.deepEqual(await readLastCheckpoint(store), { version: 10 });
  const text = await readText(store, lastCheckpointPath);
  await writeText(store, lastCheckpointPath, text.replace('"version":10', '"version":20'));
  assert.equal(await readLastCheckpoint(store), undefined);
});

test("hints of other writers, without a checksum, are taken; what is no hint is none", async (t) => {
  const store = memoryStore(t);
  await writeText(store, lastCheckpointPath, '{"version":7,"size":1}');
  assert.deepEqual(await readLastCheckpoint(store), { version: 7 });
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    "7",
    '{"version":-1}',
    '{"version":1.5}',
    '{"version":"7"}',
    "{}",
  ]) {
    await writeText(store, lastCheckpointPath, text);
    assert.equal(await readLastCheckpoint(store), undefined, text);
  }
  await store.delete(lastCheckpointPath);
  assert.equal(await readLastCheckpoint(store), undefined);
});
