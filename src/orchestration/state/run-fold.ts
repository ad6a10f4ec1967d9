/**
 * What follows from the events of a run. What this file guarantees: an event that does not fit the state of a run is refused, so
 * whatever is stored is legal. A task that succeeded never starts again unless the run was reopened for it, and no task starts
 * before those that it depends on have ended.
 */
import { OrchestrationError } from "../orchestration-error.ts";
import type { PipelineDefinition, TaskDefinition } from "../definition/pipeline-definition.ts";
import type { ProcessIdentity } from "../run/process-identity.ts";
import type { CreatedEvent, ReopenedEvent, RunContext, RunEvent, RunKind, Runner } from "./run-event.ts";

export type RunState =
  "queued" | "running" | "success" | "failed" | "skipped" | "cancelled" | "crashed" | "missed";

export type TaskState =
  "queued" | "running" | "success" | "failed" | "skipped" | "upstream_failed" | "cancelled" | "crashed";

export interface Run {
  readonly id: string;
  readonly pipeline: string;
  readonly kind: RunKind;
  readonly date: string;
  readonly scheduledForMs: number | undefined;
  readonly state: RunState;
  readonly reason: string | undefined;
  readonly definition: PipelineDefinition;
  readonly context: RunContext;
  readonly createdMs: number;
  /** When a runner last claimed it: the idle time before a retry by hand does not count. */
  readonly startedMs: number | undefined;
  readonly endedMs: number | undefined;
  readonly runner: Runner | undefined;
  readonly isCancelRequested: boolean;
  /** In the order of the definition. */
  readonly tasks: readonly TaskRun[];
}

export interface TaskRun {
  readonly id: string;
  readonly state: TaskState;
  /** Not before; only of a task that is queued. */
  readonly retryAtMs: number | undefined;
  readonly tries: readonly TaskTry[];
  /** How many of the tries count against the retries. */
  readonly countedTries: number;
}

interface TaskTry {
  /** From 1 on. */
  readonly number: number;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  readonly outcome: "success" | "failed" | "skipped" | "cancelled" | "crashed" | undefined;
  readonly exitCode: number | undefined;
  readonly reason: string | undefined;
  readonly process: ProcessIdentity | undefined;
}

export function isEnded(state: RunState | TaskState): boolean {
  return state !== "queued" && state !== "running";
}

/** The run that follows from its events; `undefined` when there are no events. */
export function foldRun(id: string, events: readonly RunEvent[]): Run | undefined {
  return events.reduce<Run | undefined>((run, event) => applyEvent(id, run, event), undefined);
}

/** @throws OrchestrationError `WRONG_STATE` for an event that does not fit the run's state. */
export function applyEvent(id: string, run: Run | undefined, event: RunEvent): Run {
  if (event.kind === "created") {
    if (run !== undefined) throw refused(run, "exists already");
    return created(id, event);
  }
  if (run === undefined) throw new OrchestrationError("RUN_NOT_FOUND", `There is no run ${id}`);
  switch (event.kind) {
    case "claimed":
      if (run.state !== "queued") throw refused(run, "cannot start");
      return { ...run, state: "running", runner: event.runner, startedMs: event.atMs };
    case "cancel_requested":
      if (isEnded(run.state)) throw refused(run, "cannot be cancelled");
      return { ...run, isCancelRequested: true };
    case "ended":
      return ended(run, event.state, event.atMs);
    case "crashed":
      return crashed(run, event.atMs);
    case "reopened":
      return reopened(run, event);
    case "task_started":
    case "task_spawned":
    case "task_ended":
    case "task_settled":
      if (run.state !== "running") throw refused(run, `has no task ${event.task} at work`);
      return withTask(run, event.task, (task) => applyToTask(run, task, event));
  }
}

type TaskEvent = Extract<RunEvent, { readonly task: string }>;

function applyToTask(run: Run, task: TaskRun, event: TaskEvent): TaskRun {
  switch (event.kind) {
    case "task_started":
      if (task.state !== "queued") throw refused(run, `cannot start ${task.id}, which is ${task.state}`);
      if (!dependenciesOf(run, task.id).every(({ state }) => isEnded(state)))
        throw refused(run, `cannot start ${task.id} before the tasks that it depends on`);
      return {
        ...task,
        state: "running",
        retryAtMs: undefined,
        countedTries: task.countedTries + 1,
        tries: [...task.tries, newTry(task.tries.length + 1, event.atMs)],
      };
    case "task_spawned":
      if (task.state !== "running") throw refused(run, `has no process of ${task.id}`);
      return withLastTry(task, { process: event.process });
    case "task_ended": {
      if (task.state !== "running") throw refused(run, `cannot end ${task.id}, which is ${task.state}`);
      const { outcome, exitCode, reason, retryAtMs, atMs } = event;
      const tried = withLastTry(task, { outcome, exitCode, reason, endedMs: atMs });
      return retryAtMs === undefined
        ? { ...tried, state: outcome }
        : { ...tried, state: "queued", retryAtMs };
    }
    case "task_settled":
      if (task.state !== "queued") throw refused(run, `cannot settle ${task.id}, which is ${task.state}`);
      return { ...task, state: event.state, retryAtMs: undefined };
  }
}

