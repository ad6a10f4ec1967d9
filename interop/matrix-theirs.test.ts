// Tables of the matrix made by Spark and delta-rs: read by us, at each version, with filters, and their descriptions.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Row, Table } from "./canonical.ts";
import { marketTable } from "./market-table.ts";
import { cases, firstRows, laterRows, layoutName, partitions, rowsAfter, sparkLife } from "./matrix.ts";
import { Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, spark, deltaRs } = bench;

const filters: readonly { readonly where: string; readonly holds: (row: Row) => boolean }[] = [
  { where: "id = 4", holds: ({ id }) => id === 4 },
  { where: "id > 4", holds: ({ id }) => Number(id) > 4 },
  { where: "venue = 'seventh'", holds: ({ venue }) => venue === "seventh" },
  { where: "day IS NULL", holds: ({ day }) => day === null },
  { where: "day >= '2000-01-01'", holds: ({ day }) => typeof day === "string" && day >= "2000-01-01" },
];

describe("a table that Spark made is read by us", () => {
  for (const [index, one] of cases.entries()) {
    it(one.name, async () => {
      const path = bench.path(`spark ${index}`);
      await spark.sql(...sparkLife(path, one));
      await assertRead(path, rowsAfter(one));
      const history = await spark.history(path);
      const table = await ours.open(path);
      assert.deepEqual(
        (await table.history()).map(({ version, operation, timestamp }) => ({
          version,
          operation,
          at: timestamp.getTime(),
        })),
        history.map(({ version, operation, timestamp }) => ({
          version,
          operation,
          at: Date.parse(timestamp),
        })),
      );
      await bench.assertReadBy([ours], path, firstRows, { version: 1 });
      await bench.assertReadBy([ours], path, marketTable, { version: 2 });
      await assertSameDetail(path);
    });
  }
});

describe("a table that delta-rs made is read by us", () => {
  for (const partitionBy of partitions) {
    it(layoutName(partitionBy), async () => {
      const path = bench.path(`delta-rs ${partitionBy.join()}`);
      await deltaRs.write(path, firstRows, { partitionBy });
      await deltaRs.write(path, laterRows, { mode: "append" });
      await deltaRs.delete(path, "id = 3");
      await bench.assertReadBy([ours], path, firstRows, { version: 0 });
      const rows = marketTable.rows.filter(({ id }) => id !== 3);
      await assertRead(path, { ...marketTable, rows });
    });
  }
});

/** Reads all rows, and those of each filter. */
async function assertRead(path: string, expected: Table): Promise<void> {
  await bench.assertReadBy([ours], path, expected);
  for (const { where, holds } of filters) {
    const rows = expected.rows.filter(holds);
    await bench.assertReadBy([ours], path, { ...expected, rows }, { where });
  }
}

/** Ours, under Spark's names, beside Spark's. */
async function assertSameDetail(path: string): Promise<void> {
  const expected = await spark.detail(path);
  const detail = await (await ours.open(path)).describe();
  const legacy = expected.minWriterVersion < 7;
  assert.deepEqual(
    {
      id: detail.id,
      partitionColumns: detail.partitionColumns,
      configuration: { ...detail.properties },
      minReaderVersion: detail.minReaderVersion,
      minWriterVersion: detail.minWriterVersion,
      // Spark also lists what a protocol without a list of features implies.
      features: legacy ? expected.features : detail.tableFeatures.toSorted(),
      fileCount: detail.numFiles,
      sizeInBytes: detail.sizeInBytes,
    },
    expected,
  );
}
