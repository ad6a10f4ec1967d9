import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import type { DataType } from "../../src/index.ts";
import { columns, engine, filesOf, temporaryFolder } from "../support/tables.ts";

/** The encodings of a file of 20,000 rows with an integer, a text and one more column. */
async function encodingsOf(t: TestContext, type: DataType, value: string): Promise<Set<string>> {
  const folder = await temporaryFolder(t);
  const schema = columns({ id: "long", name: "string", extra: type });
  const table = await DeltaTable.create(folder, { schema, engine });
  const sql = `SELECT i AS id, 'name ' || i AS name, ${value} AS extra FROM range(20000) AS ids(i)`;
  await table.append({ sql });
  const [file] = await filesOf(table);
  const path = join(folder, file?.path ?? "").replaceAll("'", "''");
  const result = await engine.query(
    `SELECT DISTINCT unnest(string_split(encodings, ', ')) AS encoding FROM parquet_metadata('${path}')`,
    async () => undefined,
  );
  const encodings = new Set<string>();
  for await (const batch of result.batches)
    for (const row of batch.toRows()) encodings.add(String(row["encoding"]));
  return encodings;
}

const types: readonly (readonly [DataType, string])[] = [
  ["decimal(18,8)", "(i * 7)::DECIMAL(18,8)"],
  ["timestamp", "TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_minutes(i)"],
  ["double", "i / 3"],
  [{ type: "array", elementType: "long", containsNull: true }, "[i, NULL]"],
];

test("values are stored in the encodings that every reader of Parquet knows", async (t) => {
  const known = new Set(["PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY", "BIT_PACKED"]);
  for (const [type, value] of types) {
    const encodings = [...(await encodingsOf(t, type, value))];
    assert.deepEqual(
      encodings.filter((encoding) => !known.has(encoding)),
      [],
    );
  }
});
