import { createHash } from "node:crypto";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import type { CreateOptions, ObjectStore, Row, VersionChoice } from "../../src/index.ts";
import { lastCommit } from "./commits.ts";
import { engine, memoryStore } from "./tables.ts";

/** A table in memory with one commit, and for each partition one file, for each group of rows. */
export async function tableOf(
  t: TestContext,
  options: CreateOptions,
  groups: readonly (readonly Row[])[],
): Promise<DeltaTable> {
  const table = await DeltaTable.create(memoryStore(t), { ...options, engine });
  for (const rows of groups) await table.append({ rows });
  return table;
}

/** A table's rows in the order of their first column. */
export async function rowsOf(table: DeltaTable, choice: VersionChoice = {}): Promise<Row[]> {
  return (await table.scan({ ...choice, orderBy: "1" })).rows();
}

/** What the newest commit says of itself. */
export async function operationOf(table: DeltaTable): Promise<{
  readonly operation: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
}> {
  const { info } = await lastCommit(table);
  return {
    operation: info.operation,
    parameters: { ...info.operationParameters },
    metrics: { ...info.operationMetrics },
  };
}

/** Every object of a store, with a digest of its bytes. */
export async function contentsOf(store: ObjectStore): Promise<Readonly<Record<string, string>>> {
  const contents: Record<string, string> = {};
  for await (const { path } of store.listRecursively(""))
    contents[path] = createHash("sha256")
      .update(await store.read(path))
      .digest("hex");
  return contents;
}

/** The chosen ones of a record's values. */
export function pick<Value>(
  record: Readonly<Record<string, Value>>,
  ...names: readonly string[]
): Readonly<Record<string, Value | undefined>> {
  return Object.fromEntries(names.map((name) => [name, record[name]]));
}
