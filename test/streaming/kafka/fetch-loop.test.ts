import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";

import type { Broker } from "@platformatic/kafka";

import type { MessageChunk } from "../../../src/streaming/source/message-source.ts";
import { FetchLoop } from "../../../src/streaming/source/kafka/fetch-loop.ts";
import type { FetchAnswer, FetchedPartition } from "../../../src/streaming/source/kafka/fetch-protocol.ts";
import type { KafkaOptions } from "../../../src/streaming/source/kafka/kafka-options.ts";
import { KafkaPatience } from "../../../src/streaming/source/kafka/kafka-patience.ts";
import { batchBytes, markBytes } from "./support/batches.ts";

const leader: Broker = { host: "broker", port: 9092 };

/** A partition's answer to a position. */
type Answer = (position: number) => Partial<FetchedPartition> | Error | undefined;

interface Reading {
  readonly chunks: readonly MessageChunk<Uint8Array | null>[];
  readonly asked: readonly number[];
  readonly told: readonly string[];
}

/** Reads partition 0 from a position on until the answers are `undefined` for a while: nothing new. */
async function read(answer: Answer, from = 0, more: Partial<KafkaOptions> = {}): Promise<Reading> {
  const stop = new AbortController();
  const options: KafkaOptions = {
    brokers: ["broker:9092"],
    topic: "t",
    job: "j",
    connectTimeoutMs: 1,
    waits: false,
    metadataMaxAgeMs: 60_000,
    skipBatches: new Set(),
    clock: { now: () => 0, sleep: async () => undefined },
    random: () => 0.5,
    ...more,
  };
  const told: string[] = [];
  const asked: number[] = [];
  let idle = 0;
  const patience = new KafkaPatience(options);
  patience.tell = (message) => void told.push(message);
  const loop = new FetchLoop(
    {
      options,
      patience,
      cluster: {
        async fetch(_, __, { positions }): Promise<FetchAnswer> {
          const position = positions.get(0) ?? -1;
          asked.push(position);
          const found = answer(position);
          if (found instanceof Error) throw found;
          await setImmediate();
          idle = found === undefined ? idle + 1 : 0;
          if (idle > 5) stop.abort();
          const partition = {
            partition: 0,
            errorCode: 0,
            lastStableOffset: 0,
            logStart: 0,
            aborted: [],
            records: Buffer.alloc(0),
            ...found,
          };
          return { errorCode: 0, partitions: [partition] };
        },
      },
      look: async () => ({ clusterId: "c", topicId: "i", leaders: new Map([[0, leader]]) }),
      grown: () => true,
    },
    new Map([["0", from]]),
    1,
    stop.signal,
  );
  const chunks: MessageChunk<Uint8Array | null>[] = [];
  for await (const chunk of loop.chunks()) chunks.push(chunk);
  return { chunks, asked, told };
}

function labels({ chunks }: Reading): readonly string[] {
  return chunks.flatMap(({ messages }) => messages.map(({ label }) => label));
}

test("a position moves past marks of transactions and what compaction took, without messages", async () => {
  const batches = new Map([
    [0, batchBytes(["a"], 0, { producerId: 1n })],
    [1, markBytes("commit", 1, 1n)],
    [2, batchBytes(["b"], 40)],
  ]);
  const reading = await read((position) => {
    const records = batches.get(position);
    return records === undefined ? undefined : { records };
  });
  assert.deepEqual(
    reading.chunks.map(({ after, messages }) => [after, messages.length]),
    [
      [1, 1],
      [2, 0],
      [41, 1],
    ],
  );
});

test("a batch that begins before the position gives only what lies behind it", async () => {
  const reading = await read(
    (position) => (position === 2 ? { records: batchBytes(["a", "b", "c", "d"], 0) } : undefined),
    2,
  );
  assert.deepEqual(labels(reading), ["2", "3"]);
});

test("a damaged batch is asked for once more, and the messages before and behind it come once", async () => {
  let isDamaged = true;
  const reading = await read((position) => {
    if (position >= 3) return undefined;
    if (position === 1) isDamaged = false;
    const middle = batchBytes(["b"], 1);
    if (isDamaged) middle.writeUInt8(0xff, middle.length - 1);
    const records = Buffer.concat([batchBytes(["a"], 0), middle, batchBytes(["c"], 2)]);
    return { records: position === 1 ? records.subarray(batchBytes(["a"], 0).length) : records };
  });
  assert.deepEqual(labels(reading), ["0", "1", "2"]);
});

/** Its second message is damaged for good. */
const damagedAnswer: Answer = (position) => {
  if (position >= 3) return undefined;
  const damaged = batchBytes(["b"], 1);
  damaged.writeUInt8(0xff, damaged.length - 1);
  const parts = [batchBytes(["a"], 0), damaged, batchBytes(["c"], 2)];
  return { records: Buffer.concat(parts.slice(position)) };
};

test("a batch that stays damaged ends the reading with its place, and is left out when asked", async () => {
  await assert.rejects(
    read(damagedAnswer),
    (error: Error) =>
      /partition 0: the batch at 1 cannot be read: its checksum is wrong/.test(error.message) &&
      "nextStep" in error &&
      /--skip-batch 0:1 /.test(String(error.nextStep)),
  );
  const reading = await read(damagedAnswer, 0, { skipBatches: new Set(["0:1"]) });
  assert.deepEqual(labels(reading), ["0", "2"]);
  assert.match(reading.told.join(), /messages 1 to 1 are left out/);
});

test("brokers that do not answer are asked again, and that is told once, and once that they do", async () => {
  let tries = 0;
  const reading = await read((position) => {
    tries += 1;
    if (tries <= 3) return new Error("connect ECONNREFUSED");
    return position === 0 ? { records: batchBytes(["a"], 0) } : undefined;
  });
  assert.deepEqual(labels(reading), ["0"]);
  assert.deepEqual(reading.told, [
    "Kafka does not answer, and is asked again and again: connect ECONNREFUSED",
    "Kafka answers again",
  ]);
});

test("a leader that moved is looked for anew, and reading goes on", async () => {
  const notLeader = 6;
  let tries = 0;
  const reading = await read((position) => {
    tries += 1;
    if (tries === 1) return { errorCode: notLeader };
    return position === 0 ? { records: batchBytes(["a"], 0) } : undefined;
  });
  assert.deepEqual(labels(reading), ["0"]);
});

test("a position that the broker no longer has ends the reading: what is missing is for the stream to say", async () => {
  const reading = await read((position) =>
    position === 0 ? { records: batchBytes(["a"], 0) } : { errorCode: 1 },
  );
  assert.deepEqual(labels(reading), ["0"]);
});

test("a right that was taken away ends the stream, and the ACL is named", async () => {
  await assert.rejects(
    read(() => ({ errorCode: 29 })),
    (error: Error) =>
      "nextStep" in error && /ACL Read and Describe on the topic t/.test(String(error.nextStep)),
  );
});

test("a message that is larger than an answer is asked for with more room, up to a limit", async () => {
  const reading = await read((position) => (position === 0 ? { records: batchBytes(["a"], 0) } : undefined));
  assert.deepEqual(labels(reading), ["0"]);
  await assert.rejects(
    read(() => ({ records: batchBytes(["a"], 0).subarray(0, 62) })),
    (error: Error) => "nextStep" in error && /max\.message\.bytes/.test(String(error.nextStep)),
  );
});
