// A data file whose footer is damaged is named by every way of reading it.
import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { columns, engine, filesOf, rejects, temporaryFolder } from "../support/tables.ts";

const schema = columns({ id: "long", text: "string" });

/** Bytes that are written over the end of a file, so many before its end. */
const damages: Readonly<Record<string, { readonly before: number; readonly bytes: Uint8Array }>> = {
  "no magic": { before: 4, bytes: Buffer.from("????") },
  "a length beyond the file": { before: 8, bytes: Uint8Array.of(0xff, 0xff, 0xff, 0x7f) },
  "a length of nothing": { before: 8, bytes: new Uint8Array(4) },
  "noise in the footer": { before: 120, bytes: Uint8Array.from({ length: 60 }, (_, index) => index * 37) },
  "noughts in the footer": { before: 200, bytes: new Uint8Array(150) },
};

interface Damaged {
  readonly table: DeltaTable;
  readonly folder: string;
  /** The name of the damaged file. */
  readonly name: string;
}

async function damagedTable(t: TestContext, damage: string, mode: string): Promise<Damaged> {
  const folder = await temporaryFolder(t);
  const properties = mode === "none" ? undefined : { "delta.columnMapping.mode": mode };
  const table = await DeltaTable.create(join(folder, "table"), { schema, engine, properties });
  await table.append({ rows: [{ id: 1, text: "whole" }] });
  await table.append({ sql: "SELECT range AS id, md5(range::VARCHAR) AS text FROM range(50)" });
  const files = (await filesOf(table)).toSorted((left, right) => right.size - left.size);
  const path = files[0]?.path ?? "";
  const { before, bytes } = damages[damage] ?? { before: 0, bytes: new Uint8Array() };
  const file = await open(join(folder, "table", path), "r+");
  const { size } = await file.stat();
  await file.write(bytes, 0, bytes.length, size - before);
  await file.close();
  return { table, folder, name: path };
}

const reads: Readonly<Record<string, (damaged: Damaged) => Promise<unknown>>> = {
  scan: async ({ table }) => (await table.scan()).rows(),
  "scan with a filter": async ({ table }) => (await table.scan({ where: "text > ''" })).rows(),
  query: async ({ table }) => (await engine.query("SELECT * FROM t", async () => table.relation({}))).rows(),
  "query that counts": async ({ table }) =>
    (await engine.query("SELECT count(*) FROM t", async () => table.relation({}))).rows(),
  "query that is cast": async ({ table }) =>
    (await engine.query("SELECT id::UTINYINT AS id FROM t", async () => table.relation({}))).rows(),
  "query into a file": async ({ table, folder }) =>
    engine.writeQuery("SELECT * FROM t", async () => table.relation({}), {
      localPath: join(folder, "answer.parquet"),
    }),
  update: async ({ table }) => table.update({ set: { id: "id + 1" } }),
  delete: async ({ table }) => table.delete({ where: "id % 2 = 0" }),
  merge: async ({ table }) =>
    table
      .merge({ source: { rows: [{ id: 1, text: "x" }] }, on: "target.id = source.id" })
      .whenMatchedUpdateAll()
      .execute(),
  optimize: async ({ table }) => table.optimize({ zOrderBy: ["id"] }),
  "append of a query": async ({ table, folder }) => {
    const other = await DeltaTable.create(join(folder, "other"), { schema, engine });
    return other.append({ sql: "SELECT * FROM t" }, { tables: { t: table } });
  },
  "merge of a query": async ({ table, folder }) => {
    const other = await DeltaTable.create(join(folder, "merged"), { schema, engine });
    return other
      .merge({ source: { sql: "SELECT * FROM t" }, on: "target.id = source.id", tables: { t: table } })
      .whenNotMatchedInsertAll()
      .execute();
  },
};

for (const mode of ["none", "id"])
  for (const damage of Object.keys(damages))
    test(`a file with ${damage} is named by every read (column mapping ${mode})`, async (t) => {
      const damaged = await damagedTable(t, damage, mode);
      for (const [read, run] of Object.entries(reads)) {
        const error = await rejects(run(damaged), "DATA_FILE_UNREADABLE");
        assert.ok(error.message.includes(damaged.name), `${read}: ${error.message}`);
      }
    });

test("a file that only the query itself names is no file of a table", async (t) => {
  const missing = join(await temporaryFolder(t), "missing.parquet");
  const query = async (): Promise<unknown> =>
    (await engine.query(`SELECT * FROM '${missing}'`, async () => undefined)).rows();
  const error = await rejects(query(), "INVALID_QUERY", /missing\.parquet/);
  assert.doesNotMatch(error.message, /table/);
  const table = await DeltaTable.create(join(await temporaryFolder(t), "table"), { schema, engine });
  await table.append({ rows: [{ id: 1 }] });
  const where = `id IN (SELECT id FROM '${missing}')`;
  await rejects(
    (async () => (await table.scan({ where })).rows())(),
    "INVALID_PREDICATE",
    /missing\.parquet/,
  );
  await rejects(table.append({ sql: `SELECT * FROM '${missing}'` }), "INVALID_QUERY", /missing\.parquet/);
});
