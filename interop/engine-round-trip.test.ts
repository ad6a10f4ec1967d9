// Our engine and its peers on the same tables: what we write they read, what they write we read, value by value;
// then each continues a table that the other made.
import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { engineInfo } from "../packages/delta/src/version.ts";
import { allTypes } from "./all-types.ts";
import { assertSameRows, assertSameTable, type Row, type Table, type Value } from "./canonical.ts";
import { marketRows, marketTable, sparkQuery } from "./market-table.ts";
import { PeerError } from "./peer-error.ts";
import type { HistoryEntry } from "./peer.ts";
import { sparkTable, Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, spark, deltaRs, chdb, everyone } = bench;

const layouts: readonly { readonly name: string; readonly partitionBy: readonly string[] }[] = [
  { name: "not partitioned", partitionBy: [] },
  { name: "partitioned by hostile text", partitionBy: ["venue"] },
  { name: "partitioned by text that may be empty", partitionBy: ["asset_pair"] },
  { name: "partitioned by dates and timestamps", partitionBy: ["day", "timestamp"] },
  { name: "partitioned by numbers and booleans", partitionBy: ["trade_id", "close", "is_mock"] },
];

describe("a table that we write", () => {
  for (const { name, partitionBy } of layouts) {
    it(`is read by every peer: ${name}`, async () => {
      const path = bench.path(`ours ${name}`);
      await ours.write(path, marketTable, { partitionBy });
      await bench.assertReadBy(everyone, path, asPartitionedBy(marketTable, partitionBy));
    });
  }

  it("is read by every peer with nested and narrow types", async () => {
    const path = bench.path("ours all types");
    await ours.write(path, allTypes);
    await bench.assertReadBy([spark, deltaRs], path, allTypes);
    assertSameTable(await ours.read(path), inMilliseconds(allTypes), "our engine");
    // chdb gives empty structs, arrays and maps for those that are null.
    const withoutNulls = { ...allTypes, rows: allTypes.rows.filter((row) => row["struct"] !== null) };
    const chdbPath = bench.path("ours all types for chdb");
    await ours.write(chdbPath, withoutNulls);
    const read = await chdb.read(chdbPath, { types: { bytes: "binary", local_time: "timestamp_ntz" } });
    assertSameTable(read, withoutNulls, "chdb");
  });

  it("holds years far from ours", async () => {
    for (const { name, partitionBy } of [
      { name: "plain", partitionBy: [] },
      { name: "partitioned", partitionBy: ["day", "timestamp"] },
    ]) {
      const path = bench.path(`ours far years ${name}`);
      await ours.write(path, farYears, { partitionBy });
      await bench.assertReadBy([ours, spark, deltaRs], path, farYears);
    }
  });

  it("is read at each of its versions, and from its checkpoint alone", async () => {
    const path = bench.path("ours versions");
    const configuration = { "delta.checkpointInterval": "2" };
    await ours.create(path, marketTable.schema, { partitionBy: ["venue"], properties: configuration });
    for (const [index, row] of marketTable.rows.entries()) {
      const table = { ...marketTable, rows: [row] };
      await ours.write(path, table, { mode: "append", transactions: { ingester: index } });
    }
    const newest = marketTable.rows.length;
    for (let version = 0; version <= newest; version += 1) {
      const expected = { ...marketTable, rows: marketTable.rows.slice(0, version) };
      await bench.assertReadBy(everyone, path, expected, { version });
    }
    await keepOnlyCheckpoint(path, newest);
    await bench.assertReadBy(everyone, path, marketTable);
    assert.equal(await deltaRs.transactionVersion(path, "ingester"), newest - 1);
    assert.deepEqual((await spark.detail(path)).configuration, configuration);
  });

  it("gives every peer statistics and partition values that lose no row", async () => {
    for (const partitionBy of [[], ["venue"], ["day"], ["asset_pair", "is_mock"]]) {
      const path = bench.path(`ours statistics ${partitionBy.join()}`);
      await ours.create(path, marketTable.schema, { partitionBy });
      for (const row of marketTable.rows) {
        await ours.write(path, { ...marketTable, rows: [row] }, { mode: "append" });
      }
      const written = asPartitionedBy(marketTable, partitionBy);
      for (const { where, matches } of conditions) {
        const expected = { ...written, rows: written.rows.filter((row) => matches(row)) };
        await bench.assertReadBy(everyone, path, expected, { where });
      }
    }
  });

  it("gives bounds of long text that hold", async () => {
    const path = bench.path("ours long text");
    const schema = [{ name: "text", type: "string" }];
    const texts = [31, 32, 33].flatMap((length) =>
      ["a", "\u{7f}", "\u{7ff}", "\u{ffff}", "\u{1f600}", "\u{10ffff}"].map(
        (end) => "x".repeat(length) + end.repeat(3),
      ),
    );
    await ours.create(path, schema);
    for (const text of texts) {
      await ours.write(path, { schema, rows: [{ text }] }, { mode: "append" });
    }
    for (const reader of everyone) {
      const found = [];
      for (const text of texts) {
        found.push(...(await reader.read(path, { where: `text = '${text}'` })).rows);
      }
      assertSameRows(
        found,
        texts.map((text) => ({ text })),
        reader.name,
      );
    }
  });
});

