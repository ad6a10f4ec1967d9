import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { StoreError } from "../../src/delta/index.ts";
import type { ObjectStore, StagingArea } from "../../src/delta/index.ts";
import { rejects } from "./tables.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

async function textAt(store: ObjectStore, path: string): Promise<string> {
  return Buffer.from(await store.read(path)).toString("utf8");
}

async function stage(staging: StagingArea, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(staging.folder, path)), { recursive: true });
  await writeFile(join(staging.folder, path), text);
}

/** The tests that every store must pass. */
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
    for (const name of ["a b", "100%25", "it's", "[x]*?", "Zürich 東京", "p=1/q=a%2Fb/part-1.parquet"]) {
      await store.put(name, bytes(name));
      assert.equal(await textAt(store, name), name);
      assert.equal(await readFile(await store.localPath(name), "utf8"), name);
    }
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
