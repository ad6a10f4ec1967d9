import { isObject } from "finance-feedback-delta/contract";
import * as z from "zod";

import { durationPattern, durationSeconds } from "../../market/duration-text.ts";
import { scheduleProblem, timeZoneProblem } from "../schedule/cron-times.ts";
import { builtInTask, builtInTaskIds } from "./daily-tasks.ts";
import { splitCommand } from "./command-line.ts";
import { parsedBy } from "./parsed-by.ts";
import type { TellProblem } from "./parsed-by.ts";
import { nameProblem, pipelineNameProblem } from "./pipeline-name.ts";
import { orderedTasks, pipelineProblems } from "./pipeline-problems.ts";
import type { PipelineDefinition, TaskDefinition } from "./pipeline-definition.ts";

/** How long tasks wait before they try again, unless a pipeline says otherwise. */
const defaultRetries: readonly number[] = [300, 600, 1200];
const defaultTimeoutSeconds = 3600;
const defaultStartDeadlineSeconds = 12 * 3600;

const name = z.string().superRefine((given, context) => {
  const problem = nameProblem(given);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/** `5m`, or a number of seconds. */
const duration = z
  .union([
    z.string().regex(durationPattern, "expected a duration such as 90s, 5m or 2h"),
    z.int().min(0).max(31_536_000),
  ])
  .transform((value) => (typeof value === "number" ? value : (durationSeconds(value) ?? 0)));
const positiveDuration = duration.refine((seconds) => seconds > 0, "must be longer than 0");
const retries = z.array(duration, "expected a list of pauses, such as [5m, 10m, 20m]").max(20);
const words = z
  .union(
    [z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String)), z.string()],
    "expected a command: a text, or a list of words",
  )
  .refine(
    (given) => (typeof given === "string" ? given : (given[0] ?? "")).trim() !== "",
    "the command is empty",
  );

/** An object with members of any names. zod's own record leaves out one called `__proto__`. */
const jsonObject = z.custom<Readonly<Record<string, unknown>>>(
  isObject,
  "expected names, each with what it is",
);

const taskShape = z.strictObject({
  run: words.optional(),
  depends_on: z.array(z.string()).optional(),
  trigger: z.enum(["all_success", "all_done"]).optional(),
  retries: retries.optional(),
  timeout: positiveDuration.optional(),
  pool: name.optional(),
  days_of_month: z
    .tuple([z.int().min(1).max(31), z.int().min(1).max(31)])
    .refine(([from, to]) => from <= to, "expected the first and the last day")
    .optional(),
  fan_out: z.literal("assets").optional(),
  outlets: z.array(z.string().min(1)).optional(),
});
type TaskShape = z.output<typeof taskShape>;

const pipelineShape = z.strictObject({
  description: z.string().optional(),
  schedule: z.union([z.string(), z.literal(false)], "expected a cron such as 0 1 * * *, or false").optional(),
  time_zone: z.string().optional(),
  deadline: positiveDuration.optional(),
  max_active_runs: z.int().min(1).max(100).optional(),
  overlap: z.enum(["skip", "queue", "allow"]).optional(),
  catch_up: z.enum(["none", "latest", "all"]).optional(),
  start_deadline: positiveDuration.optional(),
  parameters: jsonObject
    .refine(
      (given) =>
        Object.entries(given).every(([key, value]) => nameProblem(key) === undefined && isPlain(value)),
      "expected names of small letters, digits and underscores, each with a text or a number",
    )
    .optional(),
  retries: retries.optional(),
  timeout: positiveDuration.optional(),
  tasks: jsonObject.optional(),
});
type PipelineShape = z.output<typeof pipelineShape>;

/** The key `pipelines` of the configuration: pipelines by their names. */
export function pipelinesSchema(
  builtIn: readonly PipelineDefinition[],
): z.ZodType<Readonly<Record<string, unknown>>> {
  return jsonObject.superRefine((given, context) => {
    readPipelines(given, builtIn, (path, message) => {
      context.addIssue({ code: "custom", path: [...path], message });
    });
  });
}

/** The pipelines of a configuration. A built-in one keeps its tasks; what is said of one of them changes that one. */
export function readPipelines(
  given: Readonly<Record<string, unknown>>,
  builtIn: readonly PipelineDefinition[],
  tell: TellProblem = () => {},
): readonly PipelineDefinition[] {
  return Object.entries(given).flatMap(([pipelineName, value]) => {
    const base = builtIn.find((one) => one.name === pipelineName);
    return (
      readPipeline(pipelineName, value, base, (path, message) => tell([pipelineName, ...path], message)) ?? []
    );
  });
}

/**
 * Reads one pipeline. It reports each problem, and returns nothing then.
 *
 * @param spelling how the reader of the problem spells a key.
 */
