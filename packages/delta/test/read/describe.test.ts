import assert from "node:assert/strict";
import { test } from "node:test";

import { describeType, DeltaTable } from "../../src/index.ts";
import { addOf, classicProtocol, metadataWith, writeLog } from "../support/logs.ts";
import { pick, tableOf } from "../support/table-contents.ts";
import { columns, engine, filesOf, memoryStore, memoryTable, rejects } from "../support/tables.ts";

const schema = columns({ id: "long", p: "string" });

test("a description has the names of Spark's DESCRIBE DETAIL", async (t) => {
  const table = await DeltaTable.create(memoryStore(t), {
    schema,
    partitionBy: ["p"],
    name: "prices",
    description: "of one day",
    properties: { "delta.enableDeletionVectors": "true", owner: "me" },
    engine,
    now: () => 1_767_225_600_000,
  });
  const { schema: described, id, ...rest } = await table.describe();
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    described.fields.map((member) => `${member.name} ${describeType(member.type)}`),
    ["id long", "p string"],
  );
  assert.deepEqual(rest, {
    format: "delta",
    name: "prices",
    description: "of one day",
    location: "memory:table",
    createdAt: new Date("2026-01-01T00:00:00Z"),
    version: 0,
    partitionColumns: ["p"],
    properties: { "delta.enableDeletionVectors": "true", owner: "me" },
    minReaderVersion: 3,
    minWriterVersion: 7,
    tableFeatures: ["deletionVectors"],
    numFiles: 0,
    sizeInBytes: 0,
    numRows: 0,
    numDeletionVectors: 0,
    numDeletedRows: 0,
    fileSizes: undefined,
    filesWithStatistics: 0,
    partitions: [],
  });
});

test("sizes, rows and statistics are those of the version's files", async (t) => {
  const table = await tableOf(t, { schema }, [
    [{ id: 1, p: "a" }],
    [
      { id: 2, p: "b".repeat(5000) },
      { id: 3, p: "c" },
    ],
    [{ id: 4, p: "d" }],
  ]);
  const sizes = (await filesOf(table)).map((file) => file.size).toSorted((left, right) => left - right);
  const [min, median, max] = sizes;
  const description = await table.describe();
  assert.deepEqual(pick({ ...description }, "version", "numFiles", "numRows", "filesWithStatistics"), {
    version: 3,
    numFiles: 3,
    numRows: 4,
    filesWithStatistics: 3,
  });
  assert.equal(
    description.sizeInBytes,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  assert.deepEqual(description.fileSizes, { min, median, max });
  assert.equal((await table.describe({ version: 1 })).numRows, 1);
});

test("files are counted by partition, null and odd values too, whatever the columns are called in the files", async (t) => {
  for (const mode of ["none", "name"]) {
    const table = await tableOf(
      t,
      { schema, partitionBy: ["p"], properties: { "delta.columnMapping.mode": mode } },
      [
        [
          { id: 1, p: "ü/ %" },
          { id: 2, p: null },
        ],
        [{ id: 3, p: null }],
      ],
    );
    const { partitions, sizeInBytes } = await table.describe();
    assert.deepEqual(
      partitions.map(({ values, numFiles }) => ({ values, numFiles })),
      [
        { values: { p: "ü/ %" }, numFiles: 1 },
        { values: { p: null }, numFiles: 2 },
      ],
    );
    assert.equal(
      partitions.reduce((sum, partition) => sum + partition.sizeInBytes, 0),
      sizeInBytes,
    );
  }
});

test("deleted rows are counted by their vectors", async (t) => {
  const properties = { "delta.enableDeletionVectors": "true" };
  const rows = [1, 2, 3, 4].map((id) => ({ id, p: "a" }));
  const table = await tableOf(t, { schema, properties }, [rows, [{ id: 5, p: "a" }]]);
  await table.delete({ where: "id IN (1, 3)" });
  assert.deepEqual(
    pick({ ...(await table.describe()) }, "numFiles", "numRows", "numDeletionVectors", "numDeletedRows"),
    { numFiles: 2, numRows: 3, numDeletionVectors: 1, numDeletedRows: 2 },
  );
});

test("files without statistics leave the number of rows open", async (t) => {
  const store = memoryStore(t);
  await writeLog(store, [
    [
      { protocol: classicProtocol },
      { metaData: metadataWith() },
      { add: addOf("a.parquet") },
      { add: addOf("b.parquet", { stats: `{"numRecords":3}` }) },
      { add: addOf("c.parquet", { stats: "" }) },
    ],
  ]);
  const { numRows, numFiles, filesWithStatistics } = await DeltaTable.at(store, { engine }).describe();
  assert.deepEqual(
    { numRows, numFiles, filesWithStatistics },
    { numRows: undefined, numFiles: 3, filesWithStatistics: 1 },
  );
});

test("a version that is not there is not described", async (t) => {
  const table = await memoryTable(t, { schema });
  await rejects(table.describe({ version: 1 }), "VERSION_NOT_FOUND");
  await rejects(DeltaTable.at(memoryStore(t), { engine }).describe(), "TABLE_NOT_FOUND");
});
