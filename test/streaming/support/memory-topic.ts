import { once } from "node:events";

import type {
  Assignment,
  MessageChunk,
  MessageSource,
  PartitionBounds,
  SourceIdentity,
  StartChoice,
  StreamMessage,
} from "../../../src/streaming/source/message-source.ts";

interface StoredMessage {
  readonly offset: number;
  readonly value: Uint8Array | null;
  readonly brokerMs: number;
}

/** A topic of a broker that lies in memory: what a test does to it, a broker may do. */
export class MemoryTopic {
  identity: SourceIdentity = { kind: "memory", topic: "trades", clusterId: "cluster-1", topicId: "topic-1" };
  readonly #partitions = new Map<string, Partition>();
  readonly #changed = new EventTarget();
  /** Messages in one chunk at most. */
  chunkSize = 7;
  readonly acknowledged: Map<string, number> = new Map();
  /** Thrown by the next acknowledgement. */
  acknowledgeError: Error | undefined;
  /** Chunks that were given out. */
  chunksRead = 0;

  constructor(partitions: readonly string[] = ["0"]) {
    for (const partition of partitions) this.addPartition(partition);
  }

  get partitions(): readonly string[] {
    return [...this.#partitions.keys()];
  }

  addPartition(partition: string): void {
    this.#partitions.set(partition, { messages: [], first: 0, end: 0 });
    this.#tell();
  }

  send(partition: string, value: string | Uint8Array | null, brokerMs = 0): void {
    const one = this.partition(partition);
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    one.messages.push({ offset: one.end, value: bytes, brokerMs });
    one.end += 1;
    this.#tell();
  }

  /** An offset without a message: the mark of a transaction, or what compaction took. */
  skipOffsets(partition: string, count = 1): void {
    this.partition(partition).end += count;
    this.#tell();
  }

  /** Forgets messages below an offset, as retention does. */
  forgetBelow(partition: string, offset: number): void {
    const one = this.partition(partition);
    one.first = offset;
    one.messages.splice(0, one.messages.filter((message) => message.offset < offset).length);
  }

  /** Loses messages from an offset on, as an unclean election does. */
  truncate(partition: string, offset: number): void {
    const one = this.partition(partition);
    one.messages.splice(one.messages.filter((message) => message.offset < offset).length);
    one.end = offset;
  }

  /** Deletes the topic and makes it anew. */
  recreate(topicId: string): void {
    this.identity = { ...this.identity, topicId };
    for (const partition of this.#partitions.keys()) this.addPartition(partition);
  }

  partition(name: string): Partition {
    const found = this.#partitions.get(name);
    if (found === undefined) throw new Error(`no partition ${name}`);
    return found;
  }

  source(options: MemorySourceOptions = {}): MessageSource<Uint8Array | null> {
    return new MemorySource(this, options);
  }

  async changed(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) await once(this.#changed, "change", { signal }).catch(() => undefined);
  }

  #tell(): void {
    this.#changed.dispatchEvent(new Event("change"));
  }
}

interface Partition {
  readonly messages: StoredMessage[];
  first: number;
  end: number;
}

export interface MemorySourceOptions {
  /** Its assignments, one after the other; all partitions until the end when left out. */
  readonly assignments?: ((signal: AbortSignal) => AsyncIterable<MemoryAssignment>) | undefined;
  readonly isShared?: boolean | undefined;
}

/** Partitions, and the signal that takes them away. */
interface MemoryAssignment {
  readonly partitions: readonly string[];
  readonly revoked: AbortSignal;
}

class MemorySource implements MessageSource<Uint8Array | null> {
  readonly #topic: MemoryTopic;
  readonly #options: MemorySourceOptions;

  constructor(topic: MemoryTopic, options: MemorySourceOptions) {
    this.#topic = topic;
    this.#options = options;
  }

  get isShared(): boolean {
    return this.#options.isShared === true;
  }

  async open(): Promise<SourceIdentity> {
    return this.#topic.identity;
  }

  async *assignments(signal: AbortSignal): AsyncGenerator<Assignment<Uint8Array | null>> {
    const given = this.#options.assignments?.(signal) ?? this.#all();
    for await (const { partitions, revoked } of given) {
      if (signal.aborted) return;
      yield {
        partitions,
        topicPartitions: this.#topic.partitions,
        read: (from, stop) => this.#read(from, AbortSignal.any([stop, revoked])),
      };
    }
  }

  async *#all(): AsyncGenerator<MemoryAssignment> {
    yield { partitions: this.#topic.partitions, revoked: new AbortController().signal };
  }

  async *#read(
    from: ReadonlyMap<string, number>,
    signal: AbortSignal,
  ): AsyncGenerator<MessageChunk<Uint8Array | null>> {
    const positions = new Map(from);
    while (!signal.aborted) {
      let isIdle = true;
      for (const [partition, position] of positions) {
        const { messages, end } = this.#topic.partition(partition);
        if (position >= end) continue;
        const some = messages.filter(({ offset }) => offset >= position).slice(0, this.#topic.chunkSize);
        const last = some.at(-1);
        const isLast = last === undefined || last.offset === messages.at(-1)?.offset;
        const after = isLast ? end : last.offset + 1;
        positions.set(partition, after);
        isIdle = false;
        this.#topic.chunksRead += 1;
        yield { partition, messages: some.map(messageOf), after };
        if (signal.aborted) return;
      }
      if (isIdle) await this.#topic.changed(signal);
    }
  }

  async bounds(partitions: readonly string[]): Promise<ReadonlyMap<string, PartitionBounds>> {
    return new Map(
      partitions.map((name) => {
        const { first, end } = this.#topic.partition(name);
        return [name, { first, end }];
      }),
    );
  }

  async resolve(start: StartChoice, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(
      partitions.map((name) => {
        const { first, end, messages } = this.#topic.partition(name);
        switch (start.kind) {
          case "earliest":
            return [name, first];
          case "latest":
            return [name, end];
          case "timestamp":
            return [name, messages.find(({ brokerMs }) => brokerMs >= start.fromMs)?.offset ?? end];
          case "positions":
            return [name, start.positions.get(name) ?? first];
        }
      }),
    );
  }

  async acknowledge(positions: ReadonlyMap<string, number>): Promise<void> {
    const error = this.#topic.acknowledgeError;
    if (error !== undefined) throw error;
    for (const [partition, position] of positions) this.#topic.acknowledged.set(partition, position);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function messageOf({ offset, value, brokerMs }: StoredMessage): StreamMessage<Uint8Array | null> {
  return {
    value,
    after: offset + 1,
    label: String(offset),
    size: value?.length ?? 0,
    receivedMs: brokerMs,
  };
}