export function readPipeline(
  pipelineName: string,
  value: unknown,
  base: PipelineDefinition | undefined,
  tell: TellProblem,
  spelling: (key: string) => string = (key) => key,
): PipelineDefinition | undefined {
  let isSound = true;
  const issue: TellProblem = (path, message) => {
    isSound = false;
    tell(path, message);
  };
  const problemOfName = pipelineNameProblem(pipelineName);
  if (problemOfName !== undefined) issue([], problemOfName);
  const data = parsedBy(pipelineShape, value, [], issue, spelling);
  const given = Object.entries(data?.tasks ?? {});
  const leftOut = given.flatMap(([id, task]) =>
    task === false && base?.tasks.some((one) => one.id === id) === true ? [id] : [],
  );
  const kept = without(base?.tasks ?? [], leftOut);
  const shapes = given.flatMap(([id, task]) => {
    if (leftOut.includes(id)) return [];
    const problemOfId = nameProblem(id);
    if (problemOfId !== undefined) issue(["tasks", id], problemOfId);
    return [[id, parsedBy(taskShape, task, ["tasks", id], issue, spelling)] as const];
  });
  if (!isSound || data === undefined) return undefined;
  const told = readTasks(shapes, kept, data, issue);
  const tasks = [
    ...kept.map((task) => told.find(({ id }) => id === task.id) ?? retimed(task, data)),
    ...told.filter(({ id }) => !kept.some((task) => task.id === id)),
  ];
  const definition = assembled(pipelineName, data, base, tasks);
  const zoneProblem = timeZoneProblem(definition.timeZone);
  if (zoneProblem !== undefined) issue(["time_zone"], zoneProblem);
  else if (definition.schedule !== undefined) {
    const problem = scheduleProblem(definition.schedule, definition.timeZone);
    if (problem !== undefined) issue(["schedule"], problem);
  }
  if (isSound) for (const { path, message } of pipelineProblems(definition)) issue(path, message);
  return isSound ? { ...definition, tasks: orderedTasks(definition.tasks) } : undefined;
}

function assembled(
  pipelineName: string,
  data: PipelineShape,
  base: PipelineDefinition | undefined,
  tasks: readonly TaskDefinition[],
): PipelineDefinition {
  const catchUp = data.catch_up ?? base?.catchUp ?? "latest";
  return {
    name: pipelineName,
    description: data.description ?? base?.description ?? "",
    schedule: data.schedule === false ? undefined : (data.schedule ?? base?.schedule),
    timeZone: data.time_zone ?? base?.timeZone ?? "UTC",
    tasks,
    deadlineSeconds: data.deadline ?? base?.deadlineSeconds,
    maxActiveRuns: data.max_active_runs ?? base?.maxActiveRuns ?? 1,
    overlap: data.overlap ?? base?.overlap ?? "skip",
    catchUp,
    startDeadlineSeconds:
      data.start_deadline ?? (catchUp === "all" ? undefined : defaultStartDeadlineSeconds),
    parameters: {
      ...base?.parameters,
      ...Object.fromEntries(
        Object.entries(data.parameters ?? {}).map(([key, value]) => [key, String(value)]),
      ),
    },
  };
}

/** The tasks of a built-in pipeline, with what the pipeline says of all its tasks. */
function retimed(task: TaskDefinition, data: PipelineShape): TaskDefinition {
  return {
    ...task,
    retries: data.retries ?? task.retries,
    timeoutSeconds: data.timeout ?? task.timeoutSeconds,
  };
}

/** Tasks without some of them: what waited for one of these waits for what that one waited for. */
function without(tasks: readonly TaskDefinition[], leftOut: readonly string[]): readonly TaskDefinition[] {
  return leftOut.reduce<readonly TaskDefinition[]>((rest, gone) => {
    const before = rest.find(({ id }) => id === gone)?.dependsOn ?? [];
    return rest
      .filter(({ id }) => id !== gone)
      .map((task) =>
        task.dependsOn.includes(gone)
          ? { ...task, dependsOn: [...new Set([...task.dependsOn.filter((id) => id !== gone), ...before])] }
          : task,
      );
  }, tasks);
}

/** @param known the tasks of the built-in pipeline that is changed. */
function readTasks(
  tasks: readonly (readonly [id: string, shape: TaskShape | undefined])[],
  known: readonly TaskDefinition[],
  pipeline: PipelineShape,
  issue: TellProblem,
): readonly TaskDefinition[] {
  return tasks.flatMap(([id, given = {}]) => {
    const base = known.find((task) => task.id === id) ?? builtInTask(id);
    const argv = argvOf(given, base, (message) => issue(["tasks", id, "run"], message));
    if (argv === undefined) return [];
    return [
      {
        id,
        argv,
        dependsOn: given.depends_on ?? base?.dependsOn ?? [],
        trigger: given.trigger ?? base?.trigger ?? "all_success",
        retries: given.retries ?? pipeline.retries ?? base?.retries ?? defaultRetries,
        timeoutSeconds: given.timeout ?? pipeline.timeout ?? base?.timeoutSeconds ?? defaultTimeoutSeconds,
        pool: given.pool ?? base?.pool,
        daysOfMonth:
          given.days_of_month === undefined
            ? base?.daysOfMonth
            : { from: given.days_of_month[0], to: given.days_of_month[1] },
        fanOut: given.fan_out ?? (given.run === undefined ? base?.fanOut : undefined),
        outlets: given.outlets ?? (given.run === undefined ? (base?.outlets ?? []) : []),
      },
    ];
  });
}

/** A task without a command is the built-in task of its name. */
function argvOf(
  given: TaskShape,
  base: TaskDefinition | undefined,
  issue: (message: string) => void,
): readonly string[] | undefined {
  if (given.run === undefined) {
    if (base === undefined)
      issue(`missing: the command of the task. Only ${builtInTaskIds.join(", ")} have one of their own`);
    return base?.argv;
  }
  if (typeof given.run !== "string") return given.run;
  const split = splitCommand(given.run);
  if (typeof split !== "string") return split;
  issue(split);
  return undefined;
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