describe("a table that Spark writes", () => {
  for (const { name, partitionBy } of layouts) {
    it(`is read by us: ${name}`, async () => {
      const path = bench.path(`spark ${name}`);
      await bench.writeWithSpark(path, marketTable, partitionedBy(partitionBy));
      await bench.assertReadBy([ours], path, asPartitionedBy(marketTable, partitionBy));
    });
  }

  it("is read by us with nested and narrow types", async () => {
    const [source, path] = [bench.path("all types source"), bench.path("spark all types")];
    await deltaRs.write(source, allTypes);
    // Spark writes no names with spaces, such as that of one member.
    await spark.sql(
      `CREATE TABLE ${sparkTable(path)} USING delta AS
         SELECT * EXCEPT (struct), CAST(struct AS struct<when: timestamp, prices: array<decimal(10,2)>>) AS struct
         FROM ${sparkTable(source)}`,
    );
    const [expected, read] = [await spark.read(path), await ours.read(path)];
    assert.equal(expected.rows.length, allTypes.rows.length);
    assertSameTable(read, inMilliseconds(expected), "our engine");
  });

  it("is read by us after deletes, updates, merges and compaction, at every version and time", async () => {
    for (const clauses of ["", "PARTITIONED BY (venue)"]) {
      const path = bench.path(`spark commands ${clauses}`);
      const table = sparkTable(path);
      await bench.writeWithSpark(path, marketTable, clauses);
      await spark.sql(
        `DELETE FROM ${table} WHERE id = 1`,
        `UPDATE ${table} SET close = close + 1, asset_pair = 'moved' WHERE id = 2`,
        `INSERT INTO ${table} ${sparkQuery(marketRows((id) => id === 1))}`,
        `MERGE INTO ${table} AS target USING (${sparkQuery(marketTable)}) AS source ON target.id = source.id
           WHEN MATCHED AND source.id > 3 THEN DELETE
           WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`,
        `OPTIMIZE ${table}`,
        `DELETE FROM ${table} WHERE id = 3`,
      );
      for (const { version, timestamp } of await spark.history(path)) {
        const expected = await spark.read(path, { version });
        assertSameTable(await ours.read(path, { version }), expected, `our engine, version ${version}`);
        assert.equal((await ours.read(path, { timestamp })).version, version);
      }
    }
  });

  it("is read by us when columns were added later", async () => {
    for (const clauses of ["", "PARTITIONED BY (venue)"]) {
      const path = bench.path(`spark added columns ${clauses}`);
      await bench.writeWithSpark(path, marketTable, clauses);
      await spark.sql(
        `ALTER TABLE ${sparkTable(path)} ADD COLUMNS
           (spread decimal(10,4), depth struct<bids: array<double>, at: timestamp>, first_seen timestamp AFTER id)`,
      );
      assertSameTable(await ours.read(path), await spark.read(path), "our engine, before new rows");
      const [row = {}] = marketTable.rows;
      const columns = marketTable.schema.map((field) => field.name).join(", ");
      await spark.sql(
        `INSERT INTO ${sparkTable(path)} (${columns}, spread, depth, first_seen)
           SELECT *, 1.5, named_struct('bids', array(0.1, NULL), 'at', timestamp'2026-01-01 00:00:00.001'), timestamp'2026-01-01 00:00:00.000001'
           FROM (${sparkQuery({ ...marketTable, rows: [{ ...row, id: 100 }] })})`,
      );
      assertSameTable(await ours.read(path), await spark.read(path), "our engine, with new rows");
      const where = "spread IS NULL AND first_seen IS NULL";
      assertSameTable(
        await ours.read(path, { where }),
        await spark.read(path, { where }),
        "our engine, nulls",
      );
    }
  });

  it("is read by us from a checkpoint alone, in one part or many", async () => {
    for (const rowsPerPart of [2, 1_000_000]) {
      const path = bench.path(`spark checkpoint ${rowsPerPart}`);
      const table = sparkTable(path);
      await spark.sql(`SET spark.databricks.delta.checkpoint.partSize = ${rowsPerPart}`);
      await bench.writeWithSpark(
        path,
        marketTable,
        "PARTITIONED BY (venue) TBLPROPERTIES ('delta.checkpointInterval' = '2')",
      );
      await spark.sql(`DELETE FROM ${table} WHERE id = 1`, `UPDATE ${table} SET score = 0.5 WHERE id = 2`);
      await spark.sql("RESET spark.databricks.delta.checkpoint.partSize");
      const expected = await spark.read(path);
      await keepOnlyCheckpoint(path, 2);
      const parts = (await readdir(join(path, "_delta_log"))).filter((name) => name.endsWith(".parquet"));
      assert.equal(parts.length > 1, rowsPerPart === 2);
      assertSameTable(await ours.read(path), expected, "our engine");
    }
  });

  it("is pruned by us with statistics that its checkpoint has as a struct only", async () => {
    const path = bench.path("spark parsed statistics");
    const properties = [
      "'delta.checkpoint.writeStatsAsStruct' = 'true'",
      "'delta.checkpoint.writeStatsAsJson' = 'false'",
      "'delta.checkpointInterval' = '1'",
    ];
    await bench.writeWithSpark(
      path,
      marketRows((id) => id <= 2),
      `TBLPROPERTIES (${properties.join(", ")})`,
    );
    await spark.sql(`INSERT INTO ${sparkTable(path)} ${sparkQuery(marketRows((id) => id > 2))}`);
    await keepOnlyCheckpoint(path, 1);
    for (const { where, matches } of conditions) {
      const expected = { ...marketTable, rows: marketTable.rows.filter((row) => matches(row)) };
      await bench.assertReadBy([ours], path, expected, { where });
    }
    const scan = await (await ours.open(path)).scan({ where: "id = 2147483647" });
    const { filesTotal, filesRead } = await scan.explain();
    assert.ok(filesRead < filesTotal, `${filesRead} of ${filesTotal} files are read`);
  });
});

