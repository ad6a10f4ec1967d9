import assert from "node:assert/strict";
import { readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { LocalStore, openStore } from "../../src/delta/index.ts";
import { storeConformance } from "./store-conformance.ts";
import { rejects, temporaryFolder, throws } from "./tables.ts";

storeConformance(
  "LocalStore",
  async (t) => new LocalStore(join(await temporaryFolder(t), "lake", "table [1]*")),
);

test("LocalStore: a path that leaves the root is refused", async (t) => {
  const folder = await temporaryFolder(t);
  const store = new LocalStore(join(folder, "table"));
  await writeFile(join(folder, "secret"), "x");
  await writeFile(join(folder, "table-2"), "x");
  for (const path of ["../secret", "a/../../secret", "../table-2", join(folder, "secret")]) {
    await rejects(store.read(path), "IO_FAILED", /leaves/);
    await rejects(store.put(path, new Uint8Array()), "IO_FAILED", /leaves/);
  }
});

test("LocalStore: no temporary file stays behind, whether a write wins or loses", async (t) => {
  const folder = await temporaryFolder(t);
  const store = new LocalStore(folder);
  await store.putIfAbsent("log/0", new Uint8Array());
  await rejects(store.putIfAbsent("log/0", new Uint8Array()), "ALREADY_EXISTS");
  await store.put("log/0", new Uint8Array(1));
  assert.deepEqual(await readdir(join(folder, "log")), ["0"]);
});

test("LocalStore: a folder reached through a symbolic link is as good as any", async (t) => {
  const folder = await temporaryFolder(t);
  await new LocalStore(join(folder, "real")).put("a", new Uint8Array(3));
  await symlink(join(folder, "real"), join(folder, "link"));
  assert.equal((await new LocalStore(join(folder, "link")).describe("a")).size, 3);
});

test("LocalStore: a folder that was deleted under it is made again", async (t) => {
  const folder = await temporaryFolder(t);
  const store = new LocalStore(join(folder, "table"));
  await store.put("log/0", new Uint8Array());
  await rm(join(folder, "table"), { recursive: true });
  await store.putIfAbsent("log/0", new Uint8Array(2));
  assert.equal((await store.describe("log/0")).size, 2);
});

test("a location is a folder or a file: URI; other schemes are called unsupported", async (t) => {
  const folder = join(await temporaryFolder(t), "a b%");
  await new LocalStore(folder).put("x", new Uint8Array(1));
  assert.equal((await openStore(folder).describe("x")).size, 1);
  assert.equal((await openStore(pathToFileURL(folder).href).describe("x")).size, 1);
  throws(() => openStore("s3://bucket/table"), "UNSUPPORTED_FEATURE", /s3/);
});
