import assert from "node:assert/strict";
import { test } from "node:test";

import { DeltaError, DeltaTable, DuckDbEngine, MemoryStore, field, structType } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import type { StructType } from "../../src/index.ts";
import type { Metadata, Protocol } from "../../src/protocol/actions.ts";
import { assertReadable, assertWritable } from "../../src/protocol/features.ts";
import { protocolFor, upgradeProtocol } from "../../src/protocol/upgrade.ts";

const schema = structType([field("a", "long")]);

function metadata(configuration: Readonly<Record<string, string>> = {}): Metadata {
  return {
    id: "id",
    format: { provider: "parquet", options: {} },
    schemaString: JSON.stringify(schema),
    partitionColumns: [],
    configuration,
  };
}

function refusal(check: () => void): string {
  try {
    check();
  } catch (error) {
    assert.ok(error instanceof DeltaError && error.code === "UNSUPPORTED_FEATURE");
    return error.message;
  }
  return "";
}

function metadataOf(fields: StructType, configuration: Readonly<Record<string, string>> = {}): Metadata {
  return { ...metadata(configuration), schemaString: JSON.stringify(fields) };
}

test("new tables have the lowest protocol that they need", () => {
  assert.deepEqual(protocolFor(metadata()), { minReaderVersion: 1, minWriterVersion: 2 });
  assert.deepEqual(protocolFor(metadata({ "delta.enableChangeDataFeed": "true" })), {
    minReaderVersion: 1,
    minWriterVersion: 4,
  });
  assert.deepEqual(protocolFor(metadata({ "delta.columnMapping.mode": "name" })), {
    minReaderVersion: 2,
    minWriterVersion: 5,
  });
  assert.deepEqual(protocolFor(metadataOf(structType([field("at", "timestamp_ntz")]))), {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["timestampNtz"],
    writerFeatures: ["timestampNtz"],
  });
  assert.deepEqual(protocolFor(metadata({ "delta.enableInCommitTimestamps": "true" })), {
    minReaderVersion: 1,
    minWriterVersion: 7,
    writerFeatures: ["inCommitTimestamp"],
  });
});

test("an upgrade keeps what the old numbers allowed and takes nothing away", () => {
  const vectors = metadata({ "delta.enableDeletionVectors": "true" });
  const upgraded = upgradeProtocol({ minReaderVersion: 1, minWriterVersion: 4 }, vectors);
  assert.equal(upgraded.minReaderVersion, 3);
  assert.deepEqual(upgraded.readerFeatures, ["deletionVectors"]);
  assert.deepEqual([...(upgraded.writerFeatures ?? [])].toSorted(), [
    "appendOnly",
    "changeDataFeed",
    "checkConstraints",
    "deletionVectors",
    "generatedColumns",
    "invariants",
  ]);
  assert.equal(upgradeProtocol(upgraded, metadata()), upgraded);
});

test("a feature is refused by name, for reading and for writing, and says why", () => {
  const unknown: Protocol = {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["timeCrystals"],
    writerFeatures: ["timeCrystals"],
  };
  assert.match(
    refusal(() => assertReadable(unknown, metadata(), "t")),
    /timeCrystals \(unknown to this engine\)/,
  );
  const tracked: Protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ["rowTracking"] };
  assert.equal(
    refusal(() => assertReadable(tracked, metadata(), "t")),
    "",
    "a writer feature does not concern readers",
  );
  assert.match(
    refusal(() => assertWritable(tracked, metadata(), "t")),
    /rowTracking/,
  );
  assert.match(
    refusal(() => assertReadable({ minReaderVersion: 4, minWriterVersion: 7 }, metadata(), "t")),
    /reader version 4/,
  );
  assert.match(
    refusal(() => protocolFor(metadata({ "delta.enableRowTracking": "true" }))),
    /rowTracking/,
  );
});

test("what the old version numbers allow counts only where the table uses it", () => {
  const legacy: Protocol = { minReaderVersion: 2, minWriterVersion: 6 };
  assert.equal(
    refusal(() => assertWritable(legacy, metadata(), "t")),
    "",
  );
  const numbered = { ...field("id", "long"), metadata: { "delta.identity.start": 1 } };
  assert.equal(
    refusal(() => assertReadable(legacy, metadataOf(structType([numbered])), "t")),
    "",
  );
  assert.match(
    refusal(() => assertWritable(legacy, metadataOf(structType([numbered])), "t")),
    /identityColumns/,
  );
});

test("a binary partition value is the bytes of its text", async () => {
  const store = new MemoryStore();
  const engine = new DuckDbEngine();
  const table = await DeltaTable.create(store, {
    schema: structType([field("a", "long"), field("p", "string")]),
    partitionBy: ["p"],
    engine,
  });
  await table.append({ rows: [{ a: 1, p: "é😈" }] });
  const binary = structType([field("a", "long"), field("p", "binary")]);
  const changed = { ...metadata(), schemaString: JSON.stringify(binary), partitionColumns: ["p"] };
  await store.put(commitPath(2), Buffer.from(serializeActions([{ metaData: changed }])));
  assert.deepEqual(await (await table.scan()).rows(), [{ a: 1n, p: Uint8Array.from(Buffer.from("é😈")) }]);
  await store.close();
  await engine.close();
});
