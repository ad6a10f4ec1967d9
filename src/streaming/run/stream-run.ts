/**
 * The loop of a stream: reads, decodes, gathers batches, commits. What this file guarantees:
 * - A message is in a table or in the dead letters exactly once, wherever the process is killed: a commit has the rows and the
 *   positions to go on from, and the next start reads these from the table alone.
 * - While a batch is being committed the next one fills; what both hold is bounded, and reading waits then.
 * - A commit that fails is a retry or the end of the stream, never a batch that is left out.
 */
import { setImmediate as nextTurn } from "node:timers/promises";

import { stopwatch } from "finance-feedback-delta/contract";

import { pipelineEvents } from "../../events/pipeline-events.ts";
import type { Clock } from "../../seams/clock.ts";
import { MicroBatch } from "./micro-batch.ts";
import type { BatchLimits } from "./micro-batch.ts";
import type { Decode } from "../formats/decoded.ts";
import { assertNoHoles, assertSameSource, holesOf } from "../progress/check-positions.ts";
import type { Hole } from "../progress/check-positions.ts";
import { lagOf } from "../progress/partition-lag.ts";
import type { PartitionLag } from "../progress/partition-lag.ts";
import type { PartitionMove } from "../progress/stream-progress.ts";
import { heldBackPartition, readHeldBack } from "../source/message-source.ts";
import type {
  Assignment,
  HeldBack,
  MessageChunk,
  MessageSource,
  SourceIdentity,
  StartChoice,
} from "../source/message-source.ts";
import { StreamingError } from "../streaming-error.ts";
import type {
  PlacedRejection,
  PlacedRow,
  StreamProgress,
  StreamWriter,
  WriteOutcome,
} from "../write/stream-writer.ts";
import { withStorePatience } from "./store-patience.ts";

export interface StreamSettings extends BatchLimits {
  /** From a batch's first message to its commit: milliseconds. */
  readonly intervalMs: number;
  readonly start: StartChoice;
  readonly onGap: "fail" | "skip";
  readonly acceptsNewTopic: boolean;
  /** Ends at the messages that are there when it starts. */
  readonly untilNow: boolean;
  /** The share of a batch's messages that may be rejected. */
  readonly maxRejectedShare: number;
  /** How long a commit may take once the stream is to stop: milliseconds. */
  readonly stopTimeoutMs: number;
  /** How long a store that fails is asked again: milliseconds. */
  readonly storePatienceMs: number;
}

export const usualSettings: StreamSettings = {
  intervalMs: 5000,
  maxRows: 50_000,
  maxBytes: 64 * 1024 * 1024,
  start: { kind: "earliest" },
  onGap: "fail",
  acceptsNewTopic: false,
  untilNow: false,
  maxRejectedShare: 0.5,
  stopTimeoutMs: 10_000,
  storePatienceMs: 300_000,
};

export interface StreamJob<Value, Row> {
  readonly name: string;
  readonly source: MessageSource<Value>;
  readonly decode: Decode<Value, Row>;
  readonly writer: StreamWriter<Row>;
  /** Records what is gone from the source, before the stream goes on behind it. Doing it again changes nothing. */
  readonly recordHoles?: ((holes: readonly Hole[], identity: SourceIdentity) => Promise<void>) | undefined;
  /** Records parts that are held back, before the stream goes on behind them, and once they are given. Doing it again changes nothing. */
  readonly recordHeldBack?:
    ((parts: readonly RecordedPart[], identity: SourceIdentity) => Promise<void>) | undefined;
}

/** A part of a partition that is held back, and whether it was given since. */
export interface RecordedPart extends Pick<HeldBack, "from" | "to"> {
  readonly partition: string;
  readonly range?: HeldBack["range"] | undefined;
  readonly isFilled: boolean;
}

/** When a row's event happened, where that is known, and when its message came: milliseconds since the epoch. */
export interface RowTimes {
  readonly eventMs?: number | undefined;
  readonly receivedMs: number;
}

/** A batch that was committed. */
export interface CommittedBatch extends WriteOutcome {
  readonly topic: string;
  readonly epochId: number;
  readonly messages: number;
  readonly bytes: number;
  readonly rows: readonly RowTimes[];
  /** When it was committed: milliseconds since the epoch. */
  readonly committedMs: number;
  /** By partition. */
  readonly positions: ReadonlyMap<string, number>;
}