describe("a table that delta-rs writes", () => {
  for (const { name, partitionBy: columns } of layouts) {
    it(`is read by us: ${name}`, async () => {
      // delta-rs cannot write a negative decimal as a partition value: it puts a sign on the fraction as well.
      const partitionBy = columns.filter((column) => column !== "close");
      const path = bench.path(`delta-rs ${name}`);
      await deltaRs.write(path, marketTable, { partitionBy });
      await bench.assertReadBy([ours], path, asPartitionedBy(marketTable, partitionBy));
    });
  }

  it("is read by us with nested and narrow types, and in years far from ours", async () => {
    const [nested, far] = [bench.path("delta-rs all types"), bench.path("delta-rs far years")];
    await deltaRs.write(nested, allTypes);
    assertSameTable(await ours.read(nested), inMilliseconds(allTypes), "our engine");
    await deltaRs.write(far, farYears);
    await bench.assertReadBy([ours], far, farYears);
  });

  it("is read by us after merges, deletes and compaction, at every version and from its checkpoint", async () => {
    for (const partitionBy of [[], ["venue"]]) {
      const path = bench.path(`delta-rs commands ${partitionBy.join()}`);
      await deltaRs.write(
        path,
        marketRows((id) => id <= 2),
        { partitionBy },
      );
      await deltaRs.merge(
        path,
        marketRows((id) => id >= 2),
        "target.id = source.id",
      );
      await deltaRs.delete(path, "id = 1");
      await deltaRs.optimize(path);
      const newest = await deltaRs.checkpoint(path);
      for (let version = 0; version <= newest; version += 1) {
        const expected = await deltaRs.read(path, { version });
        assertSameTable(await ours.read(path, { version }), expected, `our engine, version ${version}`);
      }
      await keepOnlyCheckpoint(path, newest);
      await bench.assertReadBy(
        [ours],
        path,
        marketRows((id) => id !== 1),
      );
    }
  });
});

