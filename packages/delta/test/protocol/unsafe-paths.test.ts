// Logs whose paths lead out of the table: refused by an error that names the path, the table and the version.
import { test } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import { addOf, classicProtocol, metadataWith, removeOf, writeLog } from "../support/logs.ts";
import { engine, memoryStore, rejects } from "../support/tables.ts";

const outside = "../other/part.parquet";
const named = /\.\.\/other\/part\.parquet.*memory:table.*version 1\b/;

for (const path of [outside, "..%2Fother/part.parquet"]) {
  test(`${path} in an add is refused by all that would read it`, async (t) => {
    const store = memoryStore(t);
    const base = [{ protocol: classicProtocol }, { metaData: metadataWith() }];
    await writeLog(store, [base, [{ add: addOf(path) }], [{ remove: removeOf(path) }]]);
    const table = DeltaTable.at(store, { engine });
    await rejects(readAt(table, 1), "UNSAFE_PATH", named);
    await rejects(table.restore({ version: 1 }), "UNSAFE_PATH", named);
  });
}

test("a path out of the table is refused by commands that change it, and by the change feed", async (t) => {
  const store = memoryStore(t);
  const metaData = metadataWith({ "delta.enableChangeDataFeed": "true" });
  await writeLog(store, [
    [{ protocol: { minReaderVersion: 1, minWriterVersion: 4 } }, { metaData }],
    [{ add: addOf(outside) }],
  ]);
  const table = DeltaTable.at(store, { engine });
  await rejects(table.delete({ where: "id = 1" }), "UNSAFE_PATH", named);
  await rejects(table.update({ set: { id: "2" } }), "UNSAFE_PATH", named);
  await rejects(table.repair(), "UNSAFE_PATH", named);
  await rejects(table.vacuum(), "UNSAFE_PATH", named);
  await rejects(changesFrom(table), "UNSAFE_PATH", named);
});

test("so is a deletion vector out of the table", async (t) => {
  const store = memoryStore(t);
  const deletionVector = {
    storageType: "p" as const,
    pathOrInlineDv: "file:///etc/passwd",
    offset: 1,
    sizeInBytes: 36,
    cardinality: 1,
  };
  await writeLog(store, [
    [
      {
        protocol: {
          minReaderVersion: 3,
          minWriterVersion: 7,
          readerFeatures: ["deletionVectors"],
          writerFeatures: ["deletionVectors"],
        },
      },
      { metaData: metadataWith() },
    ],
    [{ add: addOf("part.parquet", { deletionVector }) }],
  ]);
  await store.put("part.parquet", new Uint8Array(12));
  const table = DeltaTable.at(store, { engine });
  await rejects(readAt(table, 1), "UNSAFE_PATH", /memory:table.*etc\/passwd.*version 1\b/);
});

async function readAt(table: DeltaTable, version: number): Promise<unknown> {
  return (await table.scan({ version })).rows();
}

async function changesFrom(table: DeltaTable): Promise<unknown> {
  return (await table.changes({ fromVersion: 1 })).rows();
}
