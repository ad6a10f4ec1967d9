import type { Broker } from "@platformatic/kafka";

import { StreamingError } from "../../streaming-error.ts";
import type { MessageChunk, StreamMessage } from "../message-source.ts";
import { committedBatches } from "./committed-batches.ts";
import type { FetchAnswer, FetchedPartition } from "./fetch-protocol.ts";
import type { KafkaCluster, TopicView } from "./kafka-cluster.ts";
import { kafkaErrorName, missingAcl } from "./kafka-error.ts";
import type { KafkaOptions } from "./kafka-options.ts";
import type { KafkaPatience } from "./kafka-patience.ts";
import { batchesIn, DamagedBatch, recordsOf } from "./record-batch.ts";
import type { KafkaRecord, RecordBatch } from "./record-batch.ts";

type Chunk = MessageChunk<Uint8Array | null>;

export interface FetchLoopContext {
  readonly options: KafkaOptions;
  readonly cluster: Pick<KafkaCluster, "fetch">;
  readonly patience: KafkaPatience;
  /** The topic as it is now; throws when it is another one than the stream reads. */
  readonly look: () => Promise<TopicView>;
  /** The topic has grown; returns whether reading is to end for it. */
  readonly grown: (partitions: number) => boolean;
}

/** What one broker answered; nothing where it is to be asked again. */
interface Reply {
  readonly asked: ReadonlyMap<number, number>;
  readonly answer: FetchAnswer | undefined;
}

/** A fetch is decoded whole before its first message is given out, so large ones make memory and waiting. */
const usualBytes = 1024 * 1024;
const mostBytes = 512 * 1024 * 1024;
/** An idle topic answers so often. */
const maxWaitMs = 500;
const outOfRange = "OFFSET_OUT_OF_RANGE";
const corrupt = "CORRUPT_MESSAGE";

/**
 * Reads partitions from positions on. Each leader is asked for the next messages while those of its answer are being used, and
 * not before they are asked for: what is held is two answers of each. Ends where a position cannot be read: what is missing is
 * for the stream to decide.
 */
export class FetchLoop {
  readonly #context: FetchLoopContext;
  readonly #signal: AbortSignal;
  /** In the order in which they are to be served. */
  readonly #positions: Map<number, number>;
  readonly #asking = new Set<string>();
  readonly #replies: Reply[] = [];
  #arrived: PromiseWithResolvers<void> = Promise.withResolvers();
  #failure: { readonly error: unknown } | undefined;
  /** How many partitions the topic had when the reading began. */
  readonly #known: number;
  #view: TopicView | undefined;
  #lookedMs = 0;
  #tries = 0;
  #isRefused = false;
  /** A partition whose next batch is larger than an answer is asked for alone, with more room. */
  #large: { readonly partition: number; readonly bytes: number } | undefined;
  /** Damaged batches that were asked for a second time: `PARTITION:OFFSET`. */
  readonly #askedAgain = new Set<string>();

  constructor(
    context: FetchLoopContext,
    from: ReadonlyMap<string, number>,
    known: number,
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#positions = new Map([...from].map(([partition, position]) => [Number(partition), position]));
    this.#known = known;
    this.#signal = signal;
  }

