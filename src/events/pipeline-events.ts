/**
 * All events of the product; those of the engine are its `deltaEvents`. What this folder guarantees:
 * - Names and fields stay the same within a minor version. Counts are numbers, sizes are bytes, durations are seconds.
 * - No event holds a secret. An event without a listener is not built.
 * - Rows that an event tells of are durable by then.
 */
import { eventChannel } from "finance-feedback-delta/contract";
import type { EventChannel } from "finance-feedback-delta/contract";

/** A request to a provider ended. A request that was not sent, for instance because the quota is used up, does not count. */
export interface RequestEvent {
  readonly provider: string;
  readonly host: string;
  /** With the query, in which `***` stands for each secret. */
  readonly path: string;
  /** Which try of the same request, from 1 on. */
  readonly attempt: number;
  /** Only where an answer came. */
  readonly status?: number;
  /** Of the body, unpacked; only where an answer came. */
  readonly bytes?: number;
  /** From sending to the last byte read. */
  readonly durationSeconds: number;
  /** How long it waited for its turn at the provider's rate. */
  readonly queuedSeconds: number;
  /** Why it failed, as the code of a `ProviderError`. */
  readonly errorCode?: string;
}

/** A wait for a provider begins. */
export interface WaitEvent {
  readonly provider: string;
  /** `retry`: before the next try of a request. `outage`: no provider can serve, and the run waits as its patience allows. */
  readonly kind: "retry" | "outage";
  /** The code of the `ProviderError` that made it wait. */
  readonly errorCode: string;
  readonly pauseSeconds: number;
}

/** Rows of one series came in and were committed, or failed to be. */
export interface IngestEvent {
  readonly ingestionId: string;
  readonly assetPair: string;
  readonly timeframe: string;
  readonly provider: string;
  readonly isMock: boolean;
  readonly table: string;
  /** The table's version after it; only after a commit that happened, or was not needed. */
  readonly tableVersion?: number;
  /** New in the table. */
  readonly rowsIngested: number;
  /** Of those, bars that the table had with other values. */
  readonly rowsRevised: number;
  /** Bars that the table had already, the same. */
  readonly rowsUnchanged: number;
  readonly rowsRejected: number;
  readonly durationSeconds: number;
  readonly error?: unknown;
}

/** A series of a backfill or a repair came to its end. */
export interface SeriesEvent {
  readonly ingestionId: string;
  readonly assetPair: string;
  readonly timeframe: string;
  /** The providers that rows came from, in order. */
  readonly providers: readonly string[];
  readonly rowsIngested: number;
  readonly rowsRevised: number;
  readonly rowsUnchanged: number;
  readonly rowsRejected: number;
  readonly durationSeconds: number;
  /** Why it ended before its range did. */
  readonly error?: unknown;
}

/** How far a series is. */
export interface ProgressEvent {
  readonly ingestionId: string;
  readonly assetPair: string;
  readonly timeframe: string;
  readonly provider: string;
  readonly requestsDone: number;
  readonly rowsChecked: number;
  readonly rowsIngested: number;
}

/** Rows were rejected. They are durable by now. */
export interface DeadLetterEvent {
  /** Of bars, and of other rows that name one. */
  readonly assetPair?: string | undefined;
  /** Only of bars. */
  readonly timeframe?: string | undefined;
  /** The table that the rows were meant for; only of rows that are no bars. */
  readonly table?: string | undefined;
  /** What the rows came from: a provider, an importer, a topic, or the table that they are evidence against. */
  readonly source: string;
  /** `row_checks_failed` for rows that no table has; `expectations_failed` for evidence. */
  readonly kind: string;
  readonly rows: number;
  /** Of those, rows that the queue did not hold yet. */
  readonly rowsNew: number;
  readonly reasons: readonly { readonly reason: string; readonly rows: number }[];
}

/** The rows of a file of the dead letter queue went through their checks again. Dry runs do not count. */
export interface DeadLetterReplayEvent {
  readonly file: string;
  readonly source: string;
  /** Where the rows belong; left out of evidence against a table without bars. */
  readonly table?: string | undefined;
  /** Moved into the table, and out of the queue. */
  readonly rowsReplayed: number;
  /** In the table already: out of the queue. */
  readonly rowsStored: number;
  /** Still in the queue. */
  readonly rowsRejected: number;
  readonly durationSeconds: number;
  readonly error?: unknown;
}

/** A file of the dead letter queue was deleted for good. */
export interface DeadLetterPurgeEvent {
  readonly file: string;
  readonly source: string;
  /** As in `dead-letter`. */
  readonly kind: string;
  readonly rows: number;
}

/** A batch of a stream was committed. */
export interface StreamBatchEvent {
  readonly stream: string;
  /** The kind of its source, such as `kafka`. */
  readonly source: string;
  readonly topic: string;
  /** The tables that it commits to. */
  readonly tables: readonly string[];
  /** Of the last of them. */
  readonly tableVersion: number;
  readonly messages: number;
  readonly bytes: number;
  readonly rowsIngested: number;
  /** Of those, rows that the table had with other values. */
  readonly rowsRevised: number;
  /** The table had them already, the same. */
  readonly rowsUnchanged: number;
  readonly rowsRejected: number;
  /** From the oldest event of the batch to its commit. */
  readonly latencySeconds: number;
  /** Of the commit. */
  readonly durationSeconds: number;
}

/** A suite was held against a table or rows. */
export interface ValidationEvent {
  readonly suite: string;
  /** Only of a table. */
  readonly table?: string;
  readonly tableVersion?: number;
  readonly success: boolean;
  readonly checks: readonly CheckOutcome[];
  readonly durationSeconds: number;
}

