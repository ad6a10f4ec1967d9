import assert from "node:assert/strict";
import { test } from "node:test";

import { CompressionAlgorithms, createRecordsBatch } from "@platformatic/kafka";
import * as fc from "fast-check";

import { committedBatches } from "../../../src/streaming/source/kafka/committed-batches.ts";
import { batchesIn, DamagedBatch, recordsOf } from "../../../src/streaming/source/kafka/record-batch.ts";
import type { RecordBatch } from "../../../src/streaming/source/kafka/record-batch.ts";
import { batchBytes, lateRecordBytes, markBytes, onlyBatch } from "./support/batches.ts";

test("records come back as a producer sent them, however they are compressed", () => {
  const anyMessage = fc.record({
    key: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }),
    value: fc.uint8Array({ maxLength: 300 }),
    // As far apart as the producer here can say.
    timestamp: fc.integer({ min: 1_700_000_000_000, max: 1_701_000_000_000 }),
  });
  const anyMessages = fc.array(anyMessage, { minLength: 1, maxLength: 20 });
  const anyCompression = fc.constantFrom(...Object.values(CompressionAlgorithms));
  fc.assert(
    fc.property(anyMessages, anyCompression, (messages, compression) => {
      const bytes = createRecordsBatch(
        messages.map(({ key, value, timestamp }) => ({
          topic: "t",
          value: Buffer.from(value),
          timestamp: BigInt(timestamp),
          ...(key === undefined ? {} : { key: Buffer.from(key) }),
        })),
        { compression },
      ).buffer;
      const records = recordsOf(onlyBatch(batchBytes(bytes, 5_000_000_000)));
      assert.deepEqual(
        records.map(({ offset, timestampMs, key, value }) => ({
          offset,
          timestampMs,
          key: key?.toString("hex"),
          value: value?.toString("hex"),
        })),
        messages.map(({ key, value, timestamp }, index) => ({
          offset: 5_000_000_000 + index,
          timestampMs: timestamp,
          key: key === undefined ? undefined : Buffer.from(key).toString("hex"),
          value: Buffer.from(value).toString("hex"),
        })),
      );
    }),
    { numRuns: 60 },
  );
});

test("a message of a month later than the first of its batch keeps its time", () => {
  const monthMs = 31 * 86_400_000;
  const [record] = recordsOf(onlyBatch(lateRecordBytes(3, monthMs)));
  assert.equal(record?.timestampMs, 1_700_000_000_000 + monthMs);
  assert.equal(record.value?.toString(), "late");
});

test("a batch that was changed on its way is damaged, at whichever byte", () => {
  const bytes = batchBytes(["one", "two", "three"], 7);
  for (let at = 21; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at);
    assert.throws(() => recordsOf(onlyBatch(changed)), DamagedBatch, `byte ${at}`);
  }
});

test("a batch that was cut off at the end of an answer is left for the next one", () => {
  const whole = batchBytes(["one"], 0);
  const cut = Buffer.concat([whole, batchBytes(["two"], 1).subarray(0, 40)]);
  assert.deepEqual(
    batchesIn(cut).map(({ baseOffset }) => baseOffset),
    [0],
  );
  assert.deepEqual(batchesIn(whole.subarray(0, 30)), []);
});

test("messages of a transaction that was taken back are not read, though its mark comes in a later answer", () => {
  const batches = all([
    batchBytes(["taken back"], 10, { producerId: 1n }),
    batchBytes(["committed"], 11, { producerId: 2n }),
    batchBytes(["also taken back"], 12, { producerId: 1n }),
  ]);
  assert.deepEqual(offsets(committedBatches(batches, [{ producerId: 1n, firstOffset: 10 }])), [11]);
});

test("a transaction that was taken back after a committed one of the same producer takes nothing of it back", () => {
  const batches = all([
    batchBytes(["taken back"], 10, { producerId: 1n }),
    markBytes("abort", 11, 1n),
    batchBytes(["committed"], 12, { producerId: 1n }),
    markBytes("commit", 13, 1n),
    // A transaction without messages: the broker does not list it.
    markBytes("abort", 14, 1n),
    batchBytes(["taken back too"], 15, { producerId: 1n }),
    markBytes("abort", 16, 1n),
    batchBytes(["without a transaction"], 17),
  ]);
  const aborted = [
    { producerId: 1n, firstOffset: 10 },
    { producerId: 1n, firstOffset: 15 },
  ];
  assert.deepEqual(offsets(committedBatches(batches, aborted)), [12, 17]);
});

function all(parts: readonly Buffer[]): readonly RecordBatch[] {
  return batchesIn(Buffer.concat(parts));
}

function offsets(batches: readonly RecordBatch[]): readonly number[] {
  return batches.map(({ baseOffset }) => baseOffset);
}