describe("a table that we continue", () => {
  const makers = [
    {
      name: "Spark",
      make: (path: string, table: Table): Promise<unknown> =>
        bench.writeWithSpark(path, table, "PARTITIONED BY (venue)"),
    },
    {
      name: "delta-rs",
      make: (path: string, table: Table): Promise<unknown> =>
        deltaRs.write(path, table, { partitionBy: ["venue"] }),
    },
  ];
  for (const { name, make } of makers) {
    it(`is read by every peer when ${name} made it, and they continue it`, async () => {
      const path = bench.path(`continued ${name}`);
      await make(
        path,
        marketRows((id) => id === 1 || id === 2),
      );
      await ours.write(
        path,
        marketRows((id) => id !== 1 && id !== 2),
        { mode: "append", transactions: { ingester: 7 } },
      );
      await bench.assertReadBy(everyone, path, marketTable);
      assert.equal(await deltaRs.transactionVersion(path, "ingester"), 7);

      await spark.sql(`DELETE FROM ${sparkTable(path)} WHERE id = 1`);
      await deltaRs.delete(path, "id = 2");
      await ours.write(
        path,
        marketRows((id) => id === 1 || id === 2),
        { mode: "append", transactions: { ingester: 8 } },
      );
      await bench.assertReadBy(everyone, path, marketTable);
      assert.equal(await deltaRs.transactionVersion(path, "ingester"), 8);
      assert.equal((await (await ours.open(path)).snapshot()).transaction("ingester")?.version, 8);
    });
  }

  it("is read by every peer when a column was added before we appended", async () => {
    const path = bench.path("continued with a new column");
    await bench.writeWithSpark(path, marketTable);
    await spark.sql(`ALTER TABLE ${sparkTable(path)} ADD COLUMNS (spread decimal(10,4))`);
    const schema = [...marketTable.schema, { name: "spread", type: "decimal(10,4)" }];
    const [row = {}] = marketTable.rows;
    const added = { ...row, id: 100, spread: "0.0001" };
    await ours.write(path, { schema, rows: [added] }, { mode: "append" });
    const rows = [...marketTable.rows.map((old) => ({ ...old, spread: null })), added];
    await bench.assertReadBy(everyone, path, { schema, rows });
  });
});

describe("a table that we made and others continue", () => {
  it("is read by us after Spark inserts, merges, updates, deletes, compacts and adds columns", async () => {
    const path = bench.path("ours continued by Spark");
    const table = sparkTable(path);
    await ours.write(
      path,
      marketRows((id) => id <= 2),
      { partitionBy: ["venue"] },
    );
    await spark.sql(
      `INSERT INTO ${table} ${sparkQuery(marketRows((id) => id === 3))}`,
      `MERGE INTO ${table} AS target USING (${sparkQuery(marketTable)}) AS source ON target.id = source.id
         WHEN MATCHED THEN UPDATE SET close = source.close WHEN NOT MATCHED THEN INSERT *`,
    );
    await bench.assertReadBy(everyone, path, marketTable);
    await spark.sql(
      `UPDATE ${table} SET volume = 1 WHERE id = 2`,
      `DELETE FROM ${table} WHERE id = 1`,
      `OPTIMIZE ${table}`,
      `ALTER TABLE ${table} ADD COLUMNS (spread decimal(10,4))`,
    );
    const rows = marketTable.rows
      .filter(({ id }) => id !== 1)
      .map((row) => ({
        ...row,
        volume: row["id"] === 2 ? "1.00000000" : (row["volume"] ?? null),
        spread: null,
      }));
    const schema = [...marketTable.schema, { name: "spread", type: "decimal(10,4)" }];
    await bench.assertReadBy(everyone, path, { schema, rows });
  });

  it("is read by us after delta-rs merges, deletes, compacts and writes a checkpoint", async () => {
    const path = bench.path("ours continued by delta-rs");
    await ours.write(
      path,
      marketRows((id) => id <= 2),
      { partitionBy: ["venue"], transactions: { ingester: 7 } },
    );
    await deltaRs.merge(path, marketTable, "target.id = source.id");
    await deltaRs.delete(path, "id = 1");
    await deltaRs.optimize(path);
    await keepOnlyCheckpoint(path, await deltaRs.checkpoint(path));
    await bench.assertReadBy(
      everyone,
      path,
      marketRows((id) => id !== 1),
    );
    assert.equal((await (await ours.open(path)).snapshot()).transaction("ingester")?.version, 7);
  });

  it("only grows when it is append-only", async () => {
    const path = bench.path("ours append-only");
    await ours.write(path, marketTable, { configuration: { "delta.appendOnly": "true" } });
    await assert.rejects(spark.sql(`DELETE FROM ${sparkTable(path)} WHERE id = 1`), PeerError);
    await assert.rejects(deltaRs.delete(path, "id = 1"), PeerError);
    await spark.sql(`INSERT INTO ${sparkTable(path)} ${sparkQuery(marketTable)}`);
    await deltaRs.write(path, marketTable, { mode: "append" });
    const rows = [...marketTable.rows, ...marketTable.rows, ...marketTable.rows];
    await bench.assertReadBy(everyone, path, { ...marketTable, rows });
  });
});

