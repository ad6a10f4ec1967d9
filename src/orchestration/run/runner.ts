/**
 * Runs the tasks of a run, each as a process in a group of its own. What this file guarantees:
 * - Whatever it does is stored before it does the next thing, so a run goes on from there after a kill at any point.
 * - A task that succeeded does not run again. One that was at work when its runner was killed does: its process is ended first.
 * - A task is tried again exactly so long after the end of its failed try as its definition says.
 */
import { once } from "node:events";

import { pipelineEvents } from "../../events/pipeline-events.ts";
import type { Clock } from "../../seams/clock.ts";
import { taskCommand } from "../definition/command-template.ts";
import type { OrchestrationError } from "../orchestration-error.ts";
import type { Runner } from "../state/run-event.ts";
import { definitionOf } from "../state/run-fold.ts";
import type { Run, TaskRun } from "../state/run-fold.ts";
import type { RunStore } from "../state/run-store.ts";
import { ActiveTask } from "./active-task.ts";
import type { LaunchTask } from "./launch-task.ts";
import { endOrphans, orphansOf } from "./orphans.ts";
import type { Processes } from "./process-identity.ts";
import { scheduledTimeOf } from "./run-time.ts";
import { logPath, TaskLog } from "./task-log.ts";
import type { Redact } from "./task-log.ts";
import { whenThereIsRoom } from "./waiting-for-room.ts";
import { nextSteps, retryTime } from "./task-steps.ts";
import type { Steps } from "./task-steps.ts";

/** The exit code by which a task says that there was nothing for it to do. */
const skippedExitCode = 99;
const heartbeatEveryMs = 10_000;

export interface RunnerOptions {
  readonly store: RunStore;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly launch: LaunchTask;
  readonly redact: Redact;
  /** Of the commands, besides what the runner adds. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The words in place of the first word `ffe`. */
  readonly ffe: readonly string[];
  /** Stops the run: its tasks are ended, and it is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what ends the run when this process is about to end at once; the result says that there is nothing to end any more. */
  readonly beforeSuddenEnd?: ((end: () => void) => () => void) | undefined;
  /** Is told when the disk of the runs is full: then the runner waits. Left out, the run ends with the error. */
  readonly onFull?: ((error: OrchestrationError) => void) | undefined;
  /** How often it looks for a request to cancel, and at timeouts. */
  readonly pollMs?: number | undefined;
  /** Called with the run after each change. */
  readonly onChange?: ((run: Run) => void) | undefined;
}

/**
 * Runs a run that a runner has claimed to its end.
 *
 * @throws OrchestrationError `WRONG_STATE` where another runner has taken it over.
 */
