import type { PipelineDefinition, TaskDefinition } from "../definition/pipeline-definition.ts";
import { OrchestrationError } from "../orchestration-error.ts";
import { cronProblem } from "./airflow-cron.ts";
import { airflowRetries } from "./airflow-retries.ts";
import type { AirflowRetries } from "./airflow-retries.ts";
import type { AirflowVersion } from "./airflow-version.ts";

/** The content of a DAG file, before it becomes text. */
export interface AirflowDag {
  readonly dagId: string;
  readonly description: string;
  readonly schedule: { readonly cron: string; readonly timeZone: string } | undefined;
  readonly startDate: string;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  readonly deadline: { readonly reference: DeadlineReference; readonly seconds: number } | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tasks: readonly AirflowTask[];
  /** Tasks whose failure would not show in the state of Airflow's run, because only `all_done` tasks come after them. */
  readonly unheardTasks: readonly string[];
}

export interface AirflowTask {
  readonly taskId: string;
  readonly argv: readonly string[];
  /** The assets of which each gets a task of its own, by `--assets`; none where the command runs once. */
  readonly assets: readonly string[];
  readonly upstream: readonly string[];
  readonly triggerRule: "all_success" | "all_done";
  readonly retries: AirflowRetries;
  readonly timeoutSeconds: number;
  readonly pool: string | undefined;
  readonly daysOfMonth: readonly [from: number, to: number] | undefined;
  readonly outlets: readonly string[];
}

type DeadlineReference = "DAGRUN_LOGICAL_DATE" | "DAGRUN_QUEUED_AT";

export interface AirflowDagOptions {
  readonly version: AirflowVersion;
  /** Since when the deadline counts; `none` leaves it out. */
  readonly deadline: "logical_date" | "queued_at" | "none";
  /** Replaces the DAG's delays, in seconds. */
  readonly retryDelays?: readonly number[] | undefined;
  readonly startDate?: string | undefined;
  /** Those of the configuration. */
  readonly assets: readonly string[];
}

/**
 * The pipeline in Airflow's terms.
 *
 * @throws OrchestrationError `INVALID_PIPELINE` for a schedule that Airflow reads in another way.
 */
export function airflowDag(definition: PipelineDefinition, options: AirflowDagOptions): AirflowDag {
  const { name, schedule, timeZone, tasks, catchUp } = definition;
  const problem = schedule === undefined ? undefined : cronProblem(schedule);
  if (problem !== undefined)
    throw new OrchestrationError(
      "INVALID_PIPELINE",
      `The schedule ${JSON.stringify(schedule)} of ${name} ${problem}`,
    );
  if (catchUp === "all" && options.startDate === undefined)
    throw new OrchestrationError(
      "INVALID_ARGUMENT",
      `${name} catches up with all missed times, and Airflow needs the first day of these: give --start-date 2026-01-31`,
    );
  return {
    dagId: name,
    description: definition.description,
    schedule: schedule === undefined ? undefined : { cron: schedule, timeZone },
    startDate: options.startDate ?? defaultStartDate,
    catchup: catchUp === "all",
    maxActiveRuns: definition.maxActiveRuns,
    deadline: deadlineOf(definition, options.deadline),
    parameters: definition.parameters,
    tasks: tasks.map((task) => taskOf(task, options)),
    unheardTasks: unheard(tasks),
  };
}

/** Long ago: without catch-up only the newest time of the schedule runs, whatever the start is. */
const defaultStartDate = "2024-01-01";

function deadlineOf(
  { deadlineSeconds: seconds, schedule }: PipelineDefinition,
  choice: AirflowDagOptions["deadline"],
): AirflowDag["deadline"] {
  if (seconds === undefined || choice === "none") return undefined;
  // A run that nobody scheduled may have no logical date.
  const isQueued = choice === "queued_at" || schedule === undefined;
  return { reference: isQueued ? "DAGRUN_QUEUED_AT" : "DAGRUN_LOGICAL_DATE", seconds };
}

function taskOf(task: TaskDefinition, { version, retryDelays, assets }: AirflowDagOptions): AirflowTask {
  const { argv, daysOfMonth: days } = task;
  const spreads = task.fanOut === "assets" && !argv.some((word) => /^--assets(?:=|$)/.test(word));
  return {
    taskId: task.id,
    argv,
    assets: spreads ? assets : [],
    upstream: task.dependsOn,
    triggerRule: task.trigger,
    retries: airflowRetries(retryDelays ?? task.retries, version.hasRetryPolicy),
    timeoutSeconds: task.timeoutSeconds,
    pool: task.pool,
    daysOfMonth: days === undefined ? undefined : [days.from, days.to],
    outlets: task.outlets.map(assetUri),
  };
}

/** `bronze.raw_market_data_1h` as `delta://bronze/raw_market_data_1h`. What is a URI already stays one. */
function assetUri(outlet: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(outlet)) return outlet;
  return `delta://${outlet.toWellFormed().split(".").map(encodeURIComponent).join("/")}`;
}

function unheard(tasks: readonly TaskDefinition[]): readonly string[] {
  const heard = new Set<string>();
  // Each task comes after those that it depends on.
  for (const { id } of tasks.toReversed()) {
    const after = tasks.filter(({ dependsOn }) => dependsOn.includes(id));
    if (after.length === 0 || after.some((one) => one.trigger === "all_success" && heard.has(one.id)))
      heard.add(id);
  }
  return tasks.map(({ id }) => id).filter((id) => !heard.has(id));
}
