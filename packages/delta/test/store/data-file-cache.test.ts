import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import * as fc from "fast-check";

import { DataFileCache } from "../../src/store/data-file-cache.ts";
import { StoreError } from "../../src/store/object-store.ts";
import { rejects, temporaryFolder } from "../support/tables.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Where objects come from: each has its name as its content, again and again. */
class Source {
  readonly downloads: string[] = [];

  readonly from =
    (name: string, size: number) =>
    async (target: string): Promise<void> => {
      this.downloads.push(name);
      await writeFile(target, contentOf(name, size));
    };
}

/** A download that fails halfway. */
function breakOff(error: Error): (target: string) => Promise<void> {
  return async (target) => {
    await writeFile(target, "half");
    throw error;
  };
}

function contentOf(name: string, size: number): string {
  return name.repeat(size).slice(0, size);
}

/** A cache whose time stands still until it is set, and whose objects have 100 bytes. */
class Bench {
  readonly folder: string;
  readonly source = new Source();
  readonly cache: DataFileCache;
  nowMs: number = Date.now();

  private constructor(folder: string, sizeBytes: number) {
    this.folder = folder;
    this.cache = this.another(sizeBytes);
  }

  static async open(t: TestContext, sizeBytes: number): Promise<Bench> {
    return new Bench(join(await temporaryFolder(t), "cache"), sizeBytes);
  }

  /** As another process would have it. */
  another(sizeBytes: number): DataFileCache {
    return new DataFileCache({ folder: this.folder, sizeBytes, now: () => this.nowMs });
  }

  async get(name: string, cache: DataFileCache = this.cache): Promise<string> {
    const path = await cache.get({ identity: name, size: 100 }, this.source.from(name, 100));
    assert.equal(await readFile(path, "utf8"), contentOf(name, 100));
    return path;
  }
}

test("an object is downloaded once, by its identity and size", async (t) => {
  const { cache, source } = await Bench.open(t, 1000);
  const first = await cache.get({ identity: "a", size: 10 }, source.from("a", 10));
  assert.equal(await cache.get({ identity: "a", size: 10 }, source.from("a", 10)), first);
  assert.equal(await readFile(first, "utf8"), "aaaaaaaaaa");
  await cache.get({ identity: "a", size: 11 }, source.from("a", 11));
  await cache.get({ identity: "b", size: 10 }, source.from("b", 10));
  assert.deepEqual(source.downloads, ["a", "a", "b"]);
});

test("concurrent requests for an object share one download", async (t) => {
  const bench = await Bench.open(t, 1000);
  const paths = await Promise.all(Array.from({ length: 20 }, () => bench.get("a")));
  assert.equal(new Set(paths).size, 1);
  assert.deepEqual(bench.source.downloads, ["a"]);
});

test("concurrent requests share a failed download, and the next request tries again", async (t) => {
  const bench = await Bench.open(t, 1000);
  const both = await Promise.allSettled([
    bench.cache.get({ identity: "a", size: 100 }, breakOff(new StoreError("NOT_FOUND", "it is gone"))),
    bench.cache.get({ identity: "a", size: 100 }, bench.source.from("a", 100)),
  ]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.deepEqual(await readdir(bench.folder), []);
  await bench.get("a");
});

test("a download of another size is refused, and nothing of it stays", async (t) => {
  const { cache, folder, source } = await Bench.open(t, 1000);
  await rejects(
    cache.get({ identity: "a", size: 10 }, source.from("a", 9)),
    "IO_FAILED",
    /9 bytes, the object 10/,
  );
  assert.deepEqual(await readdir(folder), []);
});

test("a full disk is reported with the folder's name, and nothing of the download stays", async (t) => {
  const { cache, folder } = await Bench.open(t, 1000);
  const full = breakOff(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }));
  const error = await rejects(
    cache.get({ identity: "a", size: 10 }, full),
    "IO_FAILED",
    /ENOSPC.*cacheFolder/,
  );
  assert.ok(error.message.includes(folder));
  assert.deepEqual(await readdir(folder), []);
});