export interface StreamRunOptions {
  readonly settings: StreamSettings;
  readonly clock: Clock;
  /** Stops the stream: what it holds is committed if that does not take too long. */
  readonly signal: AbortSignal;
  readonly onBatch?: ((batch: CommittedBatch) => void) | undefined;
  /** Says what is odd and needs nobody at once, a line each. */
  readonly tell?: ((message: string) => void) | undefined;
}

/** Messages decoded at once before other work has its turn: heartbeats wait meanwhile. */
const messagesATurn = 2000;
/** Commits that others were before, one after the other: more than a change of readers makes. */
const conflictsMax = 10;
/** Fewer rejected messages say nothing of a producer. */
const judgedFrom = 100;

type Item<Row> =
  | ({ readonly kind: "row" } & PlacedRow<Row>)
  | ({ readonly kind: "rejected" } & PlacedRejection)
  | { readonly kind: "skipped" };

export class StreamRun<Value, Row> {
  readonly #job: StreamJob<Value, Row>;
  readonly #options: StreamRunOptions;
  readonly #stopped = new AbortController();
  #epochId = 0;
  /** Of every partition: how far it is read, be it committed or not. */
  #positions = new Map<string, number>();
  /** Of every partition: how far the table has it. */
  #committed: Map<string, number> = new Map();
  /** Where each partition ends for a stream that reads until now. */
  #ends: ReadonlyMap<string, number> | undefined;
  /** Of partitions that cannot be read on. */
  readonly #ended = new Map<string, StreamingError>();

  constructor(job: StreamJob<Value, Row>, options: StreamRunOptions) {
    this.#job = job;
    this.#options = options;
  }