describe("the history of a table that we write", () => {
  it("says the same in Spark, in delta-rs and to ourselves", async () => {
    const path = bench.path("ours history");
    const table = await ours.create(path, marketTable.schema, { partitionBy: ["venue"] });
    const { metrics } = await table.append(
      {
        rows: [
          { id: 1, venue: "a" },
          { id: 2, venue: "b" },
        ],
      },
      { userMetadata: "by hand" },
    );
    const expected = [
      {
        version: 1,
        operation: "WRITE",
        operationMetrics: {
          numFiles: String(metrics["numFiles"]),
          numOutputRows: "2",
          numOutputBytes: String(metrics["numOutputBytes"]),
        },
        readVersion: 0,
        isolationLevel: "Serializable",
        isBlindAppend: true,
        userMetadata: "by hand",
      },
      {
        version: 0,
        operation: "CREATE TABLE",
        operationMetrics: {},
        readVersion: null,
        isolationLevel: "Serializable",
        isBlindAppend: true,
        userMetadata: null,
      },
    ];
    const [fromSpark, fromDeltaRs] = [await spark.history(path), await deltaRs.history(path)];
    assert.deepEqual(fromSpark.map(commitFacts), expected);
    assert.deepEqual(fromDeltaRs.map(commitFacts), expected);
    assert.deepEqual(
      (await table.history()).map((entry) =>
        commitFacts({
          ...entry,
          timestamp: entry.timestamp.toISOString(),
          operation: entry.operation ?? null,
          readVersion: entry.readVersion ?? null,
          isolationLevel: entry.isolationLevel ?? null,
          isBlindAppend: entry.isBlindAppend ?? null,
          engineInfo: entry.engineInfo ?? null,
          userMetadata: entry.userMetadata ?? null,
        }),
      ),
      expected,
    );
    assert.deepEqual(
      fromSpark.map((entry) => entry.operationParameters),
      [
        { mode: "Append", partitionBy: '["venue"]' },
        { isManaged: "false", description: "", partitionBy: '["venue"]', properties: "{}" },
      ],
    );
    for (const entry of [...fromSpark, ...fromDeltaRs]) {
      assert.equal(entry.engineInfo, engineInfo);
    }
  });
});