test("above the limit, the longest unused copies go first", async (t) => {
  const bench = await Bench.open(t, 250);
  for (const name of ["a", "b", "c"]) {
    await bench.get(name);
    bench.nowMs += 2 * minuteMs;
  }
  bench.nowMs += 2 * hourMs;
  await bench.get("a");
  bench.nowMs += 2 * hourMs;
  const d = await bench.get("d");
  assert.equal((await readdir(bench.folder)).length, 2);
  assert.ok(existsSync(d));
  await bench.get("a");
  assert.deepEqual(bench.source.downloads, ["a", "b", "c", "d"]);
});

test("a path that was handed out stays good for an hour, far above the limit too", async (t) => {
  const bench = await Bench.open(t, 10);
  const paths: string[] = [];
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    paths.push(await bench.get(name));
    bench.nowMs += 10 * minuteMs;
  }
  assert.deepEqual(
    paths.map((path) => existsSync(path)),
    paths.map(() => true),
  );
  bench.nowMs += hourMs;
  const last = await bench.get("g");
  assert.deepEqual(
    paths.map((path) => existsSync(path)),
    paths.map(() => false),
  );
  assert.ok(existsSync(last));
});

test("a copy that is used again and again stays, however long ago it was downloaded", async (t) => {
  const bench = await Bench.open(t, 10);
  const path = await bench.get("a");
  for (let minute = 0; minute < 300; minute += 30) {
    bench.nowMs += 30 * minuteMs;
    assert.equal(await bench.get("a"), path);
    await bench.get(`other ${minute}`);
  }
  assert.equal(bench.source.downloads.filter((name) => name === "a").length, 1);
});

test("processes share a folder: one uses what the other has downloaded, and keeps what it uses", async (t) => {
  const bench = await Bench.open(t, 150);
  const other = bench.another(150);
  const path = await bench.get("a");
  bench.nowMs += 2 * hourMs;
  assert.equal(await bench.get("a", other), path);
  await bench.get("b");
  await bench.get("c");
  assert.ok(existsSync(path));
  assert.deepEqual(bench.source.downloads, ["a", "b", "c"]);
});

test("the leftover of a crashed download is never used, and is removed when it is old", async (t) => {
  const bench = await Bench.open(t, 1000);
  await mkdir(bench.folder);
  const [old, young] = [1, 2].map((digit) =>
    join(bench.folder, `${String(digit).repeat(8)}-0000-0000-0000-000000000000.partial`),
  );
  assert.ok(old !== undefined && young !== undefined);
  for (const path of [old, young]) await writeFile(path, contentOf("a", 100));
  const longAgo = new Date(bench.nowMs - 2 * hourMs);
  await utimes(old, longAgo, longAgo);
  await bench.get("a");
  assert.deepEqual(bench.source.downloads, ["a"]);
  assert.equal(existsSync(old), false);
  assert.equal(existsSync(young), true);
});

test("a copy that a power cut has shortened is downloaded anew", async (t) => {
  const bench = await Bench.open(t, 1000);
  await writeFile(await bench.get("a"), "");
  await bench.get("a");
  assert.deepEqual(bench.source.downloads, ["a", "a"]);
});

test("a folder that is removed meanwhile is made again", async (t) => {
  const bench = await Bench.open(t, 1000);
  await bench.get("a");
  await rm(bench.folder, { recursive: true });
  await bench.get("a");
  assert.deepEqual(bench.source.downloads, ["a", "a"]);
});