/** The tasks that a task depends on. */
export function dependenciesOf(run: Run, id: string): readonly TaskRun[] {
  const names = run.definition.tasks.find((task) => task.id === id)?.dependsOn ?? [];
  return run.tasks.filter((task) => names.includes(task.id));
}

export function definitionOf(run: Run, id: string): TaskDefinition | undefined {
  return run.definition.tasks.find((task) => task.id === id);
}

function created(id: string, event: CreatedEvent): Run {
  const { definition, state, atMs } = event;
  return {
    id,
    pipeline: definition.name,
    kind: event.runKind,
    date: event.date,
    scheduledForMs: event.scheduledForMs,
    state,
    reason: event.reason,
    definition,
    context: event.context,
    createdMs: atMs,
    startedMs: undefined,
    endedMs: state === "queued" ? undefined : atMs,
    runner: undefined,
    isCancelRequested: false,
    tasks: definition.tasks.map((task) => queuedTask(task.id)),
  };
}

function ended(run: Run, state: "success" | "failed" | "cancelled", atMs: number): Run {
  const isEarly = state === "cancelled" && ["queued", "running", "crashed"].includes(run.state);
  if (run.state !== "running" && !isEarly) throw refused(run, "cannot end");
  if (run.tasks.some((task) => task.state === "running")) throw refused(run, "cannot end while a task runs");
  if (!isEarly && run.tasks.some((task) => task.state === "queued"))
    throw refused(run, "cannot end before its tasks");
  if (state === "success" && run.tasks.some((task) => !isGood(task.state)))
    throw refused(run, "is no success");
  const tasks = run.tasks.map((task) =>
    task.state === "queued" ? { ...task, state: "cancelled" as const, retryAtMs: undefined } : task,
  );
  return { ...run, state, endedMs: atMs, runner: undefined, isCancelRequested: false, tasks };
}

function crashed(run: Run, atMs: number): Run {
  if (run.state !== "running") throw refused(run, "cannot crash");
  const tasks = run.tasks.map((task) =>
    task.state === "running"
      ? { ...withLastTry(task, { outcome: "crashed", endedMs: atMs }), state: "crashed" as const }
      : task,
  );
  return { ...run, state: "crashed", endedMs: atMs, runner: undefined, tasks };
}

function reopened(run: Run, { tasks: wanted, definition = run.definition }: ReopenedEvent): Run {
  if (!isEnded(run.state)) throw refused(run, "is not over yet");
  const tasks = definition.tasks.map(({ id }) => {
    const task = run.tasks.find((one) => one.id === id) ?? queuedTask(id);
    const again = wanted.find((one) => one.id === id);
    if (again === undefined) return task;
    const { retryAtMs, keepsTries } = again;
    return {
      ...task,
      state: "queued" as const,
      retryAtMs,
      countedTries: keepsTries ? task.countedTries : 0,
    };
  });
  return {
    ...run,
    definition,
    tasks,
    state: "queued",
    reason: undefined,
    endedMs: undefined,
    isCancelRequested: false,
  };
}

function isGood(state: TaskState): boolean {
  return state === "success" || state === "skipped";
}

function queuedTask(id: string): TaskRun {
  return { id, state: "queued", retryAtMs: undefined, tries: [], countedTries: 0 };
}

function newTry(number: number, startedMs: number): TaskTry {
  return {
    number,
    startedMs,
    endedMs: undefined,
    outcome: undefined,
    exitCode: undefined,
    reason: undefined,
    process: undefined,
  };
}

function withLastTry(task: TaskRun, change: Partial<TaskTry>): TaskRun {
  const tries = task.tries.map((one, place) =>
    place === task.tries.length - 1 ? { ...one, ...change } : one,
  );
  return { ...task, tries };
}

function withTask(run: Run, id: string, change: (task: TaskRun) => TaskRun): Run {
  if (!run.tasks.some((task) => task.id === id)) throw refused(run, `has no task ${id}`);
  return { ...run, tasks: run.tasks.map((task) => (task.id === id ? change(task) : task)) };
}

function refused(run: Run, what: string): OrchestrationError {
  return new OrchestrationError(
    "WRONG_STATE",
    `Run ${run.id} of ${run.pipeline} is ${run.state} and ${what}`,
  );
}
