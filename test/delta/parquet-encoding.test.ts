import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/delta/index.ts";
import type { DataType } from "../../src/delta/index.ts";
import { columns, engine, filesOf, temporaryFolder } from "./tables.ts";

/** The encodings of a file of 20,000 rows with an integer, a text and one more column. */
async function encodingsOf(t: TestContext, type: DataType, value: string): Promise<Set<string>> {
  const folder = await temporaryFolder(t);
  const schema = columns({ id: "long", name: "string", extra: type });
  const table = await DeltaTable.create(folder, { schema, engine });
  const sql = `SELECT i AS id, 'name ' || i AS name, ${value} AS extra FROM range(20000) AS ids(i)`;
  await table.append({ sql });
  const [file] = await filesOf(table);
  const path = join(folder, file?.path ?? "").replaceAll("'", "''");
  const answer = await engine.query(
    `SELECT DISTINCT unnest(string_split(encodings, ', ')) AS encoding FROM parquet_metadata('${path}')`,
    async () => undefined,
  );
  const encodings = new Set<string>();
  for await (const batch of answer.batches)
    for (const row of batch.toRows()) encodings.add(String(row["encoding"]));
  return encodings;
}

const withoutFloatingPoint: readonly (readonly [DataType, string])[] = [
  ["decimal(18,8)", "(i * 7)::DECIMAL(18,8)"],
  ["timestamp", "TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_minutes(i)"],
  [{ type: "array", elementType: "long", containsNull: true }, "[i, NULL]"],
];

test("numbers and texts are stored as deltas", async (t) => {
  for (const [type, value] of withoutFloatingPoint) {
    const encodings = await encodingsOf(t, type, value);
    assert.ok(encodings.has("DELTA_BINARY_PACKED"), [...encodings].join());
    assert.ok(encodings.has("DELTA_LENGTH_BYTE_ARRAY"), [...encodings].join());
  }
});

const withFloatingPoint: readonly (readonly [DataType, string])[] = [
  ["double", "i / 7"],
  ["float", "(i / 7)::FLOAT"],
  [columns({ inner: "double" }), "{'inner': i / 7}"],
  [{ type: "array", elementType: "float", containsNull: true }, "[(i / 7)::FLOAT]"],
  [{ type: "map", keyType: "string", valueType: "double", valueContainsNull: true }, "MAP {'key': i / 7}"],
];

test("a file with floating point has only the encodings that every reader knows", async (t) => {
  const known = new Set(["PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY"]);
  for (const [type, value] of withFloatingPoint) {
    const encodings = await encodingsOf(t, type, value);
    assert.deepEqual(
      [...encodings].filter((encoding) => !known.has(encoding)),
      [],
    );
  }
});