test("other files in a chosen folder are left alone", async (t) => {
  const bench = await Bench.open(t, 1);
  await mkdir(join(bench.folder, "folder"), { recursive: true });
  const mine = join(bench.folder, "letters.txt");
  await writeFile(mine, "dear");
  const longAgo = new Date(bench.nowMs - 24 * hourMs);
  await utimes(mine, longAgo, longAgo);
  await bench.get("a");
  bench.nowMs += 2 * hourMs;
  await bench.get("b");
  assert.equal(await readFile(mine, "utf8"), "dear");
  assert.equal((await readdir(bench.folder)).length, 3);
});

test("a file whose object was just written becomes its copy without a download", async (t) => {
  const bench = await Bench.open(t, 1000);
  const written = join(await temporaryFolder(t), "written");
  await writeFile(written, contentOf("a", 100));
  await bench.cache.adopt({ identity: "a", size: 100 }, written);
  await bench.get("a");
  assert.deepEqual(bench.source.downloads, []);
});

test("a cache that cannot take a written file goes without it", async (t) => {
  const bench = await Bench.open(t, 1000);
  await bench.cache.adopt({ identity: "a", size: 100 }, join(bench.folder, "nothing"));
  await bench.get("a");
  assert.deepEqual(bench.source.downloads, ["a"]);
});

test("the shared temporary folder is not trusted: a folder of ours that others can write to is refused", async (t) => {
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = await temporaryFolder(t);
  t.after(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  });
  const source = new Source();
  const cache = new DataFileCache();
  const path = await cache.get({ identity: "a", size: 1 }, source.from("a", 1));
  assert.equal((await stat(cache.folder)).mode & 0o777, 0o700);
  await chmod(cache.folder, 0o777);
  await rejects(
    cache.get({ identity: "a", size: 1 }, source.from("a", 1)),
    "IO_FAILED",
    /not this user's alone.*cacheFolder/,
  );
  assert.ok(existsSync(path));
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ object: fc.nat(11), process: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ waitMinutes: fc.integer({ min: 1, max: 90 }) }) },
);
const scenario = fc.record({
  steps: fc.array(step, { maxLength: 60 }),
  limit: fc.integer({ min: 0, max: 900 }),
  isShared: fc.boolean(),
});

test("whatever is asked for, what an hour has used is there, and only that exceeds the limit", async (t) => {
  const folder = await temporaryFolder(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ steps, limit, isShared }) => {
      run += 1;
      let nowMs = Date.now();
      const options = { folder: join(folder, String(run)), sizeBytes: limit, now: () => nowMs };
      const first = new DataFileCache(options);
      const second = isShared ? new DataFileCache(options) : first;
      const source = new Source();
      const usedAtMs = new Map<string, number>();
      for (const next of steps) {
        if ("waitMinutes" in next) {
          nowMs += next.waitMinutes * minuteMs;
          continue;
        }
        const name = `object ${next.object} `;
        // More than a twentieth of any limit: the bytes that may come in unseen.
        const size = 50 + 10 * next.object;
        const downloadsBefore = source.downloads.length;
        const cache = next.process === 0 ? first : second;
        const path = await cache.get({ identity: name, size }, source.from(name, size));
        assert.equal(await readFile(path, "utf8"), contentOf(name, size));
        usedAtMs.set(path, nowMs);
        for (const [used, atMs] of usedAtMs) if (nowMs - atMs < hourMs) assert.ok(existsSync(used));
        const hasDownloaded = source.downloads.length > downloadsBefore;
        if (hasDownloaded && !isShared) await assertWithin(options.folder, limit, nowMs);
      }
    }),
    { numRuns: 60 },
  );
});

async function assertWithin(folder: string, limit: number, nowMs: number): Promise<void> {
  let total = 0;
  let hasUnused = false;
  for (const name of await readdir(folder)) {
    const info = await stat(join(folder, name));
    total += info.size;
    hasUnused ||= nowMs - info.mtimeMs >= hourMs + minuteMs;
  }
  assert.ok(total <= limit || !hasUnused, `${total} bytes, some of them unused; the limit is ${limit}`);
}
