/**
 * Kafka's Fetch, versions 12 to 17 (brokers since 2.7): what is asked, and the answer with its batches as bytes. The client
 * library has a Fetch of its own; it passes on messages of transactions that were taken back when their mark lies in a later
 * answer, and drops messages of a transaction that is followed by an empty one that was taken back.
 */
import { FetchIsolationLevels, readKnownTaggedFields, Writer } from "@platformatic/kafka";
import type { Connection, Reader } from "@platformatic/kafka";

import type { AbortedTransaction } from "./committed-batches.ts";

export interface FetchRequest {
  readonly version: number;
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: number }[];
  /** How long the broker waits for a first message: milliseconds. */
  readonly maxWaitMs: number;
  /** Of the answer. A first batch that is larger comes all the same. */
  readonly maxBytes: number;
}

export interface FetchAnswer {
  /** Of the whole request; 0 is none. */
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchedPartition {
  readonly partition: number;
  /** 0 is none. */
  readonly errorCode: number;
  /** Behind the last message that may be read: those of open transactions may not. */
  readonly lastStableOffset: number;
  readonly logStart: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

export const fetchVersions: { readonly least: number; readonly greatest: number } = {
  least: 12,
  greatest: 17,
};

const fetchKey = 1;
/** From here on a topic is asked for by its id: one that is made anew is not mistaken for the old one. */
const withTopicIds = 13;
const withoutReplicaId = 15;
const noSession = 0;
const lastEpoch = -1;
const unknown = -1;
const noBytes: Buffer = Buffer.alloc(0);

export async function fetchMessages(connection: Connection, request: FetchRequest): Promise<FetchAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<FetchAnswer>();
  connection.send(
    fetchKey,
    request.version,
    () => requestOf(request),
    (_correlation, _key, _version, reader) => answerOf(reader, request.version),
    true,
    true,
    (error, answer) => {
      if (answer === undefined || error !== null) reject(error ?? new Error("the broker's answer is empty"));
      else resolve(answer);
    },
  );
  return promise;
}

function requestOf({ version, topic, topicId, partitions, maxWaitMs, maxBytes }: FetchRequest): Writer {
  const writer = Writer.create();
  if (version < withoutReplicaId) writer.appendInt32(unknown);
  return writer
    .appendInt32(maxWaitMs)
    .appendInt32(1)
    .appendInt32(maxBytes)
    .appendInt8(FetchIsolationLevels.READ_COMMITTED)
    .appendInt32(noSession)
    .appendInt32(lastEpoch)
    .appendArray([topic], (topics) => {
      if (version >= withTopicIds) topics.appendUUID(topicId);
      else topics.appendString(topic);
      topics.appendArray([...partitions], (asked, { partition, offset }) => {
        asked
          .appendInt32(partition)
          .appendInt32(unknown)
          .appendInt64(BigInt(offset))
          .appendInt32(unknown)
          .appendInt64(BigInt(unknown))
          .appendInt32(maxBytes);
      });
    })
    .appendArray<never>([], () => {})
    .appendString("")
    .appendTaggedFields();
}

function answerOf(reader: Reader, version: number): FetchAnswer {
  reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt32();
  const topics = reader.readArray(
    (topic) => {
      if (version >= withTopicIds) topic.readUUID();
      else topic.readString();
      const partitions = topic.readArray(readPartition, true, false);
      skipTaggedFields(topic);
      return partitions;
    },
    true,
    false,
  );
  skipTaggedFields(reader);
  return { errorCode, partitions: topics.flat() };
}

function readPartition(reader: Reader): FetchedPartition {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt64();
  const lastStableOffset = Number(reader.readInt64());
  const logStart = Number(reader.readInt64());
  const aborted = reader.readNullableArray(
    (one) => {
      const producerId = one.readInt64();
      const firstOffset = Number(one.readInt64());
      skipTaggedFields(one);
      return { producerId, firstOffset };
    },
    true,
    false,
  );
  reader.readInt32();
  // The size counts one more than there is.
  const size = reader.readUnsignedVarInt() - 1;
  const records = size > 0 ? reader.buffer.slice(reader.position, reader.position + size) : noBytes;
  if (size > 0) reader.skip(size);
  skipTaggedFields(reader);
  return { partition, errorCode, lastStableOffset, logStart, aborted: aborted ?? [], records };
}

function skipTaggedFields(reader: Reader): void {
  readKnownTaggedFields(reader, {});
}