export async function runToEnd(claimed: Run, runner: Runner, options: RunnerOptions): Promise<Run> {
  const { store, clock, processes, signal, beforeSuddenEnd, pollMs = 1000, onChange = () => {} } = options;
  const { id } = claimed;
  const active = new Map<string, ActiveTask>();
  let lastMs = clock.now();
  let beatMs = lastMs;
  let isStopping = false;
  const orphans = orphansOf(claimed, processes);
  const isOver = beforeSuddenEnd?.(() => {
    for (const task of active.values()) task.kill();
    for (const orphan of orphans) processes.signalGroup(orphan, "SIGKILL");
    cancelAtOnce(store, runner, id, clock.now());
  });
  onChange(claimed);
  try {
    await endOrphans(orphans, processes, clock);
    for (;;) {
      const nowMs = clock.now();
      // A machine that slept did not work meanwhile, and a clock that was set back does not count.
      const awakeMs = Math.min(Math.max(0, nowMs - lastMs), 5 * pollMs);
      lastMs = nowMs;
      if (nowMs - beatMs >= heartbeatEveryMs || nowMs < beatMs) {
        await whenThereIsRoom(() => store.beat(id, nowMs), options);
        beatMs = nowMs;
      }
      for (const task of active.values()) {
        task.pass(awakeMs);
        if (task.exit !== undefined) {
          const settled = await whenThereIsRoom(() => settleTry(store, runner, task, options), options);
          active.delete(task.id);
          onChange(settled);
        }
      }
      const run = store.run(id) ?? claimed;
      if (!isStopping && (signal?.aborted === true || run.isCancelRequested)) {
        isStopping = true;
        for (const task of active.values()) task.stop("cancelled");
      }
      const steps = nextSteps(run, nowMs);
      if (isStopping) {
        if (active.size === 0) return await end(run, endOfStopped(run, steps), nowMs);
      } else {
        if (steps.settle.length > 0) {
          const events = steps.settle.map((one) => ({ kind: "task_settled", atMs: nowMs, ...one }) as const);
          onChange(await whenThereIsRoom(() => store.append(id, events, runner.token), options));
          continue;
        }
        if (steps.end !== undefined) return await end(run, steps.end, nowMs);
        for (const task of steps.start) {
          const started = await startTask(run, task, runner, options);
          if (started === undefined) continue;
          active.set(task, started);
          onChange(store.run(id) ?? run);
        }
      }
      const waitMs = Math.min(pollMs, Math.max(1, (steps.wakeAtMs ?? Infinity) - nowMs));
      await nextThing(waitMs, active.values(), clock, isStopping ? undefined : signal);
    }
  } catch (error) {
    // Tasks must not continue without a runner that records their end.
    for (const task of active.values()) task.stop("cancelled");
    throw error;
  } finally {
    isOver?.();
  }

  function end(run: Run, state: "success" | "failed" | "cancelled", atMs: number): Promise<Run> {
    return whenThereIsRoom(() => endRun(store, runner, run, state, atMs, onChange), options);
  }
}

/** Stores that a run is cancelled, because its process ends at once. */
function cancelAtOnce(store: RunStore, { token }: Runner, id: string, atMs: number): void {
  const killed = store.run(id)?.tasks.filter(({ state }) => state === "running") ?? [];
  const reason = "ended by SIGKILL, as the runner was to end at once";
  store.append(
    id,
    [
      ...killed.map(
        (task) => ({ kind: "task_ended", atMs, task: task.id, outcome: "cancelled", reason }) as const,
      ),
      { kind: "ended", atMs, state: "cancelled" },
    ],
    token,
  );
}

/** A run that was over before the stop keeps its state. */
function endOfStopped(run: Run, { end }: Steps): "success" | "failed" | "cancelled" {
  return end === undefined || run.tasks.some(({ state }) => state === "cancelled") ? "cancelled" : end;
}

/** Until a task ends, the run is stopped or the time is over. */
async function nextThing(
  waitMs: number,
  active: Iterable<ActiveTask>,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  const over = new AbortController();
  const things: Promise<unknown>[] = [clock.sleep(waitMs, over.signal).catch(() => undefined)];
  for (const task of active) things.push(task.over);
  if (signal !== undefined && !signal.aborted)
    things.push(once(signal, "abort", { signal: over.signal }).catch(() => undefined));
  await Promise.race(things);
  over.abort();
}

