import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DeltaError,
  DeltaTable,
  DuckDbEngine,
  MemoryStore,
  field,
  structType,
} from "../../src/delta/index.ts";
import { commitPath } from "../../src/delta/log/log-files.ts";
import { serializeActions } from "../../src/delta/protocol/actions.ts";
import type { Metadata, Protocol } from "../../src/delta/protocol/actions.ts";
import { assertReadable, assertWritable, protocolFor } from "../../src/delta/protocol/features.ts";

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

test("new tables have the lowest protocol that their schema needs", () => {
  assert.deepEqual(protocolFor(schema), { minReaderVersion: 1, minWriterVersion: 2 });
  assert.deepEqual(protocolFor(structType([field("at", "timestamp_ntz")])), {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["timestampNtz"],
    writerFeatures: ["timestampNtz"],
  });
});

test("a feature is refused by name, for reading and for writing", () => {
  const vectors: Protocol = {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["deletionVectors"],
    writerFeatures: ["deletionVectors", "rowTracking"],
  };
  assert.match(
    refusal(() => assertReadable(vectors, metadata(), "t")),
    /deletionVectors/,
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
});

test("what the old version numbers allow counts only where the table uses it", () => {
  const legacy: Protocol = { minReaderVersion: 2, minWriterVersion: 6 };
  assert.equal(
    refusal(() => assertWritable(legacy, metadata(), "t")),
    "",
  );
  const constrained = metadata({ "delta.constraints.positive": "a > 0" });
  assert.equal(
    refusal(() => assertReadable(legacy, constrained, "t")),
    "",
  );
  assert.match(
    refusal(() => assertWritable(legacy, constrained, "t")),
    /checkConstraints/,
  );
});

test("column mapping is refused where a table uses it, though its protocol forgets to list it", () => {
  const unlisted: Protocol = {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: [],
    writerFeatures: [],
  };
  assert.match(
    refusal(() => assertReadable(unlisted, metadata({ "delta.columnMapping.mode": "name" }), "t")),
    /columnMapping/,
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
