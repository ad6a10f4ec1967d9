import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import type { ProcessIdentity } from "../run/process-identity.ts";

/** What happened to a run. Events are only ever appended, and everything else about a run follows from them. */
export type RunEvent =
  | CreatedEvent
  /** A runner took the run on. Later events of tasks are this runner's. */
  | { readonly kind: "claimed"; readonly atMs: number; readonly runner: Runner }
  | { readonly kind: "task_started"; readonly atMs: number; readonly task: string; readonly pool?: string }
  | {
      readonly kind: "task_spawned";
      readonly atMs: number;
      readonly task: string;
      readonly process: ProcessIdentity;
    }
  | TaskEndedEvent
  /** A task that never ran came to its end because of the tasks before it, or of the day. */
  | {
      readonly kind: "task_settled";
      readonly atMs: number;
      readonly task: string;
      readonly state: "skipped" | "upstream_failed";
    }
  | { readonly kind: "cancel_requested"; readonly atMs: number }
  | { readonly kind: "ended"; readonly atMs: number; readonly state: "success" | "failed" | "cancelled" }
  /** The runner is gone. Of each task that ran: when it may be tried again, if at all. */
  | { readonly kind: "crashed"; readonly atMs: number; readonly retryAtMs: Readonly<Record<string, number>> }
  | ReopenedEvent;

export interface CreatedEvent {
  readonly kind: "created";
  readonly atMs: number;
  readonly runKind: RunKind;
  /** The UTC day that the run is about. */
  readonly date: string;
  /** Only of runs for a scheduled time; no other run of the pipeline has the same. */
  readonly scheduledForMs?: number | undefined;
  readonly state: "queued" | "skipped" | "missed";
  /** Why it was skipped or missed. */
  readonly reason?: string | undefined;
  readonly definition: PipelineDefinition;
  readonly context: RunContext;
}

interface TaskEndedEvent {
  readonly kind: "task_ended";
  readonly atMs: number;
  readonly task: string;
  readonly outcome: "success" | "failed" | "skipped" | "cancelled";
  readonly exitCode?: number | undefined;
  /** Why it failed, where the exit code does not say it. */
  readonly reason?: string | undefined;
  /** When it is tried again. */
  readonly retryAtMs?: number | undefined;
}

/** Tasks of a run that had ended run again. */
export interface ReopenedEvent {
  readonly kind: "reopened";
  readonly atMs: number;
  readonly tasks: readonly ReopenedTask[];
  /** Replaces the run's own. */
  readonly definition?: PipelineDefinition | undefined;
}

interface ReopenedTask {
  readonly id: string;
  /** Not before. */
  readonly retryAtMs?: number | undefined;
  /** Whether the tries so far count against its retries. */
  readonly keepsTries: boolean;
}

export type RunKind = "scheduled" | "manual" | "backfill";

/** Where the commands of a run work. */
export interface RunContext {
  readonly workingFolder: string;
  readonly config?: string | undefined;
  readonly storage?: string | undefined;
}

export interface Runner {
  /** Tells two runners of one process apart. */
  readonly token: string;
  readonly process: ProcessIdentity;
}
