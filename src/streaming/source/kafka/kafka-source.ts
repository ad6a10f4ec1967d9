import { StreamingError } from "../../streaming-error.ts";
import type {
  Assignment,
  MessageSource,
  PartitionBounds,
  SourceIdentity,
  StartChoice,
} from "../message-source.ts";
import { FetchLoop } from "./fetch-loop.ts";
import { isUnknownTopic, KafkaCluster } from "./kafka-cluster.ts";
import type { TopicView } from "./kafka-cluster.ts";
import { KafkaGroup } from "./kafka-group.ts";
import type { KafkaOptions } from "./kafka-options.ts";
import { KafkaPatience } from "./kafka-patience.ts";

type Value = Uint8Array | null;

/**
 * A topic of Kafka. Positions are the offsets to read next, and they come from the stream's table: what Kafka keeps of a group
 * says how far it is to tools alone. Messages of transactions that are open or were taken back are not read.
 */
export class KafkaSource implements MessageSource<Value> {
  readonly #options: KafkaOptions;
  readonly #cluster: KafkaCluster;
  readonly #patience: KafkaPatience;
  #group: KafkaGroup | undefined;
  #view: TopicView | undefined;

  constructor(options: KafkaOptions) {
    this.#options = options;
    this.#cluster = new KafkaCluster(options);
    this.#patience = new KafkaPatience(options);
  }

  /** Others of the group may commit for a partition that was this one's a moment ago. */
  get isShared(): boolean {
    return this.#options.group !== undefined;
  }

  async open(tell?: (message: string) => void): Promise<SourceIdentity> {
    const { topic, waits, brokers } = this.#options;
    if (tell !== undefined) this.#patience.tell = tell;
    this.#view = await this.#patience.atStart(async () =>
      this.#cluster.topic().catch((error: unknown) => {
        if (waits || !isUnknownTopic(error)) throw error;
        throw new StreamingError(
          "SOURCE_UNREACHABLE",
          `Kafka at ${brokers.join(", ")} has no topic ${topic}`,
          {
            cause: error,
            nextStep: "Check --topic; --wait waits until somebody makes it.",
          },
        );
      }),
    );
    const { clusterId, topicId } = this.#view;
    return { kind: "kafka", topic, clusterId, topicId };
  }

  async *assignments(signal: AbortSignal): AsyncGenerator<Assignment<Value>> {
    const { group } = this.#options;
    if (group === undefined) {
      yield* this.#untilEnded(signal);
      return;
    }
    this.#group = new KafkaGroup(this.#options, group, this.#patience);
    for await (const { partitions, ended } of this.#group.generations(signal))
      yield* this.#untilEnded(AbortSignal.any([signal, ended]), partitions);
  }

  /** The same partitions again and again: a reading ends, too, where a position is gone or the topic has grown. */
  async *#untilEnded(ended: AbortSignal, partitions?: readonly number[]): AsyncGenerator<Assignment<Value>> {
    for (let tries = 0; !ended.aborted; tries += 1)
      try {
        if (tries > 0) await this.#patience.pause(1, ended);
        const all = [...(await this.#patience.forEver(async () => this.#look(), ended)).leaders.keys()];
        yield this.#assignment(partitions ?? all, all, ended);
      } catch (error) {
        if (!ended.aborted) throw error;
      }
  }

  async bounds(partitions: readonly string[]): Promise<ReadonlyMap<string, PartitionBounds>> {
    return byName(await this.#patience.forEver(async () => this.#cluster.bounds(partitions.map(Number))));
  }

  async resolve(start: StartChoice, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const numbers = partitions.map(Number);
    return byName(await this.#patience.forEver(async () => this.#cluster.resolve(start, numbers)));
  }

  async acknowledge(positions: ReadonlyMap<string, number>): Promise<void> {
    await (this.#group ?? this.#cluster).tellOffsets(positions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#group?.[Symbol.asyncDispose]();
    await this.#cluster[Symbol.asyncDispose]();
  }

  #assignment(partitions: readonly number[], all: readonly number[], ended: AbortSignal): Assignment<Value> {
    const context = {
      options: this.#options,
      cluster: this.#cluster,
      patience: this.#patience,
      look: async () => this.#look(),
      grown: () => this.#grown(),
    };
    return {
      partitions: partitions.map(String),
      topicPartitions: all.map(String),
      read: (from, signal) =>
        new FetchLoop(context, from, all.length, AbortSignal.any([signal, ended])).chunks(),
    };
  }

  /** A group shares a topic that has grown out anew; without one, reading begins anew with all partitions. */
  #grown(): boolean {
    this.#group?.rejoin();
    return this.#group === undefined;
  }

  /** @throws StreamingError `TOPIC_RECREATED` */
  async #look(): Promise<TopicView> {
    const now = await this.#cluster.topic();
    const before = this.#view;
    if (before !== undefined && (now.topicId !== before.topicId || now.clusterId !== before.clusterId))
      throw new StreamingError(
        "TOPIC_RECREATED",
        `${this.#options.topic}: the topic was made anew while it was read (${before.topicId} is now ${now.topicId}), so its offsets mean other messages`,
        { nextStep: "--accept-new-topic reads it from its beginning." },
      );
    return now;
  }
}

function byName<Item>(byNumber: ReadonlyMap<number, Item>): ReadonlyMap<string, Item> {
  return new Map([...byNumber].map(([partition, item]) => [String(partition), item]));
}
