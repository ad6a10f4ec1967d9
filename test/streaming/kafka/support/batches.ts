import { crc32c, createRecordsBatch } from "@platformatic/kafka";

import { batchesIn } from "../../../../src/streaming/source/kafka/record-batch.ts";
import type { RecordBatch } from "../../../../src/streaming/source/kafka/record-batch.ts";

/** The bytes of a batch as a broker has it: a producer begins at offset 0, and the broker says where it lies. */
export function batchBytes(
  messages: Buffer | readonly string[],
  baseOffset: number,
  { producerId }: { readonly producerId?: bigint } = {},
): Buffer {
  const made = Buffer.isBuffer(messages)
    ? messages
    : createRecordsBatch(
        messages.map((value) => ({ topic: "t", value: Buffer.from(value), timestamp: 1_700_000_000_000n })),
        producerId === undefined ? {} : { producerId, transactionalId: "tx" },
      ).buffer;
  const bytes = Buffer.from(made);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  return bytes;
}

/** The mark at the end of a transaction. */
export function markBytes(kind: "commit" | "abort", baseOffset: number, producerId: bigint): Buffer {
  const key = Buffer.from([0, 0, 0, kind === "abort" ? 0 : 1]);
  const message = { topic: "t", key, value: Buffer.alloc(6), timestamp: 1_700_000_000_000n };
  const bytes = batchBytes(
    createRecordsBatch([message], { producerId, transactionalId: "tx" }).buffer,
    baseOffset,
  );
  bytes.writeInt16BE(bytes.readInt16BE(21) | 0b10_0000, 21);
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

export function onlyBatch(bytes: Buffer): RecordBatch {
  const [batch] = batchesIn(bytes);
  if (batch === undefined) throw new Error("no batch");
  return batch;
}

/** A batch with one record so long after the batch's own time; the library's producer cannot write it. */
export function lateRecordBytes(baseOffset: number, afterMs: number): Buffer {
  const value = Buffer.from("late");
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(BigInt(afterMs)),
    varint(0n),
    varint(-1n),
    varint(BigInt(value.length)),
    value,
    varint(0n),
  ]);
  const records = Buffer.concat([varint(BigInt(body.length)), body]);
  const bytes = Buffer.concat([batchBytes(["late"], baseOffset).subarray(0, 61), records]);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value < 0n ? -2n * value - 1n : 2n * value;
  for (; rest >= 0x80n; rest /= 0x80n) bytes.push(Number(rest % 0x80n) + 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
