import { Admin, ConnectionPool, FetchIsolationLevels, ListOffsetTimestamps } from "@platformatic/kafka";
import type { Broker } from "@platformatic/kafka";

import { StreamingError } from "../../streaming-error.ts";
import type { PartitionBounds, StartChoice } from "../message-source.ts";
import { fetchMessages, fetchVersions } from "./fetch-protocol.ts";
import type { FetchAnswer } from "./fetch-protocol.ts";
import { isKafkaError } from "./kafka-error.ts";
import { connectionOptions } from "./kafka-options.ts";
import type { KafkaOptions } from "./kafka-options.ts";

/** A topic as the cluster describes it. */
export interface TopicView {
  readonly clusterId: string;
  readonly topicId: string;
  /** By partition: its leader. */
  readonly leaders: ReadonlyMap<number, Broker>;
}

/** Asks a cluster about one topic, and for its messages. Each call is one try; patience is the caller's. */
export class KafkaCluster implements AsyncDisposable {
  readonly #options: KafkaOptions;
  readonly #admin: Admin;
  /** Fetches wait for messages, and would hold up what else is asked on the same connection. */
  readonly #fetches: ConnectionPool;
  #fetchVersion: number | undefined;

  constructor(options: KafkaOptions) {
    this.#options = options;
    const connection = connectionOptions(options);
    this.#admin = new Admin({
      clientId: clientIdOf(options),
      bootstrapBrokers: [...options.brokers],
      retries: 0,
      autocreateTopics: false,
      ...connection,
    });
    this.#fetches = new ConnectionPool(clientIdOf(options), connection);
  }

  async topic(): Promise<TopicView> {
    const { topic } = this.#options;
    const { id, brokers, topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
    const found = topics.get(topic);
    if (found === undefined) throw new Error(`the cluster does not tell of the topic ${topic}`);
    const leaders = new Map<number, Broker>();
    found.partitions.forEach(({ leader }, partition) => {
      const broker = brokers.get(leader);
      if (broker !== undefined) leaders.set(partition, broker);
    });
    if (leaders.size < found.partitionsCount)
      throw new Error(`${found.partitionsCount - leaders.size} partitions of ${topic} have no leader now`);
    return { clusterId: id, topicId: found.id, leaders };
  }

  /** Between where messages can be read that no transaction may still take back. */
  async bounds(partitions: readonly number[]): Promise<ReadonlyMap<number, PartitionBounds>> {
    if (partitions.length === 0) return new Map();
    const [firsts, ends] = await Promise.all([
      this.#offsets(partitions, ListOffsetTimestamps.EARLIEST),
      this.#offsets(partitions, ListOffsetTimestamps.LATEST),
    ]);
    return new Map(partitions.map((one) => [one, { first: firsts.get(one) ?? 0, end: ends.get(one) ?? 0 }]));
  }

  async resolve(start: StartChoice, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    switch (start.kind) {
      case "earliest":
        return this.#offsets(partitions, ListOffsetTimestamps.EARLIEST);
      case "latest":
        return this.#offsets(partitions, ListOffsetTimestamps.LATEST);
      case "timestamp": {
        const found = await this.#offsets(partitions, BigInt(start.fromMs));
        // No message is as late: what comes from now on is.
        const late = partitions.filter((one) => (found.get(one) ?? -1) < 0);
        return new Map([...found, ...(await this.#offsets(late, ListOffsetTimestamps.LATEST))]);
      }
      case "positions": {
        const rest = partitions.filter((one) => !start.positions.has(String(one)));
        const given = partitions.flatMap((one) => {
          const position = start.positions.get(String(one));
          return position === undefined ? [] : [[one, position] as const];
        });
        return new Map([...given, ...(await this.#offsets(rest, ListOffsetTimestamps.EARLIEST))]);
      }
    }
  }

  async fetch(
    leader: Broker,
    topicId: string,
    asked: {
      readonly positions: ReadonlyMap<number, number>;
      readonly maxWaitMs: number;
      readonly maxBytes: number;
    },
  ): Promise<FetchAnswer> {
    this.#fetchVersion ??= await this.#bestFetchVersion();
    const connection = await this.#fetches.get(leader);
    return fetchMessages(connection, {
      version: this.#fetchVersion,
      topic: this.#options.topic,
      topicId,
      partitions: [...asked.positions].map(([partition, offset]) => ({ partition, offset })),
      maxWaitMs: asked.maxWaitMs,
      maxBytes: asked.maxBytes,
    });
  }

  /** Tells a group's offsets to Kafka, for tools that watch lag. Only of a group without members. */
  async tellOffsets(positions: ReadonlyMap<string, number>): Promise<void> {
    const { topic, job } = this.#options;
    const partitionOffsets = [...positions].map(([partition, position]) => ({
      partition: Number(partition),
      offset: BigInt(position),
    }));
    await this.#admin.alterConsumerGroupOffsets({
      groupId: job,
      topics: [{ name: topic, partitionOffsets }],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#fetches.close(), this.#admin.close()]);
  }

  async #offsets(partitions: readonly number[], timestamp: bigint): Promise<ReadonlyMap<number, number>> {
    if (partitions.length === 0) return new Map();
    const { topic } = this.#options;
    const [found] = await this.#admin.listOffsets({
      topics: [
        { name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })) },
      ],
      isolationLevel: FetchIsolationLevels.READ_COMMITTED,
    });
    return new Map(
      (found?.partitions ?? []).map(({ partitionIndex, offset }) => [partitionIndex, safeOffset(offset)]),
    );
  }

  async #bestFetchVersion(): Promise<number> {
    const apis = await this.#admin.listApis();
    const { maxVersion } = apis.find(({ apiKey }) => apiKey === 1) ?? { maxVersion: 0 };
    if (maxVersion < fetchVersions.least)
      throw new StreamingError("SOURCE_UNREACHABLE", "The brokers are older than Kafka 2.7");
    return Math.min(maxVersion, fetchVersions.greatest);
  }
}

export function clientIdOf({ job }: KafkaOptions): string {
  return `ffe-${job}`.replaceAll(/[^\w.-]/g, "-");
}

/** Positions are numbers in Delta's log as well, which keeps whole numbers up to 2^53. */
function safeOffset(offset: bigint): number {
  const position = Number(offset);
  if (!Number.isSafeInteger(position))
    throw new StreamingError("UNREADABLE_MESSAGE", `Offset ${offset} is larger than a table can keep`);
  return position;
}

/** Whether an error says that the topic is not there. */
export function isUnknownTopic(error: unknown): boolean {
  return (
    isKafkaError(error, "UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_ID", "INVALID_TOPIC_EXCEPTION") ||
    (error instanceof Error && error.message.startsWith("Unknown topic "))
  );
}
