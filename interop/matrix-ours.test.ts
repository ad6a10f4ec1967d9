// Tables of the matrix made by us: read by every peer, for none of them refuses one, then changed by Spark and read by us, then changed by us
// and read by Spark.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertSameTable } from "./canonical.ts";
import { marketRows, marketTable, sparkQuery } from "./market-table.ts";
import { type Case, cases, firstRows, liveOf, rowsAfter } from "./matrix.ts";
import { engineRows } from "./our-engine.ts";
import { sparkTable, Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, spark, peers, everyone } = bench;

describe("a table that we made", () => {
  for (const [index, one] of cases.entries()) {
    it(`is read and changed by the peers, and by us again: ${one.name}`, async () => {
      const path = bench.path(`ours ${index}`);
      await liveOf(ours, path, one);
      await bench.assertReadBy(everyone, path, rowsAfter(one));
      await bench.assertReadBy(peers, path, firstRows, { version: 1 });
      await changeWithSpark(path, one);
      assertSameTable(await ours.read(path), await spark.read(path), "our engine, after Spark");
      const table = await ours.open(path);
      await table.append({ rows: engineRows(marketRows((id) => id === 2)) });
      if (!one.growsOnly) await table.delete({ where: "id = 7" });
      const [after, bySpark] = [await ours.read(path), await spark.read(path)];
      assertSameTable(bySpark, after, "Spark, after us");
      assert.ok(one.growsOnly || !after.rows.some(({ id }) => id === 7));
    });
  }
});

async function changeWithSpark(path: string, { growsOnly }: Case): Promise<void> {
  const table = sparkTable(path);
  const changes = [
    `MERGE INTO ${table} AS target USING (${sparkQuery(marketTable)}) AS source ON target.id = source.id
       WHEN MATCHED THEN UPDATE SET volume = source.volume
       WHEN NOT MATCHED THEN INSERT (id, venue) VALUES (source.id, source.venue)`,
    `DELETE FROM ${table} WHERE id = 2`,
    `OPTIMIZE ${table}`,
  ];
  await spark.sql(
    `ALTER TABLE ${table} ADD COLUMNS (spread decimal(10,4))`,
    ...(growsOnly ? [] : changes),
    `INSERT INTO ${table} SELECT *, 1.5 FROM (${sparkQuery(marketRows((id) => id === 4))})`,
  );
}