/** Conditions that peers and we all understand in the same way, at the edges of the market table's values. */
const conditions: readonly { readonly where: string; readonly matches: (row: Row) => boolean }[] = [
  ...[
    { where: "trade_id = 9223372036854775807", ids: [1] },
    { where: "trade_id < -1", ids: [2] },
    { where: "trade_id = 9007199254740992", ids: [3] },
    { where: "trade_id IS NULL", ids: [4] },
    { where: "close <= CAST('-9999999999.99999999' AS DECIMAL(18,8))", ids: [2] },
    { where: "close > CAST('0' AS DECIMAL(18,8))", ids: [1, 3, 2147483647] },
    { where: "close >= CAST('63000.1' AS DECIMAL(18,8))", ids: [1] },
    { where: "volume = CAST('99999999999999999999.99999999' AS DECIMAL(28,8))", ids: [1] },
    { where: "volume < CAST('-99999999999999999999.99999998' AS DECIMAL(28,8))", ids: [2] },
    { where: "volume IS NULL", ids: [4, 2147483647] },
    { where: "timestamp < '1970-01-01 00:00:00'", ids: [2, 3] },
    { where: "timestamp >= '2024-02-29 23:59:59.999999'", ids: [1, 2147483647] },
    { where: "timestamp > '2199-12-31 23:59:59.123455'", ids: [2147483647] },
    { where: "timestamp <= '1901-01-01 00:00:00.000001'", ids: [3] },
    { where: "timestamp > '1969-12-31 23:59:59.999998' AND timestamp < '1970-01-01 00:00:00'", ids: [2] },
    { where: "timestamp IS NULL", ids: [4] },
    { where: "day = '1969-12-31'", ids: [2] },
    { where: "day < '1950-01-01' OR day > '2100-01-01'", ids: [3, 2147483647] },
    { where: "asset_pair > 'Z'", ids: [3, -2147483648] },
    { where: "asset_pair = 'EURUSD'", ids: [2147483647] },
    { where: "venue = '50% off'", ids: [2] },
    { where: "venue = 'a/b%2Fc'", ids: [3] },
    { where: "venue IN ('Börse = {Zürich}: #1?', 'London Stock Exchange')", ids: [1, -2147483648] },
    { where: "venue IS NULL", ids: [4] },
    { where: "is_mock", ids: [2, -2147483648] },
    { where: "score < -1", ids: [3] },
    { where: "score = 0.1", ids: [1] },
    { where: "id = -2147483648", ids: [-2147483648] },
  ].map(({ where, ids }) => ({
    where,
    matches: ({ id }: Row): boolean => typeof id === "number" && ids.includes(id),
  })),
  { where: "asset_pair IS NULL", matches: (row) => row["asset_pair"] === null },
  { where: "asset_pair = ''", matches: (row) => row["asset_pair"] === "" },
];

/** Years with four digits before and after those that nanoseconds reach. */
const farYears: Table = {
  schema: [
    { name: "id", type: "integer" },
    { name: "day", type: "date" },
    { name: "timestamp", type: "timestamp" },
  ],
  rows: [
    { id: 1, day: "0101-01-01", timestamp: "0101-01-01T00:00:00.000001Z" },
    { id: 2, day: "1582-10-04", timestamp: "1582-10-04T23:59:59.999999Z" },
    { id: 3, day: "1582-10-15", timestamp: "1582-10-15T00:00:00.000000Z" },
    { id: 4, day: "9999-12-31", timestamp: "9999-12-31T23:59:59.999999Z" },
  ],
};

/** The protocol has no empty string as a partition value: it reads as null. */
function asPartitionedBy(table: Table, partitionBy: readonly string[]): Table {
  const rows = table.rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        partitionBy.includes(name) && value === "" ? null : value,
      ]),
    ),
  );
  return { ...table, rows };
}

/** What our engine gives of timestamps inside of structs, arrays and maps; those of columns are exact. */
function inMilliseconds(table: Table): Table {
  return {
    ...table,
    rows: table.rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === "object" ? cutTimestamps(value) : value,
        ]),
      ),
    ),
  };
}

function cutTimestamps(value: Value): Value {
  if (typeof value === "string") {
    return value.replace(/(T\d\d:\d\d:\d\d\.\d{3})\d{3}/u, "$1000");
  }
  if (Array.isArray(value)) {
    return value.map(cutTimestamps);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cutTimestamps(member)]))
    : value;
}

function partitionedBy(columns: readonly string[]): string {
  return columns.length === 0 ? "" : `PARTITIONED BY (${columns.join(", ")})`;
}

/**
 * Leaves of the log what its cleanup would: the checkpoint of this version and its commit, which Spark wants to see.
 * Readers then depend on the checkpoint.
 */
async function keepOnlyCheckpoint(path: string, version: number): Promise<void> {
  const log = join(path, "_delta_log");
  const digits = String(version).padStart(20, "0");
  const [kept, commit] = [`${digits}.checkpoint.`, `${digits}.json`];
  const names = await readdir(log);
  assert.ok(
    names.some((name) => name.startsWith(kept)),
    `there is no checkpoint of version ${version}`,
  );
  for (const name of names) {
    if (/^\.?\d{20}\./u.test(name) && !name.startsWith(kept) && name !== commit) {
      await rm(join(log, name));
    }
  }
}

function commitFacts(entry: HistoryEntry): object {
  const { version, operation, operationMetrics, readVersion, isolationLevel, isBlindAppend, userMetadata } =
    entry;
  return { version, operation, operationMetrics, readVersion, isolationLevel, isBlindAppend, userMetadata };
}
