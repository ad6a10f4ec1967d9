import { randomUUID } from "node:crypto";
import {
  aFunction,
  argumentsProblem,
  capableOf,
  instanceOf,
  refusing,
  required,
} from "finance-feedback-delta/contract";
import type { Check, OptionTable } from "finance-feedback-delta/contract";

import { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { Clock } from "../seams/clock.ts";
import { systemClock } from "../seams/clock.ts";
import { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { assertOptions } from "./arguments.ts";
import type { PreparedStream } from "./job/prepared-stream.ts";
import { prepareStream } from "./job/prepare-stream.ts";
import { nothingCounted, withBatch } from "./job/stream-counts.ts";
import type { StreamCounted } from "./job/stream-counts.ts";
import { streamOptions } from "./job/stream-options.ts";
import type { StreamOptions } from "./job/stream-options.ts";
import type { PartitionLag } from "./progress/partition-lag.ts";
import type { CommittedBatch } from "./run/stream-run.ts";
import { StreamingError } from "./streaming-error.ts";

export interface StreamingIngesterOptions extends StreamOptions {
  /** Where messages go that do not pass: the queue `data/dlq` when left out. */
  readonly deadLetters?: DeadLetterQueue | undefined;
  /** The machine's own when left out. */
  readonly clock?: Clock | undefined;
  /** Called after each commit. */
  readonly onBatch?: ((batch: CommittedBatch) => void) | undefined;
  /** Called with what is odd and needs nobody at once, in a sentence. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** How a stream is doing. */
export interface StreamStatus extends StreamCounted {
  readonly name: string;
  /** `ready` before it is started; `failed` when its run ended by an error. */
  readonly state: "ready" | "running" | "stopping" | "ended" | "failed";
  /** The tables that it commits to. */
  readonly tables: readonly string[];
}

const ingesterOptions: OptionTable<StreamingIngesterOptions> = {
  ...streamOptions,
  deadLetters: instanceOf('a DeadLetterQueue, such as new DeadLetterQueue("data/dlq")', DeadLetterQueue),
  clock: capableOf("a clock, such as systemClock", ["now", "sleep"]),
  onBatch: aFunction,
  onNote: aFunction,
};

const assertArguments: Check = refusing(
  argumentsProblem,
  (problem) => new StreamingError("INVALID_ARGUMENT", problem),
);

/**
 * Brings a stream of messages into the lake, each message exactly once. How far it is lies in its tables: whenever and however
 * it ends, the next one goes on from there.
 *
 * @example
 * const lake = new DeltaLakeManager({ storagePath: "data/demo" });
 * const ingester = new StreamingIngester(lake, { source: "demo", assets: ["BTCUSD"] });
 * const run = ingester.start();
 * setTimeout(() => ingester.stop(), 60_000);
 * await run;
 * console.log(ingester.status().rowsIngested);
 */
export class StreamingIngester {
  readonly #stream: PreparedStream;
  readonly #onBatch: ((batch: CommittedBatch) => void) | undefined;
  readonly #onNote: ((note: string) => void) | undefined;
  readonly #stop = new AbortController();
  #state: StreamStatus["state"] = "ready";
  #counted: StreamCounted = nothingCounted;
  #run: Promise<void> | undefined;

  /** @throws StreamingError and MarketError `INVALID_ARGUMENT` */
  constructor(lake: DeltaLakeManager, options: StreamingIngesterOptions) {
    assertArguments(
      "new StreamingIngester",
      { lake },
      { lake: required(instanceOf("a DeltaLakeManager", DeltaLakeManager)) },
    );
    assertOptions("new StreamingIngester", options, ingesterOptions);
    const {
      deadLetters = new DeadLetterQueue("data/dlq"),
      clock = systemClock,
      onBatch,
      onNote,
      ...stream
    } = options;
    this.#stream = prepareStream(stream, { lake, deadLetters, clock, ingestionId: randomUUID() });
    this.#onBatch = onBatch;
    this.#onNote = onNote;
  }

  /**
   * Runs until it is stopped, or has read what there was if its options say `untilNow`. An ingester runs once.
   *
   * @throws StreamingError; what was committed stays.
   */
  async start(): Promise<void> {
    if (this.#run !== undefined)
      throw new StreamingError("INVALID_ARGUMENT", "start: an ingester runs once; make another one");
    this.#run = this.#runToItsEnd();
    await this.#run;
  }

  /** Commits what the stream holds, and ends it. An error of its run is thrown by `start` alone. */
  async stop(): Promise<void> {
    if (this.#state === "running") this.#state = "stopping";
    this.#stop.abort();
    await this.#run?.catch(() => undefined);
  }

  status(): StreamStatus {
    const { job: name, tables } = this.#stream;
    return { ...this.#counted, name, state: this.#state, tables };
  }

  /**
   * How far the table is behind the source, by partition; only while it runs.
   *
   * @throws StreamingError `INVALID_ARGUMENT` while it does not run.
   */
  async lag(): Promise<ReadonlyMap<string, PartitionLag>> {
    if (this.#state !== "running")
      throw new StreamingError("INVALID_ARGUMENT", `lag: the stream ${this.#stream.job} does not run`);
    return this.#stream.lag();
  }

  async #runToItsEnd(): Promise<void> {
    this.#state = "running";
    try {
      await this.#stream.run({
        signal: this.#stop.signal,
        onBatch: (batch) => {
          this.#counted = withBatch(this.#counted, batch);
          this.#onBatch?.(batch);
        },
        tell: (note) => this.#onNote?.(note),
      });
      this.#state = "ended";
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }
}
