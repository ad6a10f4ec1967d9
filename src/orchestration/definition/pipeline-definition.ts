/**
 * A pipeline as data. The embedded scheduler and the export to Airflow read the same object, and a run keeps a copy of it:
 * it is plain JSON.
 */
export interface PipelineDefinition {
  /** Small letters, digits and underscores. */
  readonly name: string;
  readonly description: string;
  /** Cron of five parts; without it the pipeline runs when it is asked to. */
  readonly schedule?: string | undefined;
  /** The zone of the schedule, such as `UTC` or `Europe/Berlin`. */
  readonly timeZone: string;
  /** Each task comes after those that it depends on. */
  readonly tasks: readonly TaskDefinition[];
  /** A run is late when it has not ended this long after its scheduled time. */
  readonly deadlineSeconds?: number | undefined;
  readonly maxActiveRuns: number;
  /** What happens at a scheduled time when `maxActiveRuns` runs are active. */
  readonly overlap: Overlap;
  /** Which of the times that were missed while no scheduler ran get a run. */
  readonly catchUp: CatchUp;
  /** A scheduled time that is longer ago gets no run. */
  readonly startDeadlineSeconds?: number | undefined;
  /** Values for `{name}` in the commands of tasks, which a run can replace. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface TaskDefinition {
  readonly id: string;
  /** The command, with placeholders such as `{date}`. `ffe` as its first word is this program. */
  readonly argv: readonly string[];
  readonly dependsOn: readonly string[];
  /** `all_done`: runs when the tasks that it depends on have ended, in whatever state. */
  readonly trigger: Trigger;
  /** How long to wait after the end of each failed try, in seconds. */
  readonly retries: readonly number[];
  /** A try that takes longer is stopped and fails. */
  readonly timeoutSeconds: number;
  /** Of all tasks of a pool, in all runs, only one runs at a time. */
  readonly pool?: string | undefined;
  /** The days of the month on which the task runs, by the run's scheduled time in UTC. It is skipped on others. */
  readonly daysOfMonth?: DaysOfMonth | undefined;
  /** `assets`: an executor with several workers may run the command once for each asset. */
  readonly fanOut?: "assets" | undefined;
  /** Tables that the task writes, such as `bronze.raw_market_data_1h`. */
  readonly outlets: readonly string[];
}

export type Overlap = "skip" | "queue" | "allow";
export type CatchUp = "none" | "latest" | "all";
export type Trigger = "all_success" | "all_done";

/** Both days are in it. */
export interface DaysOfMonth {
  readonly from: number;
  readonly to: number;
}
