import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";

import { memoryStore } from "../support/tables.ts";
import { storeConformance } from "../../src/testing/store-conformance.ts";

storeConformance("MemoryStore", async (t) => memoryStore(t));

test("MemoryStore: times come from the clock it was given", async (t) => {
  let now = 1000;
  const store = memoryStore(t, { now: () => now });
  await store.put("a", new Uint8Array());
  now = 2000;
  await store.put("b", new Uint8Array());
  assert.equal((await store.describe("a")).modifiedAtMs, 1000);
  assert.equal((await store.describe("b")).modifiedAtMs, 2000);
});

test("MemoryStore: its copies on disk go when it is closed, and it can be read on", async (t) => {
  const store = memoryStore(t);
  await store.put("a", new Uint8Array(1));
  const path = await store.localPath("a");
  await store.close();
  assert.equal(existsSync(path), false);
  assert.equal(existsSync(await store.localPath("a")), true);
});
