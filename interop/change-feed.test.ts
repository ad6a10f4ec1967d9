// The change data feed, the history and the checkpoints of tables, written by us and read by Spark and delta-rs, and the
// other way round.
import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { concatenateBatches, type RecordBatch } from "finance-feedback-delta";

import { assertSameTable, type Table } from "./canonical.ts";
import { type Case, liveOf, rowsAfter, sparkLife, tableProperties } from "./matrix.ts";
import { canonicalTable } from "./our-engine.ts";
import { sparkTable, Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, spark, deltaRs } = bench;

const feeds: readonly Case[] = [
  {},
  { "delta.enableDeletionVectors": "true" },
  { "delta.enableDeletionVectors": "true", "delta.columnMapping.mode": "name" },
].map((properties) => ({
  name: Object.keys(properties).join(" and ") || "alone",
  properties: { "delta.enableChangeDataFeed": "true", ...properties },
  partitionBy: ["venue"],
  growsOnly: false,
}));

describe("the change data feed", () => {
  for (const feed of feeds) {
    it(`that we write is Spark's table_changes: ${feed.name}`, async () => {
      const path = bench.path(`our feed ${feed.name}`);
      await liveOf(ours, path, feed);
      await assertSameChanges(path);
    });

    it(`that Spark writes is read by us: ${feed.name}`, async () => {
      const path = bench.path(`spark feed ${feed.name}`);
      await spark.sql(...sparkLife(path, feed));
      await assertSameChanges(path);
    });
  }
});

describe("the history of our commands", () => {
  it("is shown by Spark and delta-rs with its metrics", async () => {
    const path = bench.path("history");
    await liveOf(ours, path, { properties: {}, partitionBy: [], growsOnly: false });
    const table = await ours.open(path);
    // Another small file: there is something to put together then.
    await table.append({ rows: [{ id: 8 }] });
    await table.optimize();
    await table.restore({ version: 2 });
    await table.setProperties({ "delta.enableChangeDataFeed": "true" });
    const mine = (await table.history()).map(({ version, operation, operationMetrics }) => ({
      version,
      operation,
      operationMetrics: { ...operationMetrics },
    }));
    for (const reader of [spark, deltaRs]) {
      const theirs = (await reader.history(path)).map(({ version, operation, operationMetrics }) => ({
        version,
        operation,
        operationMetrics,
      }));
      assert.deepEqual(theirs, mine, reader.name);
    }
    const named = new Map(mine.map(({ operation, operationMetrics }) => [operation, operationMetrics]));
    assert.deepEqual(mine.map(({ operation }) => operation).toReversed(), [
      "CREATE TABLE",
      "WRITE",
      "WRITE",
      "UPDATE",
      "DELETE",
      "MERGE",
      "WRITE",
      "OPTIMIZE",
      "RESTORE",
      "SET TBLPROPERTIES",
    ]);
    assert.equal(named.get("UPDATE")?.["numUpdatedRows"], "1");
    assert.equal(named.get("DELETE")?.["numDeletedRows"], "1");
    const { numTargetRowsInserted, numTargetRowsUpdated, numTargetRowsDeleted } = named.get("MERGE") ?? {};
    assert.deepEqual([numTargetRowsInserted, numTargetRowsUpdated, numTargetRowsDeleted], ["1", "1", "1"]);
  });
});

describe("our checkpoints", () => {
  for (const [name, properties] of [
    ["classic", {}],
    ["V2", { "delta.checkpointPolicy": "v2", "delta.enableDeletionVectors": "true" }],
  ] as const) {
    it(`open the table when the commits behind them are gone: ${name}`, async () => {
      const path = bench.path(`checkpoint ${name}`);
      const life = { properties, partitionBy: ["day"], growsOnly: false };
      await liveOf(ours, path, life);
      const { version } = await (await ours.open(path)).checkpoint();
      const log = join(path, "_delta_log");
      for (const file of await readdir(log)) {
        // Spark wants to see the commit of the checkpoint's own version.
        if (/^\d{20}\.(json|crc)$/u.test(file) && Number.parseInt(file, 10) < version) {
          await rm(join(log, file));
        }
      }
      await bench.assertReadBy([ours, spark, deltaRs], path, rowsAfter(life));
      await spark.sql(`DELETE FROM ${sparkTable(path)} WHERE id = 1`);
      assertSameTable(await ours.read(path), await spark.read(path), "our engine, after Spark");
    });
  }
});

describe("names of columns with dots and spaces", () => {
  const names = ["a.b", "with space", "ünï,;{}()=", "`tick`"];
  for (const mode of ["name", "id"]) {
    it(`are the same to us and to Spark, mapped by ${mode}`, async () => {
      const table: Table = {
        schema: names.map((name) => ({ name, type: "integer" })),
        rows: [1, 2, null].map((value) => Object.fromEntries(names.map((name) => [name, value]))),
      };
      const [byUs, bySpark] = [bench.path(`names ours ${mode}`), bench.path(`names spark ${mode}`)];
      const properties = { "delta.columnMapping.mode": mode };
      await ours.write(byUs, table, { configuration: properties });
      await bench.assertReadBy([ours, spark, deltaRs], byUs, table);
      const columns = names.map((name) => `\`${name.replaceAll("`", "``")}\` INT`).join(", ");
      await spark.sql(
        `CREATE TABLE ${sparkTable(bySpark)} (${columns}) USING delta ${tableProperties(properties)}`,
        `INSERT INTO ${sparkTable(bySpark)} VALUES (1, 1, 1, 1), (2, 2, 2, 2), (NULL, NULL, NULL, NULL)`,
      );
      await bench.assertReadBy([ours], bySpark, table);
      await ours.write(bySpark, table, { mode: "append" });
      await (await ours.open(bySpark)).delete({ where: '"a.b" = 1' });
      const rows = [...table.rows, ...table.rows].filter((row) => row["a.b"] !== 1);
      await bench.assertReadBy([ours, spark], bySpark, { ...table, rows });
    });
  }
});

/** All changes from the first version on, to Spark and to us. */
async function assertSameChanges(path: string): Promise<void> {
  const bySpark = await spark.sql(`SELECT * FROM table_changes_by_path('${path}', 0)`);
  const changes = await (await ours.open(path)).changes({ fromVersion: 0 });
  const batches: RecordBatch[] = [];
  for await (const batch of changes.batches()) batches.push(batch);
  const byUs = canonicalTable(concatenateBatches(changes.schema, batches));
  const kinds = new Set(byUs.rows.map((row) => row["_change_type"]));
  assert.deepEqual(kinds, new Set(["delete", "insert", "update_postimage", "update_preimage"]));
  assertSameTable(byUs, bySpark, "our engine");
}
