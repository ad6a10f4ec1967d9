import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { StreamRun } from "../run/stream-run.ts";
import type { StreamJob, StreamRunOptions, StreamSettings } from "../run/stream-run.ts";
import type { StreamOptions } from "./stream-options.ts";

/** Where streams go, and what they need of the world. */
export interface StreamContext {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
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
}

export function preparedStream<Value, Row>(
  job: StreamJob<Value, Row>,
  settings: StreamSettings,
  { clock }: StreamContext,
): PreparedStream {
  return {
    job: job.name,
    tables: job.writer.tables,
    settings,
    run: async (options) => new StreamRun(job, { ...options, settings, clock }).run(),
  };
}
