import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

import { DeltaTable, field, structType } from "finance-feedback-delta";
import type { DuckDbEngine } from "finance-feedback-delta";
import { quoteText } from "../../packages/delta/src/engine/sql-text.ts";

const schema = structType([field("id", "long"), field("price", "decimal(18,8)"), field("symbol", "string")]);

/** What a table must hold at a version, as SQL rows that our engine has no part in. */
interface Expected {
  readonly folder: string;
  readonly version: number;
  readonly rows: string;
}

interface MadeCase {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly partitionBy: readonly string[];
  readonly protocol: readonly [reader: number, writer: number];
  readonly work: (table: DeltaTable) => Promise<unknown>;
  readonly expected: readonly Expected[];
}

const first = "(1, 42000.5, 'BTC'), (2, 2500, 'ETH'), (3, NULL, NULL)";

const cases: readonly MadeCase[] = [
  {
    name: "plain",
    properties: {},
    partitionBy: [],
    protocol: [1, 2],
    work: (table) => table.append({ rows: [{ id: 4, price: "0.00000001", symbol: "é" }] }),
    expected: [
      { folder: "v1", version: 1, rows: first },
      { folder: "latest", version: 2, rows: `${first}, (4, 0.00000001, 'é')` },
    ],
  },
  {
    name: "partitioned",
    properties: {},
    partitionBy: ["symbol"],
    protocol: [1, 2],
    work: (table) => table.delete({ where: "symbol = 'ETH'" }),
    expected: [
      { folder: "v1", version: 1, rows: first },
      { folder: "latest", version: 2, rows: "(1, 42000.5, 'BTC'), (3, NULL, NULL)" },
    ],
  },
  {
    name: "deletion_vectors",
    properties: { "delta.enableDeletionVectors": "true" },
    partitionBy: [],
    protocol: [3, 7],
    work: (table) => table.delete({ where: "id = 1" }),
    expected: [
      { folder: "v1", version: 1, rows: first },
      { folder: "latest", version: 2, rows: "(2, 2500, 'ETH'), (3, NULL, NULL)" },
    ],
  },
];

/** Writes a few cases in the layout of the Delta Acceptance Tests, with what they expect beside them. */
export async function makeCases(folder: string, engine: DuckDbEngine): Promise<void> {
  for (const { name, properties, partitionBy, protocol, work, expected } of cases) {
    const table = await DeltaTable.create(join(folder, name, "delta"), {
      schema,
      properties,
      partitionBy,
      engine,
    });
    await table.append({
      rows: [
        { id: 1, price: "42000.5", symbol: "BTC" },
        { id: 2, price: "2500", symbol: "ETH" },
        { id: 3, price: null, symbol: null },
      ],
    });
    await work(table);
    const [reader, writer] = protocol;
    for (const { folder: at, version, rows } of expected) {
      const target = join(folder, name, "expected", at);
      await writeRows(join(target, "table_content"), rows);
      const metadata = { version, properties, min_reader_version: reader, min_writer_version: writer };
      writeFileSync(join(target, "table_version_metadata.json"), JSON.stringify(metadata));
    }
  }
}

/** A Parquet file as Spark writes it: with the schema in its footer. */
async function writeRows(folder: string, rows: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  try {
    await connection.run(
      `COPY (SELECT id::BIGINT AS id, price::DECIMAL(18,8) AS price, symbol::VARCHAR AS symbol
             FROM (VALUES ${rows}) AS given(id, price, symbol))
       TO ${quoteText(join(folder, "part-0.parquet"))}
       (FORMAT parquet, KV_METADATA {'org.apache.spark.sql.parquet.row.metadata': ${quoteText(JSON.stringify(schema))}})`,
    );
  } finally {
    connection.closeSync();
  }
}
