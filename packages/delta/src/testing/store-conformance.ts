import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { StoreError } from "../store/object-store.ts";
import type { ObjectStore, StagingArea } from "../store/object-store.ts";
import { rejects } from "./rejects.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

async function textAt(store: ObjectStore, path: string): Promise<string> {
  return Buffer.from(await store.read(path)).toString("utf8");
}

/** Every path that a recursive listing of a folder gives, sorted. */
export async function pathsBelow(store: ObjectStore, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of store.listRecursively(folder)) paths.push(path);
  return paths.toSorted();
}

async function stage(staging: StagingArea, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(staging.folder, path)), { recursive: true });
  await writeFile(join(staging.folder, path), text);
}

/**
 * The tests that every store must pass. Call it at the top of a file that `node --test` runs.
 *
 * @param title stands before the name of each test.
 * @param open makes an empty store for one test; what has to be closed goes to `t.after`.
 */
export function storeConformance(title: string, open: (t: TestContext) => Promise<ObjectStore>): void {
  function check(behaviour: string, run: (store: ObjectStore) => Promise<void>): void {
    test(`${title}: ${behaviour}`, async (t) => run(await open(t)));
  }

  check("what was put is read back, byte by byte", async (store) => {
    const data = Uint8Array.from({ length: 256 }, (_, index) => index);
    await store.put("a/b", data);
    assert.deepEqual(Uint8Array.from(await store.read("a/b")), data);
    await store.putIfAbsent("empty", new Uint8Array());
    assert.equal((await store.read("empty")).byteLength, 0);
  });

  check("what was put does not change with the caller's buffer", async (store) => {
    const data = bytes("before");
    await store.put("a", data);
    data.fill(0);
    assert.equal(await textAt(store, "a"), "before");
  });

  check("put replaces", async (store) => {
    await store.put("a", bytes("one"));
    await store.put("a", bytes("two"));
    assert.equal(await textAt(store, "a"), "two");
    assert.deepEqual(await store.listNames(""), ["a"]);
  });

  check("putIfAbsent refuses a name that is taken and leaves what is there", async (store) => {
    await store.putIfAbsent("log/0", bytes("first"));
    await rejects(store.putIfAbsent("log/0", bytes("second")), "ALREADY_EXISTS", /log\/0/);
    assert.equal(await textAt(store, "log/0"), "first");
    assert.deepEqual(await store.listNames("log"), ["0"]);
  });

  check(
    "of many concurrent putIfAbsent of one name exactly one wins, and its bytes are there",
    async (store) => {
      const attempts = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => store.putIfAbsent("log/0", bytes(`writer ${index}`))),
      );
      const winners = attempts.flatMap((attempt, index) => (attempt.status === "fulfilled" ? [index] : []));
      assert.equal(winners.length, 1);
      assert.equal(await textAt(store, "log/0"), `writer ${winners[0]}`);
      for (const attempt of attempts) {
        if (attempt.status === "rejected") {
          assert.ok(attempt.reason instanceof StoreError);
          assert.equal(attempt.reason.code, "ALREADY_EXISTS");
        }
      }
    },
  );

  check("a name is free again after it was deleted", async (store) => {
    await store.putIfAbsent("a", bytes("one"));
    await store.delete("a");
    await store.putIfAbsent("a", bytes("two"));
    assert.equal(await textAt(store, "a"), "two");
  });

  check("what is not there is NOT_FOUND, by its name", async (store) => {
    await rejects(store.read("a/nothing"), "NOT_FOUND", /a\/nothing/);
    await rejects(store.describe("a/nothing"), "NOT_FOUND", /a\/nothing/);
  });

  check("deleting what is not there is no error", async (store) => {
    await store.delete("a/nothing");
    assert.deepEqual(await store.listNames(""), []);
  });

  check("a folder lists its names sorted, folders among them, and nothing below", async (store) => {
    for (const path of ["f/b", "f/a", "f/c/d", "f/c/e", "fg", "f/10", "f/9"])
      await store.put(path, bytes(path));
    assert.deepEqual(await store.listNames("f"), ["10", "9", "a", "b", "c"]);
    assert.deepEqual(await store.listNames(""), ["f", "fg"]);
    assert.deepEqual(await store.listNames("f/c"), ["d", "e"]);
  });

  check("a listing starts strictly after a name, by bytes, be that name there or not", async (store) => {
    for (const path of ["f/a/x", "f/a-b", "f/b", "f/B", "f/é", "f/\u{ff5e}", "f/\u{1f600}"]) {
      await store.put(path, bytes(path));
    }
    const all = ["B", "a", "a-b", "b", "é", "\u{ff5e}", "\u{1f600}"];
    assert.deepEqual(await store.listNames("f"), all);
    for (const [index, startAfter] of all.entries()) {
      assert.deepEqual(await store.listNames("f", { startAfter }), all.slice(index + 1));
    }
    assert.deepEqual(await store.listNames("f", { startAfter: "" }), all);
    assert.deepEqual(await store.listNames("f", { startAfter: "a," }), all.slice(2));
    assert.deepEqual(await store.listNames("", { startAfter: "f" }), []);
    assert.deepEqual(await store.listNames("nowhere", { startAfter: "a" }), []);
  });

  check("a recursive listing gives every object below a folder, hidden ones too", async (store) => {
    const paths = ["a", "f/a", "f/.hidden", "f/_underscore/.deep/b", "f/p=1/q=x y/c%20d", "fg/e"];
    for (const path of paths) await store.put(path, bytes(path));
    assert.deepEqual(await pathsBelow(store, ""), paths.toSorted());
    assert.deepEqual(await pathsBelow(store, "f"), paths.filter((path) => path.startsWith("f/")).toSorted());
    assert.deepEqual(await pathsBelow(store, "f/p=1"), ["f/p=1/q=x y/c%20d"]);
    assert.deepEqual(await pathsBelow(store, "a"), []);
    assert.deepEqual(await pathsBelow(store, "nowhere"), []);
  });

  check("a recursive listing knows sizes and times", async (store) => {
    const before = Date.now();
    await store.put("f/a", bytes("four"));
    for await (const { path, size, modifiedAtMs } of store.listRecursively("")) {
      assert.deepEqual([path, size], ["f/a", 4]);
      assert.ok(modifiedAtMs > before - 5000 && modifiedAtMs < Date.now() + 5000);
    }
  });

  check("what a recursive listing gives can be deleted while it goes on", async (store) => {
    for (const path of ["a", "f/a", "f/b", "g/h/c"]) await store.put(path, bytes(path));
    for await (const { path } of store.listRecursively("")) await store.delete(path);
    assert.deepEqual(await pathsBelow(store, ""), []);
  });

  check("many objects are deleted at once, and none beside them", async (store) => {
    const names = ["f/a b", "f/100%25", "f/Zürich & <東京>", 'f/"q"', "g/p=1/x", "kept", "f/kept"];
    for (const path of names) await store.put(path, bytes(path));
    await store.deleteMany([...names.slice(0, 5), "f/never-there", "nowhere/at/all"]);
    assert.deepEqual(await pathsBelow(store, ""), ["f/kept", "kept"]);
    await store.deleteMany([]);
    assert.deepEqual(await pathsBelow(store, ""), ["f/kept", "kept"]);
  });

  check("a path that leaves the root is refused by every operation", async (store) => {
    for (const path of ["../a", "a/../../b", "/etc/passwd"]) {
      await rejects(store.read(path), "IO_FAILED", /leaves/);
      await rejects(store.put(path, bytes("x")), "IO_FAILED", /leaves/);
      await rejects(store.putIfAbsent(path, bytes("x")), "IO_FAILED", /leaves/);
      await rejects(store.describe(path), "IO_FAILED", /leaves/);
      await rejects(store.delete(path), "IO_FAILED", /leaves/);
      await rejects(store.deleteMany([path]), "IO_FAILED", /leaves/);
      await rejects(store.listNames(path), "IO_FAILED", /leaves/);
      await rejects(pathsBelow(store, path), "IO_FAILED", /leaves/);
      await rejects(store.localPath(path), "IO_FAILED", /leaves/);
    }
  });

  check("a folder that does not exist is empty", async (store) => {
    assert.deepEqual(await store.listNames("nowhere"), []);
    assert.deepEqual(await store.listNames("nowhere/deeper"), []);
  });

  check("an object is described by its size and time", async (store) => {
    const before = Date.now();
    await store.put("a", bytes("four"));
    const { size, modifiedAtMs } = await store.describe("a");
    assert.equal(size, 4);
    // File systems take their times from a coarser clock.
    assert.ok(modifiedAtMs > before - 5000 && modifiedAtMs < Date.now() + 5000);
  });

  check("names may hold spaces, percent signs, quotes, brackets and any script", async (store) => {
    const names = [
      "a b",
      " at the edges ",
      "100%25",
      "a+b#c=d&e;f~!@$^,{}|",
      'it\'s <"quoted">',
      "[x]*?",
      "line\nbreak",
      "Zürich 東京 \u{1f600}",
      "p=1/q=a%2Fb/part-1.parquet",
    ];
    for (const name of names) {
      await store.put(`f/${name}`, bytes(name));
      assert.equal(await textAt(store, `f/${name}`), name);
      assert.equal(await readFile(await store.localPath(`f/${name}`), "utf8"), name);
    }
    assert.deepEqual(await pathsBelow(store, "f"), names.map((name) => `f/${name}`).toSorted());
    await store.deleteMany(names.map((name) => `f/${name}`));
    assert.deepEqual(await pathsBelow(store, ""), []);
  });

  check("the engine can read an object at its local path", async (store) => {
    await store.put("data/a", bytes("content"));
    assert.equal(await readFile(await store.localPath("data/a"), "utf8"), "content");
  });

  check("what is staged and published becomes an object, in the folders it was staged in", async (store) => {
    const staging = await store.openStaging();
    await stage(staging, "p=1/a.parquet", "A");
    await stage(staging, "b.parquet", "B");
    await staging.publish(["p=1/a.parquet", "b.parquet"]);
    await staging.close();
    assert.equal(await textAt(store, "p=1/a.parquet"), "A");
    assert.equal(await textAt(store, "b.parquet"), "B");
    assert.equal((await store.describe("b.parquet")).size, 1);
    assert.deepEqual(await store.listNames("p=1"), ["a.parquet"]);
  });

  check("what is staged and discarded is gone", async (store) => {
    const staging = await store.openStaging();
    await stage(staging, "a.parquet", "A");
    await staging.discard(["a.parquet", "never-there.parquet"]);
    await staging.close();
    await rejects(store.read("a.parquet"), "NOT_FOUND");
    assert.deepEqual(await store.listNames(""), []);
  });

  check("publishing what was not staged fails with a typed error", async (store) => {
    const staging = await store.openStaging();
    await rejects(staging.publish(["nothing.parquet"]), "NOT_FOUND", /nothing\.parquet|data files/);
    await staging.close();
  });

  check("two staging areas do not disturb each other", async (store) => {
    const [one, two] = await Promise.all([store.openStaging(), store.openStaging()]);
    await stage(one, "a.parquet", "A");
    await stage(two, "b.parquet", "B");
    await one.close();
    await two.publish(["b.parquet"]);
    await two.close();
    assert.equal(await textAt(store, "b.parquet"), "B");
  });
}