  /**
   * Runs until the stream is stopped, or has read what there was.
   *
   * @throws StreamingError; the table holds how far the stream was.
   */
  async run(): Promise<void> {
    const { source } = this.#job;
    const { signal } = this.#options;
    const stop = (): void => this.#stopped.abort();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      const identity = await source.open(this.#options.tell);
      for await (const assignment of source.assignments(this.#stopped.signal)) {
        const isOver = await this.#runBesideOthers(assignment, identity);
        if (isOver || this.#stopped.signal.aborted) break;
      }
      const [ended] = this.#ended.values();
      if (ended !== undefined) throw ended;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#stopped.abort();
      await source[Symbol.asyncDispose]();
    }
  }

  /** How far the stream is behind its source, by partition; of one that has not begun to read nothing. */
  async lag(): Promise<ReadonlyMap<string, PartitionLag>> {
    const bounds = await this.#job.source.bounds([...this.#committed.keys()]);
    return lagOf(this.#committed, bounds);
  }

  /**
   * In a group the reader before may commit last, or the one behind first: the table says where to go on. Without one nobody
   * else may commit. Returns whether the stream is over with it.
   */
  async #runBesideOthers(assignment: Assignment<Value>, identity: SourceIdentity): Promise<boolean> {
    const { source } = this.#job;
    const { tell = () => {} } = this.#options;
    for (let conflicts = 0; ;) {
      const epochsBefore = this.#epochId;
      try {
        return await this.#runAssignment(assignment, identity);
      } catch (error) {
        if (source.isShared !== true || !(error instanceof StreamingError) || error.code !== "OTHER_WRITER")
          throw error;
        // The epoch of the refused commit itself is no progress.
        conflicts = this.#epochId > epochsBefore + 1 ? 1 : conflicts + 1;
        if (conflicts >= conflictsMax) throw error;
        tell("Another reader of the group has committed first; the stream goes on from the table");
      }
    }
  }

  /** Returns whether the stream is over with it. */
  async #runAssignment(assignment: Assignment<Value>, identity: SourceIdentity): Promise<boolean> {
    this.#positions = new Map(await this.#startPositions(assignment, identity));
    if (this.#options.settings.untilNow) {
      const unknown = assignment.partitions.filter((partition) => this.#ends?.has(partition) !== true);
      this.#ends = new Map([...(this.#ends ?? []), ...endsOf(await this.#job.source.bounds(unknown))]);
      if (this.#isAtEnd()) return true;
    }
    const reading = new AbortController();
    const endReading = (): void => reading.abort();
    this.#stopped.signal.addEventListener("abort", endReading, { once: true });
    if (this.#stopped.signal.aborted) endReading();
    try {
      return await this.#pump(assignment.read(this.#positions, reading.signal), identity);
    } finally {
      this.#stopped.signal.removeEventListener("abort", endReading);
      reading.abort();
    }
  }

  async #startPositions(
    { partitions, topicPartitions = partitions }: Assignment<Value>,
    identity: SourceIdentity,
  ): Promise<ReadonlyMap<string, number>> {
    const { source, writer } = this.#job;
    const { settings, tell = () => {} } = this.#options;
    const progress = await writer.readProgress(identity);
    if (!settings.acceptsNewTopic) assertSameSource(progress.sources, identity);
    const isFirstStart =
      progress.sources.every(({ topicId }) => topicId !== identity.topicId) &&
      topicPartitions.every((partition) => progress.position(partition) === undefined);
    const stored = new Map<string, number>();
    const fresh: string[] = [];
    // The first reader of a group begins all partitions at once: one that is found later is new, and is read whole.
    for (const partition of isFirstStart ? topicPartitions : partitions) {
      const position = progress.position(partition);
      if (position === undefined) fresh.push(partition);
      else stored.set(partition, position);
    }
    const heldBack = heldBackIn(partitions, progress);
    // The process may have ended between a commit and what is recorded of it.
    await this.#recordFilled(
      progress.partitions.map((name) => ({ partition: name, after: progress.position(name) ?? 0 })),
      identity,
    );
    const holes = holesOf(stored, await source.bounds([...stored.keys()]), identity);
    if (settings.onGap === "fail") assertNoHoles(holes, identity);
    // A partition that came later is read from its beginning: its first messages would be lost otherwise.
    const choice: StartChoice =
      isFirstStart && !(settings.acceptsNewTopic && progress.sources.length > 0)
        ? settings.start
        : { kind: "earliest" };
    const resolved = fresh.length === 0 ? new Map<string, number>() : await source.resolve(choice, fresh);
    const moves = [
      ...[...resolved].map(([partition, after]) => ({ partition, from: undefined, after })),
      ...holes.map(({ partition, from, to }) => ({ partition, from, after: to })),
    ];
    // Two tables are no one commit: a hole that is known and not passed yet is told again, one that is passed never.
    if (holes.length > 0) await this.#job.recordHoles?.(holes, identity);
    if (moves.length > 0) await writer.begin(identity, moves);
    for (const hole of holes) tell(describeHole(hole, identity));
    const positions = new Map([
      ...stored,
      ...resolved,
      ...holes.map(({ partition, to }) => [partition, to] as const),
    ]);
    return new Map([
      ...partitions.map((partition) => [partition, positions.get(partition) ?? 0] as const),
      ...heldBack,
    ]);
  }

  /** Reads, gathers and commits until the reading ends. Returns whether the stream is over with it. */
  async #pump(chunks: AsyncIterable<MessageChunk<Value>>, identity: SourceIdentity): Promise<boolean> {
    const { settings, clock } = this.#options;
    const iterator = chunks[Symbol.asyncIterator]();
    const committed = new Map(this.#positions);
    this.#committed = committed;
    let batch = new MicroBatch<Item<Row>>();
    let rest: Rest<Value> | undefined;
    let reading: Promise<void> | undefined;
    let isRead = false;
    let committing: Promise<void> | undefined;
    let failure: { readonly error: unknown } | undefined;
    let timer: BatchTimer | undefined;
    const fail = (error: unknown): void => {
      failure ??= { error };
    };
    try {
      for (;;) {
        if (failure !== undefined) throw failure.error;
        const isEnding = isRead || this.#isAtEnd() || this.#stopped.signal.aborted;
        if (rest !== undefined && !batch.isFull(settings)) {
          rest = await this.#take(rest, batch);
          continue;
        }
        if (timer === undefined && !batch.isEmpty) timer = new BatchTimer(clock, settings.intervalMs);
        const isDue = isEnding || batch.isFull(settings) || timer?.isOver === true;
        if (isDue && !batch.isEmpty && committing === undefined) {
          const closed = batch;
          batch = new MicroBatch();
          timer?.[Symbol.dispose]();
          timer = undefined;
          committing = this.#commit(closed, identity, committed)
            .catch(fail)
            .finally(() => {
              committing = undefined;
            });
          continue;
        }
        if (isEnding && batch.isEmpty && committing === undefined) return !isRead || this.#isAtEnd();
        if (!isEnding && rest === undefined) {
          reading ??= iterator
            .next()
            .then((result) => {
              if (result.done === true) isRead = true;
              else rest = { chunk: result.value, index: 0 };
              return undefined;
            })
            .catch(fail)
            .finally(() => {
              reading = undefined;
            });
        }
        const stopping = this.#stopped.signal.aborted ? undefined : aborted(this.#stopped.signal);
        // A timer that is over would be won at once, again and again, while a commit is awaited.
        const waiting = timer?.isOver === true ? undefined : timer?.over;
        await Promise.race(
          [reading, committing, waiting, stopping?.promise].filter((one) => one !== undefined),
        );
        stopping?.[Symbol.dispose]();
      }
    } finally {
      timer?.[Symbol.dispose]();
      // A commit that is under way ends as it ends; nobody waits for the source.
      await committing;
      void iterator.return?.().catch(() => undefined);
    }
  }

  #isAtEnd(): boolean {
    const ends = this.#ends;
    if (ends === undefined) return false;
    return [...this.#positions].every(
      ([partition, position]) =>
        this.#ended.has(partition) || position >= (ends.get(partition) ?? readHeldBack(partition)?.to ?? 0),
    );
  }