  async *chunks(): AsyncGenerator<Chunk> {
    const { patience } = this.#context;
    this.#signal.addEventListener("abort", () => this.#arrived.resolve(), { once: true });
    while (!this.#signal.aborted) {
      if (!(await this.#lookAround())) return;
      this.#ask();
      const reply = await this.#nextReply();
      if (reply === undefined) return;
      if (reply.answer === undefined) {
        this.#view = undefined;
        continue;
      }
      const taken = this.#take(reply.asked, reply.answer);
      if (taken === undefined) return;
      // The next messages come while these are being used.
      this.#ask();
      for (const part of taken) {
        const chunk = this.#decode(part);
        if (chunk !== undefined) yield chunk;
        if (this.#signal.aborted) return;
      }
      if (this.#isRefused) await patience.pause(1, this.#signal).catch(() => undefined);
      this.#isRefused = false;
    }
  }

  /** Looks at the topic where that is due. Returns whether reading goes on. */
  async #lookAround(): Promise<boolean> {
    const { patience, look, options, grown } = this.#context;
    if (this.#view !== undefined && options.clock.now() - this.#lookedMs < options.metadataMaxAgeMs)
      return true;
    try {
      this.#view = await patience.forEver(look, this.#signal);
    } catch (error) {
      if (this.#signal.aborted) return false;
      throw error;
    }
    this.#lookedMs = options.clock.now();
    const partitions = this.#view.leaders.size;
    return partitions <= this.#known || !grown(partitions);
  }

  /** Asks every leader that is not being asked for what it leads. */
  #ask(): void {
    const view = this.#view;
    if (view === undefined) return;
    const byBroker = new Map<string, { broker: Broker; positions: Map<number, number> }>();
    for (const [partition, position] of this.#positions) {
      const broker = view.leaders.get(partition);
      if (broker === undefined || (this.#large !== undefined && this.#large.partition !== partition))
        continue;
      const name = `${broker.host}:${broker.port}`;
      const one = byBroker.get(name) ?? { broker, positions: new Map<number, number>() };
      byBroker.set(name, one);
      one.positions.set(partition, position);
    }
    for (const [name, { broker, positions }] of byBroker)
      if (!this.#asking.has(name)) {
        this.#asking.add(name);
        void this.#fetch(name, broker, view.topicId, positions);
      }
  }

  /** `undefined` once reading is stopped. */
  async #nextReply(): Promise<Reply | undefined> {
    for (;;) {
      if (this.#signal.aborted) return undefined;
      if (this.#failure !== undefined) throw this.#failure.error;
      const reply = this.#replies.shift();
      if (reply !== undefined) return reply;
      await this.#arrived.promise;
      this.#arrived = Promise.withResolvers();
    }
  }

  /** Never rejects. */
  async #fetch(
    name: string,
    broker: Broker,
    topicId: string,
    asked: ReadonlyMap<number, number>,
  ): Promise<void> {
    try {
      this.#replies.push({ asked, answer: await this.#answer(broker, topicId, asked) });
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#asking.delete(name);
    this.#arrived.resolve();
  }

  async #answer(
    broker: Broker,
    topicId: string,
    positions: ReadonlyMap<number, number>,
  ): Promise<FetchAnswer | undefined> {
    const { cluster, patience } = this.#context;
    const maxBytes = this.#large?.bytes ?? usualBytes;
    try {
      const answer = await cluster.fetch(broker, topicId, { positions, maxWaitMs, maxBytes });
      if (answer.errorCode !== 0) throw new Error(kafkaErrorName(answer.errorCode));
      patience.succeeded();
      this.#tries = 0;
      return answer;
    } catch (error) {
      if (this.#signal.aborted) return undefined;
      patience.failed(error);
      this.#tries += 1;
      await patience.pause(this.#tries, this.#signal).catch(() => undefined);
      return undefined;
    }
  }

  /** Moves the positions behind an answer, so the next can be asked for; `undefined` when reading has to end. */
  #take(asked: ReadonlyMap<number, number>, { partitions }: FetchAnswer): readonly Part[] | undefined {
    const taken: Part[] = [];
    for (const fetched of partitions) {
      const { partition } = fetched;
      const position = this.#positions.get(partition);
      // It was moved meanwhile: what was asked for is not what is wanted.
      if (position === undefined || asked.get(partition) !== position) continue;
      const error = fetched.errorCode === 0 ? undefined : kafkaErrorName(fetched.errorCode);
      if (error === outOfRange) return undefined;
      if (error !== undefined) {
        this.#refused(partition, error);
        continue;
      }
      const batches = batchesIn(fetched.records);
      const last = batches.at(-1);
      if (last === undefined) {
        if (fetched.records.length > 0) this.#makeRoom(partition);
        continue;
      }
      this.#large = undefined;
      this.#moveTo(partition, Math.max(position, last.lastOffset + 1));
      taken.push({ fetched, batches, position });
    }
    return taken;
  }

  /** @throws StreamingError `ACCESS_DENIED` */
  #refused(partition: number, error: string): void {
    const { options, patience } = this.#context;
    const acl = missingAcl(error, { ...options, groupId: options.job });
    if (acl !== undefined) throw acl;
    if (error === corrupt) throw unreadable(options.topic, partition, this.#positions.get(partition), error);
    // Its leader has moved, or it is not ready: the topic is looked at anew.
    patience.failed(new Error(`${options.topic}, partition ${partition}: ${error}`));
    this.#view = undefined;
    this.#isRefused = true;
  }

  /** @throws StreamingError `UNREADABLE_MESSAGE` */
  #makeRoom(partition: number): void {
    const bytes = this.#large?.partition === partition ? this.#large.bytes * 8 : usualBytes * 8;
    if (bytes > mostBytes)
      throw new StreamingError(
        "UNREADABLE_MESSAGE",
        `${this.#context.options.topic}, partition ${partition}: the message at ${this.#positions.get(partition) ?? 0} is larger than ${mostBytes} bytes`,
        { nextStep: "Lower max.message.bytes of the topic, and write the message in parts." },
      );
    this.#large = { partition, bytes };
  }

  /** Others are served first the next time. */
  #moveTo(partition: number, position: number): void {
    this.#positions.delete(partition);
    this.#positions.set(partition, position);
  }

  /** The messages of an answer of one partition. A damaged batch is asked for once more, from where it begins. */
  #decode({ fetched, batches, position }: Part): Chunk | undefined {
    const { partition, aborted: takenBack } = fetched;
    const messages: StreamMessage<Uint8Array | null>[] = [];
    const end = (batches.at(-1)?.lastOffset ?? position) + 1;
    let after = Math.max(position, end);
    try {
      for (const batch of committedBatches(batches, takenBack))
        for (const record of this.#records(batch, partition))
          if (record.offset >= position) messages.push(messageOf(record));
    } catch (error) {
      if (!(error instanceof DamagedAt)) throw error;
      after = Math.max(position, error.baseOffset);
      this.#moveTo(partition, after);
    }
    return after === position ? undefined : { partition: String(partition), messages, after };
  }

  /**
   * @throws DamagedAt the first time
   * @throws StreamingError `UNREADABLE_MESSAGE`
   */
  #records(batch: RecordBatch, partition: number): readonly KafkaRecord[] {
    const { options, patience } = this.#context;
    try {
      return recordsOf(batch);
    } catch (error) {
      if (!(error instanceof DamagedBatch)) throw error;
      const place = `${partition}:${batch.baseOffset}`;
      if (options.skipBatches.has(place)) {
        patience.tell(
          `${options.topic}, partition ${partition}: the messages ${batch.baseOffset} to ${batch.lastOffset} are left out, as asked: ${error.message}`,
        );
        return [];
      }
      if (this.#askedAgain.has(place))
        throw unreadable(options.topic, partition, batch.baseOffset, error.message, error);
      this.#askedAgain.add(place);
      throw new DamagedAt(batch.baseOffset, { cause: error });
    }
  }
}

interface Part {
  readonly fetched: FetchedPartition;
  readonly batches: readonly RecordBatch[];
  /** The one that was asked for; the first batch may begin before it. */
  readonly position: number;
}

class DamagedAt extends Error {
  readonly baseOffset: number;

  constructor(baseOffset: number, options: ErrorOptions) {
    super("damaged", options);
    this.baseOffset = baseOffset;
  }
}

function unreadable(
  topic: string,
  partition: number,
  offset: number | undefined,
  reason: string,
  cause?: Error,
): StreamingError {
  return new StreamingError(
    "UNREADABLE_MESSAGE",
    `${topic}, partition ${partition}: the batch at ${offset ?? "?"} cannot be read: ${reason}. Nothing behind it was committed.`,
    {
      cause,
      nextStep: `Find out what broke it. --skip-batch ${partition}:${offset ?? "?"} leaves its messages out for good.`,
    },
  );
}

function messageOf({
  offset,
  timestampMs,
  key,
  value,
  headers,
}: KafkaRecord): StreamMessage<Uint8Array | null> {
  return {
    value,
    after: offset + 1,
    label: String(offset),
    size: (value?.length ?? 0) + (key?.length ?? 0),
    receivedMs: timestampMs,
    key,
    headers,
  };
}
