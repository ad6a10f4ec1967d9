import assert from "node:assert/strict";
import { copyFile, open, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DuckDBInstance, ResultReturnType } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";

import { DeltaTable } from "../../src/index.ts";
import type { RecordBatch } from "../../src/index.ts";
import { checkpointPath, commitPath } from "../../src/log/log-files.ts";
import { loadSnapshot } from "../../src/log/snapshot.ts";
import { sampled } from "../../../../test/sampled.ts";
import {
  columns,
  filesOf,
  memoryStore,
  parallelEngine as engine,
  rejects,
  temporaryFolder,
} from "../support/tables.ts";

// A read that fails after its first rows fails: nothing is ever shorter than it is.

const rowCount = 120_000;
const places = { first: 0, middle: rowCount / 2, last: rowCount - 1 } as const;

/** A query that fails at one of its rows. */
function failingAt(row: number, rows = rowCount): string {
  return `SELECT CASE WHEN range = ${row} THEN CAST('x' || range AS INTEGER) ELSE range END AS id FROM range(${rows})`;
}

// The binding documents this nowhere: the engine tells the two ends of a stream apart by it.

async function readToEnd(result: DuckDBResult): Promise<number> {
  let rows = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return rows;
    rows += chunk.rowCount;
  }
}

async function connect(t: TestContext): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  t.after(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return connection;
}

test("the binding leaves a stream's type as it was at a true end", async (t) => {
  const connection = await connect(t);
  for (const sql of [
    `SELECT range FROM range(${rowCount})`,
    "SELECT 1 WHERE false",
    "SELECT range FROM range(100000) ORDER BY range DESC",
    "SELECT range FROM range(100000) LIMIT 0",
    "SELECT count(*) FROM range(10)",
  ]) {
    const result = await connection.stream(sql);
    await readToEnd(result);
    assert.equal(result.returnType, ResultReturnType.QUERY_RESULT, sql);
  }
});

test("the binding makes a stream's type invalid at an error", async (t) => {
  const connection = await connect(t);
  const spoilers: Readonly<Record<string, () => unknown>> = {
    "a second query": () => connection.run("SELECT 1"),
    "a second prepare": () => connection.prepare("SELECT 1"),
    "an interrupt": () => connection.interrupt(),
  };
  for (const [name, spoil] of Object.entries(spoilers)) {
    const result = await connection.stream(`SELECT range FROM range(20000000)`);
    await result.fetchChunk();
    await spoil();
    assert.ok((await readToEnd(result)) < 20_000_000, name);
    assert.equal(result.returnType, ResultReturnType.INVALID, name);
  }
  const failing = await connection.stream(failingAt(550_000, 600_000));
  await readToEnd(failing);
  assert.equal(failing.returnType, ResultReturnType.INVALID);
});

async function drain(batches: AsyncIterable<RecordBatch>): Promise<number> {
  let rows = 0;
  for await (const batch of batches) rows += batch.rowCount;
  return rows;
}

async function bigTable(t: TestContext, fileCount = 1): Promise<DeltaTable> {
  const table = await DeltaTable.create(await temporaryFolder(t), {
    schema: columns({ text: "string", id: "long" }),
    properties: { "delta.enableChangeDataFeed": "true" },
    engine,
  });
  for (let file = 0; file < fileCount; file += 1) {
    await table.append({
      // Texts that do not compress: the file is large enough to be read in many steps.
      sql: `SELECT md5(range::VARCHAR) AS text, range AS id FROM range(${rowCount / fileCount})`,
    });
  }
  return table;
}

async function localFiles(table: DeltaTable): Promise<string[]> {
  return (await filesOf(table)).map((file) => join(table.store.uri, file.path));
}

for (const [name, row] of Object.entries(places)) {
  test(`a value that cannot be cast in the ${name} chunk fails every kind of read`, async (t) => {
    const answer = async (): Promise<number> =>
      drain((await engine.query(failingAt(row), async () => undefined)).batches);
    await rejects(answer(), "INVALID_QUERY", new RegExp(`x${row}`));
    const table = await bigTable(t);
    const where = `CASE WHEN id = ${row} THEN CAST(text AS INTEGER) ELSE 1 END > 0`;
    await rejects(
      (async () => (await table.scan({ where })).rows())(),
      "INVALID_PREDICATE",
      /Could not convert string/,
    );
    await rejects((async () => (await table.scan({ where })).columns())(), "INVALID_PREDICATE");
    await rejects((async () => drain((await table.scan({ where })).batches()))(), "INVALID_PREDICATE");
    await rejects(
      (async () => drain((await table.changes({ fromVersion: 1, where })).batches()))(),
      "INVALID_PREDICATE",
    );
    const session = await engine.openSession();
    t.after(() => session.close());
    await rejects(drain(session.query(failingAt(row))), "INVALID_QUERY", new RegExp(`x${row}`));
    assert.equal((await (await table.scan()).toBatch()).rowCount, rowCount);
  });
}

