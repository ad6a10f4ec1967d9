import assert from "node:assert/strict";
import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { DeltaTable, LocalStore, openStore } from "../../src/index.ts";
import { nodeFileSystem } from "../../src/store/file-system.ts";
import type { FileSystem } from "../../src/store/file-system.ts";
import { pathsBelow, storeConformance } from "../../src/testing/store-conformance.ts";
import { columns, engine, rejects, temporaryFolder, throws } from "../support/tables.ts";

storeConformance(
  "LocalStore",
  async (t) => new LocalStore(join(await temporaryFolder(t), "lake", "table [1]*")),
);

test("a folder that cannot be created is an error, not an endless wait", async () => {
  for (const folder of ["/proc/table", "/proc/deep/table"]) {
    const table = DeltaTable.create(folder, { schema: columns({ id: "long" }), engine });
    await rejects(table, "IO_FAILED", /\/proc/);
  }
});

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

test("LocalStore: a recursive listing neither follows nor gives symbolic links", async (t) => {
  const folder = await temporaryFolder(t);
  await new LocalStore(join(folder, "outside")).put("a/b", new Uint8Array());
  const store = new LocalStore(join(folder, "table"));
  await store.put("real/c", new Uint8Array());
  await symlink(join(folder, "outside"), join(folder, "table", "link"));
  await symlink(join(folder, "outside", "a", "b"), join(folder, "table", "real", "file-link"));
  await symlink(join(folder, "table"), join(folder, "table", "real", "circle"));
  assert.deepEqual(await pathsBelow(store, ""), ["real/c"]);
  assert.deepEqual(await pathsBelow(store, "link"), []);
  assert.deepEqual(await pathsBelow(store, "link/a"), []);
  await symlink(join(folder, "table"), join(folder, "table-link"));
  assert.deepEqual(await pathsBelow(new LocalStore(join(folder, "table-link")), "real"), ["real/c"]);
});

test("LocalStore: folders and files that vanish during a recursive listing are no error", async (t) => {
  const folder = await temporaryFolder(t);
  const store = new LocalStore(folder);
  for (const path of ["a/1", "a/2", "b/1", "b/2", "c/1"]) await store.put(path, new Uint8Array());
  const seen: string[] = [];
  for await (const { path } of store.listRecursively("")) {
    seen.push(path);
    for (const gone of ["a", "b", "c"]) {
      if (!path.startsWith(gone)) await rm(join(folder, gone), { recursive: true, force: true });
    }
  }
  // The folder that was being listed had been looked at whole.
  assert.ok(new Set(seen.map((path) => path[0])).size === 1 && seen.length <= 2, seen.join());
});

test("LocalStore: a folder of thousands of files is listed whole", async (t) => {
  const folder = await temporaryFolder(t);
  const names = Array.from({ length: 2500 }, (_, index) => `file-${index}`);
  await mkdir(join(folder, "f"));
  for (const name of names) await writeFile(join(folder, "f", name), "");
  const paths = await pathsBelow(new LocalStore(folder), "");
  assert.deepEqual(paths, names.map((name) => `f/${name}`).toSorted());
});

test("LocalStore: an error names what could not be deleted", async (t) => {
  const folder = await temporaryFolder(t);
  const store = new LocalStore(folder);
  await store.put("folder/a", new Uint8Array());
  await rejects(store.deleteMany(["nothing", "folder"]), "IO_FAILED", /folder/);
  assert.deepEqual(await pathsBelow(store, ""), ["folder/a"]);
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
  for (const scheme of ["gs", "abfss", "hdfs", "https"]) {
    throws(() => openStore(`${scheme}://place/table`), "UNSUPPORTED_FEATURE", new RegExp(scheme));
  }
});

test("LocalStore: a disk that refuses to write says why, and what to do", async (t) => {
  const folder = await temporaryFolder(t);
  const advice = {
    ENOSPC: /no space is left on the disk; make room/,
    EACCES: /permission denied; give the user/,
    EROFS: /read-only; choose another path/,
    EMFILE: /too many files are open/,
  };
  for (const [code, message] of Object.entries(advice)) {
    const refusing: FileSystem = {
      ...nodeFileSystem,
      writeFile: async () => {
        throw Object.assign(new Error(`${code}: in short`), { code });
      },
    };
    await rejects(new LocalStore(folder, refusing).put("a", new Uint8Array(1)), "IO_FAILED", message);
  }
});

test("LocalStore: a path below a file does not exist, so a file is not a table", async (t) => {
  const folder = await temporaryFolder(t);
  await new LocalStore(folder).put("x.parquet", new Uint8Array(1));
  const store = new LocalStore(join(folder, "x.parquet"));
  assert.deepEqual(await store.listNames("_delta_log"), []);
});