async function startTask(
  run: Run,
  taskId: string,
  runner: Runner,
  options: RunnerOptions,
): Promise<ActiveTask | undefined> {
  const { store, clock, launch, redact, environment, ffe } = options;
  const definition = definitionOf(run, taskId);
  if (definition === undefined) return undefined;
  const { pool } = definition;
  const isOurs = await whenThereIsRoom(
    () => store.startTask(run.id, taskId, pool, clock.now(), runner.token),
    options,
  );
  if (!isOurs) return undefined;
  const tryNumber = 1 + (run.tasks.find(({ id }) => id === taskId)?.tries.length ?? 0);
  const date = { date: run.date, scheduledForMs: scheduledTimeOf(run) };
  const argv = withContext(taskCommand(run.definition, definition, date), run, ffe);
  const log = new TaskLog(logPath(store.folder, run, taskId, tryNumber), redact, () => clock.now());
  const launched = launch({
    argv,
    workingFolder: run.context.workingFolder,
    environment: {
      FFE_RETRY_PATIENCE: "0",
      ...environment,
      ...(run.context.config === undefined ? {} : { FFE_CONFIG: run.context.config }),
      FFE_RUN_ID: run.id,
      FFE_PIPELINE: run.pipeline,
      FFE_TASK: taskId,
      FFE_TRY: String(tryNumber),
    },
    onLine: (stream, line) => log.write(stream, line),
  });
  try {
    const { process } = launched;
    if (process !== undefined)
      await whenThereIsRoom(
        () =>
          store.append(
            run.id,
            { kind: "task_spawned", atMs: clock.now(), task: taskId, process },
            runner.token,
          ),
        options,
      );
  } catch (error) {
    // Another runner has taken the run over: the command never begins.
    launched.signal("SIGKILL");
    throw error;
  }
  launched.begin();
  return new ActiveTask(taskId, run.id, launched, log, definition.timeoutSeconds * 1000);
}

/** The command with this program for `ffe`, working on the lake that the run is about. */
function withContext(argv: readonly string[], { context }: Run, ffe: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first !== "ffe") return argv;
  const storage =
    context.storage === undefined || rest.includes("--storage") ? [] : ["--storage", context.storage];
  return [...ffe, ...rest, ...storage];
}

/** Stores the outcome of a try. */
function settleTry(store: RunStore, runner: Runner, active: ActiveTask, { clock }: RunnerOptions): Run {
  const atMs = clock.now();
  const before = store.run(active.runId);
  const task = before?.tasks.find(({ id }) => id === active.id);
  const { exitCode, reason } = active.exit ?? { exitCode: undefined, reason: undefined };
  const outcome =
    active.stopReason === "cancelled"
      ? "cancelled"
      : active.stopReason === "timeout"
        ? "failed"
        : exitCode === 0
          ? "success"
          : exitCode === skippedExitCode
            ? "skipped"
            : "failed";
  const retryAtMs =
    outcome === "failed" && before !== undefined && task !== undefined
      ? retryTime(before, task, atMs, active.stopReason === "timeout" ? undefined : exitCode)
      : undefined;
  const why =
    active.stopReason === "timeout" ? `ended: it took longer than ${active.timeoutMs / 1000} s` : reason;
  const run = store.append(
    active.runId,
    { kind: "task_ended", atMs, task: active.id, outcome, exitCode, reason: why, retryAtMs },
    runner.token,
  );
  publishTask(
    run,
    run.tasks.find(({ id }) => id === active.id),
  );
  return run;
}

function publishTask(run: Run, task: TaskRun | undefined): void {
  const last = task?.tries.at(-1);
  if (task === undefined || last?.endedMs === undefined) return;
  const { endedMs, startedMs, number, outcome = "failed", exitCode } = last;
  pipelineEvents.task.publish(() => ({
    pipeline: run.pipeline,
    runId: run.id,
    task: task.id,
    attempt: number,
    status: outcome,
    ...(exitCode === undefined ? {} : { exitCode }),
    retriesLater: task.state === "queued",
    durationSeconds: (endedMs - startedMs) / 1000,
  }));
}

function endRun(
  store: RunStore,
  { token }: Runner,
  { id }: Run,
  state: "success" | "failed" | "cancelled",
  atMs: number,
  onChange: (run: Run) => void,
): Run {
  const run = store.append(id, { kind: "ended", atMs, state }, token);
  pipelineEvents.run.publish(() => ({
    pipeline: run.pipeline,
    runId: run.id,
    status: state,
    ...(run.scheduledForMs === undefined ? {} : { scheduledFor: new Date(run.scheduledForMs).toISOString() }),
    startedAt: new Date(run.startedMs ?? atMs).toISOString(),
    endedAt: new Date(atMs).toISOString(),
    durationSeconds: (atMs - (run.startedMs ?? atMs)) / 1000,
  }));
  onChange(run);
  return run;
}
