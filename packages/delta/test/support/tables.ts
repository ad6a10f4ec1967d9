import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { TestContext } from "node:test";

import { DeltaError, DeltaTable, DuckDbEngine, field, MemoryStore, structType } from "../../src/index.ts";
import { isLong } from "../../../../test/sampled.ts";
import { messageOf } from "../../src/errors.ts";
import type {
  AddFile,
  CreateOptions,
  DataType,
  DeltaErrorCode,
  ObjectStore,
  StructType,
} from "../../src/index.ts";

export { rejects } from "../../src/testing/rejects.ts";

/** One engine for all tables of a test file. On so few rows a second thread only waits, which costs a third more. */
export const engine: DuckDbEngine = new DuckDbEngine({ threads: isLong ? 2 : 1 });
after(() => engine.close());

/** For tests of many rows, which the engine shares out over its threads. */
export const parallelEngine: DuckDbEngine = new DuckDbEngine({ threads: 2 });
after(() => parallelEngine.close());

/** A folder that goes with the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "delta-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function memoryStore(t: TestContext, options: { readonly now?: () => number } = {}): MemoryStore {
  const store = new MemoryStore(options);
  t.after(() => store.close());
  return store;
}

/** A schema in short: `columns({ id: "long", close: "decimal(18,8)" })`. */
export function columns(types: Readonly<Record<string, DataType>>): StructType {
  return structType(Object.entries(types).map(([name, type]) => field(name, type)));
}

/** A new table in memory, with the engine of all unless another is named. */
export async function memoryTable(
  t: TestContext,
  options: CreateOptions,
  itsEngine: DuckDbEngine = engine,
): Promise<DeltaTable> {
  return DeltaTable.create(memoryStore(t), { ...options, engine: itsEngine });
}

/** A table of one column, `id`, with one row and one commit for each version from 1 on. */
export async function countingTable(store: ObjectStore, versions: number): Promise<DeltaTable> {
  const table = await DeltaTable.create(store, { schema: columns({ id: "long" }), engine });
  for (let id = 1; id <= versions; id += 1) await table.append({ rows: [{ id }] });
  return table;
}

/** The values of a column named `id`, sorted. */
export async function idsOf(
  table: DeltaTable,
  options: { readonly version?: number } = {},
): Promise<number[]> {
  const rows = await (await table.scan(options)).rows();
  return rows.map((row) => Number(row["id"])).toSorted((left, right) => left - right);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

export async function filesOf(table: DeltaTable): Promise<AddFile[]> {
  return [...(await table.snapshot()).files];
}

/** The statistics of a table's only file. */
export async function statisticsOf(table: DeltaTable): Promise<string> {
  const files = await filesOf(table);
  assert.equal(files.length, 1);
  return files[0]?.stats ?? "";
}

export async function writeText(store: ObjectStore, path: string, text: string): Promise<void> {
  await store.put(path, Buffer.from(text, "utf8"));
}

export async function readText(store: ObjectStore, path: string): Promise<string> {
  return Buffer.from(await store.read(path)).toString("utf8");
}

/** Fails unless the work fails at once with an error of the given code whose message matches. */
export function throws(work: () => unknown, code: DeltaErrorCode, message: RegExp = /./s): void {
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof DeltaError, `not a typed error: ${messageOf(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}
