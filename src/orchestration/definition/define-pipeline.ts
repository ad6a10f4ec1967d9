import { isObject, shown } from "finance-feedback-delta/contract";

import { OrchestrationError } from "../orchestration-error.ts";
import { builtInTaskIds } from "./daily-tasks.ts";
import type { CatchUp, Overlap, PipelineDefinition, TaskDefinition, Trigger } from "./pipeline-definition.ts";
import { pipelineNameProblem } from "./pipeline-name.ts";
import { readPipeline } from "./pipeline-schema.ts";
import type { TellProblem } from "./parsed-by.ts";

/** A pipeline as a program writes it. Lengths of time are texts such as `5m`, or seconds. */
export interface PipelineInput {
  readonly name: string;
  readonly description?: string;
  /** Cron of five parts, such as `0 1 * * *`. */
  readonly schedule?: string;
  /** `UTC` when left out. */
  readonly timeZone?: string;
  readonly tasks: readonly (TaskInput | TaskDefinition)[];
  readonly deadline?: Duration;
  /** 1 when left out. */
  readonly maxActiveRuns?: number;
  /** `skip` when left out. */
  readonly overlap?: Overlap;
  /** `latest` when left out. */
  readonly catchUp?: CatchUp;
  /** 12 hours when left out. */
  readonly startDeadline?: Duration;
  readonly parameters?: Readonly<Record<string, string>>;
  /** The default of its tasks; `["5m", "10m", "20m"]` when left out. */
  readonly retries?: readonly Duration[];
  /** The default of its tasks; an hour when left out. */
  readonly timeout?: Duration;
}

export interface TaskInput {
  readonly id: string;
  /** The command, as a list of words or as a text that quotes may split. */
  readonly run: string | readonly string[];
  readonly dependsOn?: readonly string[];
  /** `all_success` when left out. */
  readonly trigger?: Trigger;
  readonly retries?: readonly Duration[];
  readonly timeout?: Duration;
  readonly pool?: string;
  /** The first and the last day of the month on which the task runs. */
  readonly daysOfMonth?: readonly [from: number, to: number];
  readonly fanOut?: "assets";
  readonly outlets?: readonly string[];
}

/** `90s`, `5m`, `2h` or `1d`; a number is seconds. */
export type Duration = string | number;

/**
 * Checks a pipeline of your own and fills in what it leaves out.
 *
 * @example
 * export const pipelines = [
 *   definePipeline({
 *     name: "morning_report",
 *     schedule: "30 6 * * 1-5",
 *     timeZone: "Europe/Berlin",
 *     tasks: [
 *       ingestHistoricalOhlc,
 *       { ...validateDataQuality, dependsOn: ["ingest_historical_ohlc"] },
 *       { id: "report", run: ["node", "report.ts", "{date}"], dependsOn: ["validate_data_quality"] },
 *     ],
 *   }),
 * ];
 * @throws OrchestrationError `INVALID_PIPELINE`, with all that is wrong.
 */
export function definePipeline(given: PipelineInput): PipelineDefinition {
  if (!isObject(given)) throw refused(`definePipeline takes an object, not ${shown(given)}`);
  const { name, tasks, ...settings } = given;
  const nameFault = typeof name === "string" ? pipelineNameProblem(name) : "expected a text";
  if (typeof name !== "string" || nameFault !== undefined)
    throw refused(`A pipeline, such as morning_report, cannot have the name ${shown(name)}: ${nameFault}`);
  if (!Array.isArray(tasks)) throw refused(`${name}: tasks is a list of tasks, not ${shown(tasks)}`);
  const problems: string[] = [];
  const issue: TellProblem = (path, message) => {
    // The key after `tasks` is the id of a task.
    const words = path.map((part, place) =>
      place === 1 && path[0] === "tasks" ? String(part) : camelCase(String(part)),
    );
    problems.push(`${[name, ...words].join(".")}: ${message}`);
  };
  const keyed = tasks.map((task: unknown, index) => keyedTask(`${name}.tasks[${index}]`, task));
  const ids = keyed.map(([id]) => id);
  const twice = ids.find((id, place) => ids.indexOf(id) < place);
  if (twice !== undefined) throw refused(`${name}: two tasks have the id ${twice}`);
  const value = { ...snakeCased(settings), tasks: Object.fromEntries(keyed) };
  const definition = readPipeline(name, value, undefined, issue, camelCase);
  if (definition === undefined || problems.length > 0) throw refused(problems.join("\n"));
  made.add(definition);
  return definition;
}

/** Whether `definePipeline` made it. */
export function isDefined(value: unknown): value is PipelineDefinition {
  return isObject(value) && made.has(value);
}

const made = new WeakSet<object>();

/** A task in the form of the configuration. A built-in task is a definition already. */
function keyedTask(place: string, task: unknown): readonly [string, Readonly<Record<string, unknown>>] {
  if (!isObject(task)) throw refused(`${place}: a task is an object, not ${shown(task)}`);
  const { id, argv, timeoutSeconds, daysOfMonth, ...others } = Object.fromEntries(Object.entries(task));
  if (typeof id !== "string") throw refused(`${place}: a task has an id, such as ${builtInTaskIds[0]}`);
  const days: unknown =
    isObject(daysOfMonth) && "from" in daysOfMonth && "to" in daysOfMonth
      ? [daysOfMonth.from, daysOfMonth.to]
      : daysOfMonth;
  const value = {
    ...snakeCased(others),
    ...(argv === undefined ? {} : { run: argv }),
    ...(timeoutSeconds === undefined ? {} : { timeout: timeoutSeconds }),
    ...(days === undefined ? {} : { days_of_month: days }),
  };
  return [id, value];
}

function snakeCased(given: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) =>
      value === undefined ? [] : [[key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]],
    ),
  );
}

function camelCase(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function refused(message: string): OrchestrationError {
  return new OrchestrationError("INVALID_PIPELINE", message);
}