  /** Takes messages into a batch until it is full, the chunk is used up, or others want a turn. */
  async #take({ chunk, index }: Rest<Value>, batch: MicroBatch<Item<Row>>): Promise<Rest<Value> | undefined> {
    const { decode } = this.#job;
    const { settings } = this.#options;
    const { partition, messages } = chunk;
    if (index === 0) this.#note(chunk, batch);
    const from = this.#positions.get(partition) ?? 0;
    const end = this.#ends?.get(partition) ?? Infinity;
    let reached = from;
    let next = index;
    for (; next < messages.length && next - index < messagesATurn; next += 1) {
      const message = messages[next];
      if (message === undefined || message.after > end || batch.isFull(settings)) break;
      // What was taken before is not taken again, whatever the source repeats.
      if (message.after <= reached) continue;
      reached = message.after;
      const { after, label, receivedMs, size } = message;
      const decoded = decode(message);
      const place = { partition, after, label, receivedMs };
      if (decoded.kind === "row")
        batch.add({ kind: "row", row: decoded.row, eventMs: decoded.eventMs, ...place }, size);
      else if (decoded.kind === "rejected")
        batch.add({ kind: "rejected", rejection: decoded.rejection, ...place }, size);
      else batch.add({ kind: "skipped" }, size);
    }
    const isUsedUp = next >= messages.length || (messages[next]?.after ?? 0) > end;
    const after = isUsedUp ? Math.max(reached, Math.min(chunk.after, end)) : reached;
    if (after > from) {
      batch.move(partition, from, after);
      this.#positions.set(partition, after);
    }
    if (isUsedUp && chunk.proof !== undefined && after >= chunk.after) batch.prove(chunk.proof);
    if (isUsedUp) return undefined;
    await nextTurn();
    return { chunk, index: next };
  }

  /** Records the parts that are given in full. */
  async #recordFilled(
    positions: readonly Pick<PartitionMove, "partition" | "after">[],
    identity: SourceIdentity,
  ): Promise<void> {
    const filled = positions.flatMap(({ partition, after }) => {
      const part = readHeldBack(partition);
      return part !== undefined && after >= part.to ? [{ ...part, isFilled: true }] : [];
    });
    if (filled.length > 0) await this.#job.recordHeldBack?.(filled, identity);
  }

  /** What a chunk says besides its messages. */
  #note({ partition, heldBack, stopped }: MessageChunk<Value>, batch: MicroBatch<Item<Row>>): void {
    const { tell = () => {} } = this.#options;
    if (heldBack !== undefined) {
      batch.holdBack(partition, heldBack);
      this.#positions.set(heldBackPartition(partition, heldBack), heldBack.from);
      tell(describeHeldBack(partition, heldBack));
    }
    if (stopped !== undefined) {
      this.#ended.set(partition, stopped);
      tell(`${partition} stops, and others go on: ${stopped.message}`);
    }
  }

  async #commit(
    batch: MicroBatch<Item<Row>>,
    identity: SourceIdentity,
    committed: Map<string, number>,
  ): Promise<void> {
    const { writer, source } = this.#job;
    const { settings, clock, onBatch, tell = () => {} } = this.#options;
    const rows = batch.items.filter((item) => item.kind === "row");
    const rejected = batch.items.filter((item) => item.kind === "rejected");
    assertTrusted(rejected, batch.items.length, settings.maxRejectedShare, identity);
    const { moves, proofs, heldBack } = batch;
    const epochId = this.#epochId;
    if (moves.length > 0) this.#epochId += 1;
    const seconds = stopwatch();
    // The same one each time: a writer of several tables knows what of it is done.
    const request = { rows, rejected, moves, proofs, heldBack, epochId };
    const outcome = await withStorePatience(
      async () => {
        if (heldBack.length > 0)
          await this.#job.recordHeldBack?.(
            heldBack.map((part) => ({ ...part, isFilled: false })),
            identity,
          );
        return writer.write(identity, request);
      },
      {
        clock,
        patienceMs: settings.storePatienceMs,
        signal: this.#stopped.signal,
        stopTimeoutMs: settings.stopTimeoutMs,
        tell,
      },
    );
    if (moves.length === 0 && outcome.barsBuilt === undefined) return;
    for (const { partition, after } of moves) committed.set(partition, after);
    await this.#recordFilled(moves, identity);
    const committedMs = clock.now();
    const { topic } = identity;
    const [messages, { bytes }] = [batch.items.length, batch];
    onBatch?.({
      ...outcome,
      topic,
      epochId,
      messages,
      bytes,
      rows,
      committedMs,
      positions: new Map(committed),
    });
    pipelineEvents.streamBatch.publish(() => ({
      stream: this.#job.name,
      source: identity.kind,
      topic,
      tables: writer.tables,
      tableVersion: outcome.tableVersion,
      messages,
      bytes,
      rowsIngested: outcome.rowsIngested,
      rowsRevised: outcome.rowsRevised,
      rowsUnchanged: outcome.rowsUnchanged,
      rowsRejected: outcome.rowsRejected,
      latencySeconds: slowestSeconds(rows, committedMs),
      durationSeconds: seconds(),
    }));
    await source
      .acknowledge(new Map(moves.map(({ partition, after }) => [partition, after])))
      .catch((error: unknown) => {
        tell(
          `The source is not told how far the stream is, which changes nothing: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
  }
}

/** From the oldest event of some rows, or the arrival of its message, to their commit. */
function slowestSeconds(rows: readonly RowTimes[], committedMs: number): number {
  const oldestMs = rows.reduce(
    (least, { eventMs, receivedMs }) => Math.min(least, eventMs ?? receivedMs),
    committedMs,
  );
  return (committedMs - oldestMs) / 1000;
}

interface Rest<Value> {
  readonly chunk: MessageChunk<Value>;
  /** Of the first message that is not taken. */
  readonly index: number;
}

/** The time from a batch's first message on. Elapsed time counts: a clock that is set changes nothing. */
class BatchTimer implements Disposable {
  isOver = false;
  readonly over: Promise<void>;
  readonly #stop = new AbortController();

  constructor(clock: Clock, lengthMs: number) {
    this.over = clock.sleep(lengthMs, this.#stop.signal).then(
      () => {
        this.isOver = true;
        return undefined;
      },
      () => undefined,
    );
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }
}

function aborted(signal: AbortSignal): Disposable & { readonly promise: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listener = (): void => resolve();
  signal.addEventListener("abort", listener, { once: true });
  return { promise, [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}

function endsOf(bounds: ReadonlyMap<string, { readonly end: number }>): ReadonlyMap<string, number> {
  return new Map([...bounds].map(([partition, { end }]) => [partition, end]));
}

/** The positions of the parts that are held back, and not given in full yet. */
function heldBackIn(
  partitions: readonly string[],
  progress: StreamProgress,
): readonly (readonly [string, number])[] {
  return progress.partitions.flatMap((name) => {
    const part = readHeldBack(name);
    const position = progress.position(name);
    if (part === undefined || position === undefined || position >= part.to) return [];
    return partitions.includes(part.partition) ? [[name, position] as const] : [];
  });
}

function describeHeldBack(partition: string, { from, to }: HeldBack): string {
  return `${partition}: ${(to - from).toLocaleString("en-US")} messages at most, behind ${from}, take long to fetch and come later; the stream goes on behind them`;
}

function describeHole({ partition, from, to }: Hole, { topic }: SourceIdentity): string {
  return `${topic}, partition ${partition}: messages ${from} to ${to - 1} are gone from the source; the stream goes on behind them`;
}

/**
 * Refuses a batch most of whose messages are rejected: somebody deployed a wrong producer, or named a wrong format.
 *
 * @throws StreamingError `TOO_MANY_REJECTED`
 */
function assertTrusted(
  rejected: readonly PlacedRejection[],
  messages: number,
  maxShare: number,
  { topic }: SourceIdentity,
): void {
  const [first] = rejected;
  if (first === undefined || messages < judgedFrom || rejected.length / messages <= maxShare) return;
  throw new StreamingError(
    "TOO_MANY_REJECTED",
    `${topic}: ${rejected.length} of ${messages} messages do not pass, such as ${first.label} of partition ${first.partition}: ${first.rejection.reason}. Nothing of them was committed.`,
    {
      nextStep: "Check the producer and --format; --max-rejected-share 1 sends them all to the dead letters.",
    },
  );
}
