import { Consumer, GroupProtocols } from "@platformatic/kafka";
import type { ConsumerOptions } from "@platformatic/kafka";

import { StreamingError } from "../../streaming-error.ts";
import { clientIdOf } from "./kafka-cluster.ts";
import { connectionOptions } from "./kafka-options.ts";
import type { GroupOptions, KafkaOptions } from "./kafka-options.ts";
import type { KafkaPatience } from "./kafka-patience.ts";
import { takeMemberSlot } from "./member-slot.ts";
import type { MemberSlot } from "./member-slot.ts";

/** Partitions of one generation of a group, until it ends. */
export interface Generation {
  readonly partitions: readonly number[];
  readonly ended: AbortSignal;
}

const heartbeatMs = 1000;
const leaveMs = 5000;

/**
 * Membership in a group of Kafka's classic protocol. It only says which partitions are whose: where to read on is in the table,
 * and Kafka is told of it for tools that watch lag.
 */
export class KafkaGroup implements AsyncDisposable {
  readonly #options: KafkaOptions;
  readonly #patience: KafkaPatience;
  readonly #slot: MemberSlot | undefined;
  readonly #consumer: Consumer;
  #next: { readonly generation: Generation; readonly end: AbortController } | undefined;
  #current: AbortController | undefined;
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();
  #failure: unknown;

  constructor(options: KafkaOptions, group: GroupOptions, patience: KafkaPatience) {
    this.#options = options;
    this.#patience = patience;
    this.#slot = group.instanceId === undefined ? takeMemberSlot(options.job) : undefined;
    this.#consumer = new Consumer(
      memberOptions(options, {
        sessionTimeoutMs: group.sessionTimeoutMs,
        instanceId: group.instanceId ?? this.#slot?.instanceId ?? "",
      }),
    );
    this.#consumer.topics.track(options.topic);
    this.#consumer.on("consumer:group:join", ({ assignments = [] }) => {
      const mine = assignments.find(({ topic }) => topic === options.topic)?.partitions ?? [];
      this.#begin(mine.toSorted((one, other) => one - other));
    });
    this.#consumer.on("consumer:group:rebalance", () => this.#current?.abort());
    // The library gives a membership up with it.
    this.#consumer.on("error", (error: Error) => {
      this.#current?.abort();
      void this.#join(error);
    });
  }

  /** One generation after the other. */
  async *generations(signal: AbortSignal): AsyncGenerator<Generation> {
    const wake = (): void => this.#changed.resolve();
    signal.addEventListener("abort", wake, { once: true });
    void this.#join();
    while (!signal.aborted) {
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
      if (signal.aborted) return;
      if (this.#failure !== undefined) throw this.#failure;
      for (let next = this.#next; next !== undefined; next = this.#next) {
        this.#next = undefined;
        yield next.generation;
        if (signal.aborted) return;
        if (this.#failure !== undefined) throw this.#failure;
      }
    }
  }

  /** Asks for a new share of the partitions: the topic has more of them. */
  rejoin(): void {
    void this.#join();
  }

  /** Of partitions that this member has. */
  async tellOffsets(positions: ReadonlyMap<string, number>): Promise<void> {
    await this.#consumer.commit({
      offsets: [...positions].map(([partition, position]) => ({
        topic: this.#options.topic,
        partition: Number(partition),
        offset: BigInt(position),
        leaderEpoch: -1,
      })),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#current?.abort();
    // Brokers that are away are not waited for: the session ends by itself.
    const left = new AbortController();
    const waited = this.#options.clock.sleep(leaveMs, left.signal).catch(() => undefined);
    await Promise.race([this.#consumer.close(true).catch(() => undefined), waited]);
    left.abort();
    this.#slot?.[Symbol.dispose]();
  }

  async #join(failure?: Error): Promise<void> {
    try {
      if (failure !== undefined) this.#patience.failed(failure);
      await this.#patience.forEver(async () => {
        if (!this.#consumer.closed) await this.#consumer.joinGroup({});
      });
    } catch (error) {
      this.#failure =
        error instanceof StreamingError ? error : new StreamingError("SOURCE_UNREACHABLE", String(error));
      this.#current?.abort();
      this.#changed.resolve();
    }
  }

  #begin(partitions: readonly number[]): void {
    this.#current?.abort();
    const end = new AbortController();
    this.#current = end;
    this.#next = { generation: { partitions, ended: end.signal }, end };
    this.#changed.resolve();
  }
}

/** What a member is made with: its library's defaults lose messages, and let partitions of the dead wait for a minute. */
export function memberOptions(
  options: KafkaOptions,
  { instanceId, sessionTimeoutMs }: Required<GroupOptions> & { readonly instanceId: string },
): ConsumerOptions<Buffer, Buffer, Buffer, Buffer> {
  return {
    clientId: clientIdOf(options),
    groupId: options.job,
    groupInstanceId: instanceId,
    groupProtocol: GroupProtocols.CLASSIC,
    bootstrapBrokers: [...options.brokers],
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: Math.min(heartbeatMs, Math.floor(sessionTimeoutMs / 3)),
    rebalanceTimeout: Math.max(sessionTimeoutMs, 30_000),
    // Offsets are told after the table has them, and to tools alone.
    autocommit: false,
    maxBytes: 1024 * 1024,
    retries: 10,
    retryDelay: 300,
    autocreateTopics: false,
    ...connectionOptions(options),
  };
}