/** Each fails at a table of one large file, whose path it gets. */
const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
  "bit rot near the beginning": async (path) => rot(path, 0.02),
  "bit rot in the middle": async (path) => rot(path, 0.5),
  "bit rot near the last pages": async (path) => rot(path, 0.9),
  "a file cut to half": async (path) => truncate(path, Math.floor((await stat(path)).size / 2)),
  "an empty file": async (path) => truncate(path, 0),
  "a file that is gone": async (path) => rm(path),
};

/** 4 KiB of noise at a share of the file. */
async function rot(path: string, share: number): Promise<void> {
  const file = await open(path, "r+");
  const { size } = await file.stat();
  const noise = Uint8Array.from({ length: 4096 }, (_, index) => (index * 167 + 13) % 251);
  await file.write(noise, 0, noise.length, Math.floor(size * share));
  await file.close();
}

for (const [name, damage] of sampled("damages", Object.entries(damages), 3)) {
  test(`every kind of read names the file: ${name}`, async (t) => {
    const table = await bigTable(t);
    const [path = ""] = await localFiles(table);
    await damage(path);
    const named = new RegExp(path.slice(path.lastIndexOf("/") + 1));
    const reads: Readonly<Record<string, () => Promise<unknown>>> = {
      rows: async () => (await table.scan()).rows(),
      columns: async () => (await table.scan()).columns(),
      batches: async () => drain((await table.scan()).batches()),
      filtered: async () => drain((await table.scan({ where: "text <> ''" })).batches()),
      sorted: async () => drain((await table.scan({ orderBy: "text" })).batches()),
      changes: async () => drain((await table.changes({ fromVersion: 1 })).batches()),
      query: async () =>
        drain((await engine.query("SELECT * FROM t", async () => table.relation({}))).batches),
      "a query that adds up": async () =>
        (await engine.query("SELECT max(text) FROM t", async () => table.relation({}))).rows(),
      delete: async () => table.delete({ where: "length(text) = 1" }),
      optimize: async () => table.optimize({ zOrderBy: ["text"] }),
    };
    for (const [read, run] of sampled(name, Object.entries(reads), 3)) {
      const error = await rejects(run(), "DATA_FILE_UNREADABLE");
      assert.match(error.message, named, read);
    }
  });
}

test("a file that vanishes while it is read fails the read", async (t) => {
  const table = await bigTable(t, 12);
  const paths = await localFiles(table);
  await rejects(
    (async () => {
      for await (const batch of (await table.scan()).batches()) {
        if (batch.rowCount > 0) for (const path of paths) await rm(path, { force: true });
      }
    })(),
    "DATA_FILE_UNREADABLE",
    /part-/,
  );
});

test("a whole file in the place of another one does not pass for it", async (t) => {
  const table = await bigTable(t);
  const [path = ""] = await localFiles(table);
  const other = await bigTable(t, 12);
  const [shorter = ""] = await localFiles(other);
  await copyFile(shorter, path);
  const error = await rejects((async () => (await table.scan()).rows())(), "DATA_FILE_UNREADABLE");
  assert.match(error.message, /part-.* bytes, and the log says/);
});

test("a second query on a session does not end the first one in silence", async (t) => {
  const session = await engine.openSession();
  t.after(() => session.close());
  await rejects(
    (async () => {
      for await (const batch of session.query("SELECT range AS id FROM range(5000000)"))
        if (batch.rowCount > 0) await session.store("other", "SELECT 1 AS one");
    })(),
    "INVALID_QUERY",
    /ended before the last/,
  );
});

test("a checkpoint that is damaged in its middle is not taken for a shorter one", async (t) => {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, { schema: columns({ id: "long" }), engine });
  const files = 120;
  for (let id = 0; id < files; id += 1) await table.append({ rows: [{ id }] });
  const { version } = await table.checkpoint();
  const path = checkpointPath(version);
  const bytes = Uint8Array.from(await store.read(path));
  // Pages of paths and statistics lie in the first half.
  for (const share of [0.05, 0.2, 0.35, 0.5]) {
    const damaged = Uint8Array.from(bytes);
    const start = Math.floor(bytes.length * share);
    for (let index = 0; index < 256; index += 1) damaged[start + index] = (index * 167 + 13) % 251;
    await store.put(path, damaged);
    const { state } = await loadSnapshot(store, engine, { version });
    assert.equal(state.files.size, files, `damaged at ${share}`);
  }
  await store.put(path, bytes.slice(0, Math.floor(bytes.length / 2)));
  for (let commit = 0; commit < version; commit += 1) await store.delete(commitPath(commit));
  await rejects(loadSnapshot(store, engine, { version }), "CORRUPT_LOG");
});
