/**
 * All events of the engine. Names and fields stay the same within a minor version. Counts are numbers, sizes are bytes,
 * durations are seconds; `error` is what was thrown, and is there only where the operation failed.
 */
import { eventChannel } from "./contract/event-channel.ts";
import type { EventChannel } from "./contract/event-channel.ts";

/** An attempt to commit ended. */
export interface CommitEvent {
  readonly tableUri: string;
  /** As history calls it: `WRITE`, `MERGE`, `OPTIMIZE`. */
  readonly operation: string;
  /** Whether the table has the changes; `unknown` where the store's answer was lost. */
  readonly outcome: "committed" | "refused" | "unknown";
  /** The version that it made; only of a commit that happened. */
  readonly version?: number;
  /** The versions that it tried, because other writers took those before. */
  readonly attempts: number;
  readonly filesAdded: number;
  readonly bytesAdded: number;
  readonly filesRemoved: number;
  readonly bytesRemoved: number;
  /** The operation's own numbers under Spark's names, such as `numOutputRows`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly durationSeconds: number;
  readonly error?: unknown;
}

/** Another writer was faster: the work is tried again. */
export interface RetryEvent {
  readonly tableUri: string;
  /** A `commit` goes behind the other one with the same work; a `command` does its work anew, on the newest version. */
  readonly kind: "commit" | "command";
  /** How often it was tried so far. */
  readonly attempt: number;
  /** The version that was lost, or that the work was based on. */
  readonly version: number;
  /** The conflict; only of a `command`. */
  readonly error?: unknown;
}

/** A checkpoint was written, or was not. */
export interface CheckpointEvent {
  readonly tableUri: string;
  readonly version: number;
  readonly actions: number;
  readonly files: number;
  readonly bytes: number;
  readonly durationSeconds: number;
  readonly error?: unknown;
}

/** A vacuum ended. */
export interface VacuumEvent {
  readonly tableUri: string;
  readonly isDryRun: boolean;
  /** Deleted, or to be deleted after a dry run. */
  readonly files: number;
  readonly bytes: number;
  readonly durationSeconds: number;
  readonly error?: unknown;
}

/** The files of a read were chosen: of a scan, and of each table that a query names. */
export interface PlanEvent {
  readonly tableUri: string;
  readonly version: number;
  readonly filesTotal: number;
  readonly filesRead: number;
  readonly prunedByPartition: number;
  readonly prunedByStatistics: number;
  readonly bytesRead: number;
  readonly durationSeconds: number;
}

/** The rows of a table were read. */
export interface ScanEvent {
  readonly tableUri: string;
  readonly version: number;
  readonly rows: number;
  /** `stopped`: the reader wanted no more. */
  readonly outcome: "finished" | "stopped" | "failed";
  /** From the first row wanted to the last one taken, with what the reader did in between. */
  readonly durationSeconds: number;
  readonly error?: unknown;
}

/** The engine ran a statement that reads or writes rows. Its text holds values of filters and paths of files. */
export interface SqlEvent {
  readonly sql: string;
  /** Of the result; of a statement that writes, the rows or files that it reports. */
  readonly rows: number;
  readonly outcome: "finished" | "stopped" | "failed";
  readonly durationSeconds: number;
  readonly error?: unknown;
}

/** The engine's channels. */
export interface DeltaEvents {
  readonly commit: EventChannel<CommitEvent>;
  readonly retry: EventChannel<RetryEvent>;
  readonly checkpoint: EventChannel<CheckpointEvent>;
  readonly vacuum: EventChannel<VacuumEvent>;
  readonly plan: EventChannel<PlanEvent>;
  readonly scan: EventChannel<ScanEvent>;
  readonly sql: EventChannel<SqlEvent>;
}

/**
 * What the engine tells of its work.
 *
 * @example
 * const stop = deltaEvents.commit.subscribe(({ tableUri, version, durationSeconds }) => {
 *   console.log(tableUri, version, durationSeconds);
 * });
 */
export const deltaEvents: DeltaEvents = {
  commit: eventChannel("finance-feedback-delta:commit"),
  retry: eventChannel("finance-feedback-delta:retry"),
  checkpoint: eventChannel("finance-feedback-delta:checkpoint"),
  vacuum: eventChannel("finance-feedback-delta:vacuum"),
  plan: eventChannel("finance-feedback-delta:plan"),
  scan: eventChannel("finance-feedback-delta:scan"),
  sql: eventChannel("finance-feedback-delta:sql"),
};
