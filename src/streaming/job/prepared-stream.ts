import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import type { ConnectionOptions } from "../../providers/connection.ts";
import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { parseTableName } from "../../storage/table-names.ts";
import type { PartitionPolicy } from "../../tables/market-data.ts";
import type { Hole } from "../progress/check-positions.ts";
import { lagOf } from "../progress/partition-lag.ts";
import type { PartitionLag } from "../progress/partition-lag.ts";
import { readStoredStreams } from "../progress/stored-streams.ts";
import { recordStreamGaps } from "../progress/stream-gaps.ts";
import { StreamRun } from "../run/stream-run.ts";
import type { RecordedPart, StreamJob, StreamRunOptions, StreamSettings } from "../run/stream-run.ts";
import type { SourceIdentity } from "../source/message-source.ts";
import type { StreamReading } from "../write/commit-batch.ts";
import type { StreamOptions } from "./stream-options.ts";

/** Where streams go, and what they need of the world. */
export interface StreamContext {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
  /** Where secrets come from: the process' own when left out. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Of tables of bars that the stream makes: `by_timeframe` when left out. */
  readonly partitionPolicy?: PartitionPolicy | undefined;
  /** Of sources of bytes. */
  readonly reading?: StreamReading | undefined;
  /** What the configuration says of a provider; its defaults when left out. */
  readonly provider?: ((name: string) => ProviderAccess) | undefined;
}

/** How a provider is reached. */
interface ProviderAccess {
  readonly connection: ConnectionOptions;
  /** Its section of the configuration. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What a source makes a stream of: options that were checked, and the stream's name. */
export interface StreamRequest {
  readonly job: string;
  readonly options: StreamOptions;
  readonly context: StreamContext;
}

/** A stream that can run, whatever its messages and rows are. */
export interface PreparedStream {
  readonly job: string;
  /** The tables that it commits to. */
  readonly tables: readonly string[];
  readonly settings: StreamSettings;
  run(options: Omit<StreamRunOptions, "settings" | "clock">): Promise<void>;
  /**
   * How far the stream is behind its source, by partition. While it does not run the source is opened for it, and the stream
   * cannot run any more.
   *
   * @throws StreamingError `SOURCE_UNREACHABLE` or `ACCESS_DENIED`
   */
  lag(): Promise<ReadonlyMap<string, PartitionLag>>;
}

export function preparedStream<Value, Row>(
  job: StreamJob<Value, Row>,
  settings: StreamSettings,
  { lake, clock }: StreamContext,
): PreparedStream {
  let run: StreamRun<Value, Row> | undefined;
  const recordHeldBack = async (parts: readonly RecordedPart[], identity: SourceIdentity): Promise<void> =>
    recordStreamGaps(
      parts.map(({ partition, from, to, range, isFilled }) => ({
        job: job.name,
        source: identity.kind,
        topic: identity.topic,
        partition,
        // A position is that of the last message that was taken.
        fromPosition: from + 1,
        toPosition: to + 1,
        reason: "too_large",
        status: isFilled ? "filled" : "open",
        fromTimeMs: range?.startMs,
        toTimeMs: range?.endMs,
      })),
      { lake, clock },
    );
  const recordHoles = async (holes: readonly Hole[], identity: SourceIdentity): Promise<void> =>
    recordStreamGaps(
      holes.map(({ partition, from, to }) => ({
        job: job.name,
        source: identity.kind,
        topic: identity.topic,
        partition,
        fromPosition: from,
        toPosition: to,
        reason: "retention",
        status: "accepted",
      })),
      { lake, clock },
    );
  return {
    job: job.name,
    tables: job.writer.tables,
    settings,
    async run(options) {
      run = new StreamRun({ ...job, recordHoles, recordHeldBack }, { ...options, settings, clock });
      await run.run();
    },
    lag: async () => run?.lag() ?? readLag(job, lake),
  };
}

/** By the positions in its table, of a stream that does not run here: a group of readers is left alone. */
async function readLag<Value, Row>(
  { name, source, writer }: StreamJob<Value, Row>,
  lake: DeltaLakeManager,
): Promise<ReadonlyMap<string, PartitionLag>> {
  try {
    const { topicId } = await source.open();
    const home = writer.tables.at(-1);
    const stored = (await readStoredStreams(lake)).find(
      (one) => one.job === name && one.topicId === topicId && parseTableName(one.table).name === home,
    );
    const positions = new Map(
      (stored?.partitions ?? []).map(({ partition, position }) => [partition, position]),
    );
    return lagOf(positions, await source.bounds([...positions.keys()]));
  } finally {
    await source[Symbol.asyncDispose]();
  }
}