/** The result of one expectation. */
export interface CheckOutcome {
  /** `expect_column_values_to_be_between(close)` */
  readonly check: string;
  readonly severity: string;
  /** `error` where it could not be evaluated. */
  readonly status: "passed" | "failed" | "error";
}

/** A quality gate was asked about new rows, and decided. */
export interface GateEvent {
  readonly table: string;
  readonly suite: string;
  /** Whether what is built on the table may go on. */
  readonly passed: boolean;
  readonly expectations: number;
  /** Critical expectations that do not hold. */
  readonly broken: readonly string[];
  readonly deadLetterFiles: number;
  readonly durationSeconds: number;
}

/** A node of a transform begins. */
export interface NodeStartEvent {
  /** Of the run. */
  readonly invocationId: string;
  /** `build`, `run`, `test`, `seed`, `snapshot` or `compile`. */
  readonly command: string;
  /** As dbt names it: `model.ffe.market_data_enriched`. */
  readonly uniqueId: string;
  /** `model`, `seed`, `snapshot` or `test`. */
  readonly kind: string;
}

/** A node of a transform ended, or was skipped. What it committed is durable. */
export interface NodeEvent {
  readonly invocationId: string;
  readonly command: string;
  readonly uniqueId: string;
  readonly kind: string;
  /** `success`, `error` or `skipped`; of a test `pass`, `warn`, `fail`, `error` or `skipped`. */
  readonly status: string;
  /** What is said of it: `MERGE 120`, or why it failed or was skipped. */
  readonly message: string;
  /** The rows that it wrote. */
  readonly rows?: number | undefined;
  /** The version of its table that has them; only of a node that has a table. */
  readonly tableVersion?: number | undefined;
  readonly durationSeconds: number;
  readonly error?: unknown;
}

/** A data test of a transform was judged. */
export interface TestEvent {
  readonly invocationId: string;
  readonly uniqueId: string;
  /** The nodes that it tests. */
  readonly testedNodes: readonly string[];
  /** `pass`, `warn` or `fail`; one that could not run is told as a node alone. */
  readonly status: string;
  /** Rows that fail it, unless the test counts something else. */
  readonly failures: number;
  readonly durationSeconds: number;
}

/** A run of a pipeline came to its end. */
export interface PipelineRunEvent {
  readonly pipeline: string;
  readonly runId: string;
  readonly status: "success" | "failed" | "cancelled";
  /** An ISO instant; only of a run for a scheduled time. */
  readonly scheduledFor?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationSeconds: number;
}

/** A try of a task of a pipeline ended. */
export interface TaskEvent {
  readonly pipeline: string;
  readonly runId: string;
  readonly task: string;
  /** Which try of the task, from 1 on. */
  readonly attempt: number;
  readonly status: "success" | "failed" | "skipped" | "cancelled" | "crashed";
  /** Only where the command ended by itself. */
  readonly exitCode?: number;
  /** Whether another try follows. */
  readonly retriesLater: boolean;
  readonly durationSeconds: number;
}

/** The product's channels. */
export interface PipelineEvents {
  readonly request: EventChannel<RequestEvent>;
  readonly wait: EventChannel<WaitEvent>;
  readonly progress: EventChannel<ProgressEvent>;
  readonly ingest: EventChannel<IngestEvent>;
  readonly series: EventChannel<SeriesEvent>;
  readonly deadLetter: EventChannel<DeadLetterEvent>;
  readonly deadLetterReplay: EventChannel<DeadLetterReplayEvent>;
  readonly deadLetterPurge: EventChannel<DeadLetterPurgeEvent>;
  readonly streamBatch: EventChannel<StreamBatchEvent>;
  readonly validation: EventChannel<ValidationEvent>;
  readonly gate: EventChannel<GateEvent>;
  readonly transformStart: EventChannel<NodeStartEvent>;
  readonly transformNode: EventChannel<NodeEvent>;
  readonly transformTest: EventChannel<TestEvent>;
  readonly run: EventChannel<PipelineRunEvent>;
  readonly task: EventChannel<TaskEvent>;
}

/**
 * What the product tells of its work.
 *
 * @example
 * const stop = pipelineEvents.request.subscribe(({ provider, status, durationSeconds }) => {
 *   console.error(provider, status, durationSeconds);
 * });
 */
export const pipelineEvents: PipelineEvents = {
  request: eventChannel("finance-feedback-pipelines:request"),
  wait: eventChannel("finance-feedback-pipelines:wait"),
  progress: eventChannel("finance-feedback-pipelines:progress"),
  ingest: eventChannel("finance-feedback-pipelines:ingest"),
  series: eventChannel("finance-feedback-pipelines:series"),
  deadLetter: eventChannel("finance-feedback-pipelines:dead-letter"),
  deadLetterReplay: eventChannel("finance-feedback-pipelines:dead-letter-replay"),
  deadLetterPurge: eventChannel("finance-feedback-pipelines:dead-letter-purge"),
  streamBatch: eventChannel("finance-feedback-pipelines:stream-batch"),
  validation: eventChannel("finance-feedback-pipelines:validation"),
  gate: eventChannel("finance-feedback-pipelines:gate"),
  transformStart: eventChannel("finance-feedback-pipelines:transform-start"),
  transformNode: eventChannel("finance-feedback-pipelines:transform-node"),
  transformTest: eventChannel("finance-feedback-pipelines:transform-test"),
  run: eventChannel("finance-feedback-pipelines:run"),
  task: eventChannel("finance-feedback-pipelines:task"),
};
