import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";
import { concatenateBatches, DeltaTable, RecordBatch } from "finance-feedback-delta";
import type { DuckDbEngine } from "finance-feedback-delta";

import { assertSameTable } from "../../interop/canonical.ts";
import type { Table } from "../../interop/canonical.ts";
import { canonicalTable } from "../../interop/our-engine.ts";
import { quoteText } from "../../packages/delta/src/engine/sql-text.ts";
import { parseSchema } from "../../packages/delta/src/protocol/schema.ts";

const ExpectedMetadata = z.object({
  version: z.number(),
  properties: z.record(z.string(), z.string()),
  min_reader_version: z.number(),
  min_writer_version: z.number(),
});

/**
 * Throws unless our engine reads of a case exactly what it expects.
 *
 * @param version `latest`, or `v` and a number.
 */
export async function assertVersion(
  engine: DuckDbEngine,
  caseFolder: string,
  version: string,
): Promise<void> {
  const expectedFolder = join(caseFolder, "expected", version);
  const metadata = ExpectedMetadata.parse(
    JSON.parse(readFileSync(join(expectedFolder, "table_version_metadata.json"), "utf8")),
  );
  const choice = version === "latest" ? {} : { version: Number(version.slice(1)) };
  const table = await DeltaTable.open(join(caseFolder, "delta"), { engine });
  const { protocol, metadata: ours, version: ourVersion } = await table.snapshot(choice);
  assert.deepEqual(
    {
      version: ourVersion,
      properties: { ...ours.configuration },
      min_reader_version: protocol.minReaderVersion,
      min_writer_version: protocol.minWriterVersion,
    },
    metadata,
  );
  const expected = await expectedTable(engine, join(expectedFolder, "table_content"));
  const scan = await table.scan(choice);
  assertSameTable(canonicalTable(await scan.toBatch()), expected, "our engine");
}

/** Rows from the Parquet files themselves, types from the schema that Spark left in their footers. */
async function expectedTable(engine: DuckDbEngine, folder: string): Promise<Table> {
  const files = quoteText(join(folder, "*.parquet"));
  const footers = await select(
    engine,
    `SELECT DISTINCT decode(value) AS schema FROM parquet_kv_metadata(${files})
     WHERE decode(key) = 'org.apache.spark.sql.parquet.row.metadata'`,
  );
  const [{ schema: schemaText } = {}, ...others] = footers.toRows();
  assert.ok(typeof schemaText === "string" && others.length === 0, `no single schema in ${folder}`);
  const { rowCount, columns, schema } = await select(engine, `SELECT * FROM read_parquet(${files})`);
  const sparkSchema = parseSchema(schemaText);
  assert.deepEqual(
    schema.fields.map(({ name }) => name),
    sparkSchema.fields.map(({ name }) => name),
  );
  // INT96 says nothing of a time zone; a batch's values are the same for both types.
  return canonicalTable(new RecordBatch(sparkSchema, rowCount, columns));
}

async function select(engine: DuckDbEngine, sql: string): Promise<RecordBatch> {
  const { schema, batches } = await engine.query(sql, async () => undefined);
  const collected: RecordBatch[] = [];
  for await (const batch of batches) collected.push(batch);
  return concatenateBatches(schema, collected);
}
