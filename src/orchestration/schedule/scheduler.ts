/**
 * The loop that starts runs at their times. It wakes every few seconds and compares wall-clock times, so a machine that slept, a
 * clock that was set, and a timer that is too long are no special cases. It never loads DuckDB: tasks are processes.
 */
import { dayMs } from "../../market/durations.ts";
import { dateOf } from "../definition/command-template.ts";
import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import { OrchestrationError } from "../orchestration-error.ts";
import { lifeOf } from "../run/process-identity.ts";
import { markCrashedRuns, recoverRun } from "../run/crashed-runs.ts";
import { isFull, pause } from "../run/waiting-for-room.ts";
import { runToEnd } from "../run/runner.ts";
import type { RunnerOptions } from "../run/runner.ts";
import type { RunContext, Runner } from "../state/run-event.ts";
import type { Run } from "../state/run-fold.ts";
import type { Alerts } from "../alerts/alerts.ts";
import { CronTimes } from "./cron-times.ts";
import { dueTimes } from "./due-times.ts";

export const schedulerLease = "scheduler";
/** How often the lease is renewed; it runs out after three times as long. */
const wakeEveryMsDefault = 10_000;
/** The disk counts as full for so long after a write that found no room. */
const roomPatienceMs = 30_000;

export interface SchedulerOptions extends Omit<RunnerOptions, "signal"> {
  readonly pipelines: readonly PipelineDefinition[];
  readonly context: RunContext;
  /** Of this process. */
  readonly runner: Runner;
  /** Stops the loop; runs at work are cancelled. */
  readonly signal: AbortSignal;
  /** Alerts people to runs that fail or are late. */
  readonly alerts?: Pick<Alerts, "look" | "afterRuns"> | undefined;
  /** Says what happens, a line each. */
  readonly tell: (message: string) => void;
  /** How long it sleeps at most: 10 s when left out. */
  readonly wakeEveryMs?: number | undefined;
  /** Called once, when no other scheduler is at work. */
  readonly onBegin?: (() => void) | undefined;
  /** Called after each look. */
  readonly onLook?: (() => void) | undefined;
}

/** How a scheduler ended: it was stopped, or another one was at work. */
export type SchedulerEnd = { readonly kind: "stopped" } | { readonly kind: "other"; readonly holder: Runner };

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #active = new Map<string, Promise<void>>();
  /** When the disk was last found full. */
  #fullMs: number | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  async run(): Promise<SchedulerEnd> {
    const {
      store,
      clock,
      signal,
      runner,
      alerts,
      pipelines,
      onBegin = () => {},
      onLook = () => {},
    } = this.#options;
    let end: SchedulerEnd = { kind: "stopped" };
    let isFirst = true;
    while (!signal.aborted) {
      const lease = this.#withRoom(() => ({ holder: this.#takeLease() }));
      if (lease?.holder !== undefined) {
        end = { kind: "other", holder: lease.holder };
        break;
      }
      if (lease !== undefined) {
        if (isFirst) onBegin();
        isFirst = false;
        this.#withRoom(() => {
          this.look(clock.now());
          this.#noteRoom();
        });
        alerts?.look(pipelines, clock.now());
      }
      onLook();
      await pause(clock, this.#sleepMs(clock.now()), signal);
    }
    await Promise.all(this.#active.values());
    if (end.kind === "stopped") await alerts?.afterRuns();
    this.#withRoom(() => store.leases.release(schedulerLease, runner));
    return end;
  }

  /** Works on a full disk, too: what found no room is done at a later look, which decides the same. */
  #withRoom<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#noteFull(error);
      return undefined;
    }
  }

  /** Says once what there is to do. */
  #noteFull({ message }: OrchestrationError): void {
    const { tell, clock } = this.#options;
    if (this.#fullMs === undefined) tell(`${message}. The scheduler waits, and goes on once there is room`);
    this.#fullMs = clock.now();
  }

  /** A runner that finds no room asks again every 10 s. */
  #noteRoom(): void {
    const { tell, clock } = this.#options;
    if (this.#fullMs === undefined || clock.now() - this.#fullMs < roomPatienceMs) return;
    this.#fullMs = undefined;
    tell("There is room on the disk again: the scheduler goes on");
  }

  /** Decides what is due, and starts it. */
  look(nowMs: number): void {
    const { pipelines, store } = this.#options;
    this.#recover(nowMs);
    for (const definition of pipelines) {
      const plannedUntilMs = store.schedules.plannedUntil(definition.name);
      const { untilMs, times } = dueTimes(definition, plannedUntilMs, nowMs);
      if (!store.schedules.isPaused(definition.name))
        for (const { scheduledForMs, verdict } of times)
          this.#plan(definition, scheduledForMs, verdict, nowMs);
      // A kill before this decides the times again: the store knows which have a run.
      if (times.length > 0 || plannedUntilMs === undefined || plannedUntilMs > nowMs)
        store.schedules.setPlannedUntil(definition.name, untilMs);
      this.#startQueued(definition, nowMs);
    }
  }

  /** Until the next scheduled time, if that is soon. */
  #sleepMs(nowMs: number): number {
    const { pipelines, wakeEveryMs = wakeEveryMsDefault } = this.#options;
    const next = pipelines.map(({ schedule = "", timeZone }) =>
      schedule === "" ? Infinity : (new CronTimes(schedule, timeZone).nextAfter(nowMs) ?? Infinity),
    );
    return Math.max(1, Math.min(wakeEveryMs, ...next.map((time) => time - nowMs)));
  }

  #takeLease(): Runner | undefined {
    const { store, runner, clock, processes, wakeEveryMs = wakeEveryMsDefault } = this.#options;
    return store.leases.take(
      schedulerLease,
      runner,
      clock.now(),
      3 * wakeEveryMs,
      (other) => lifeOf(other.process, processes) === "gone",
    );
  }

  #plan(
    definition: PipelineDefinition,
    scheduledForMs: number,
    verdict: "run" | "missed",
    nowMs: number,
  ): void {
    const { store, context, tell } = this.#options;
    const { date } = dateOf(scheduledForMs);
    const active = store.active(definition.name);
    const [other] = active;
    const isAtLimit = definition.overlap !== "allow" && active.length >= definition.maxActiveRuns;
    const isQueueFull =
      definition.overlap === "queue" && active.filter(({ state }) => state === "queued").length > 0;
    const base = { atMs: nowMs, runKind: "scheduled", date, scheduledForMs, definition, context } as const;
    const what = `${definition.name} of ${timeText(scheduledForMs)}`;
    if (verdict === "missed") {
      const reason = "no scheduler ran at its time, and catch_up or start_deadline leaves it out";
      if (store.create({ ...base, state: "missed", reason }) !== undefined) tell(`${what}: missed`);
      return;
    }
    if (isAtLimit && other !== undefined && (definition.overlap === "skip" || isQueueFull)) {
      const reason = `run ${other.id} is still ${other.state}`;
      if (store.create({ ...base, state: "skipped", reason }) !== undefined)
        tell(`${what}: skipped, ${reason}`);
      return;
    }
    store.create({ ...base, state: "queued" });
  }

  /** Claims queued runs without a runner, oldest first, as many as may be active. */
  #startQueued(definition: PipelineDefinition, nowMs: number): void {
    const { store, runner } = this.#options;
    const queued = store.list({ pipeline: definition.name, states: ["queued"] }).toReversed();
    for (const { id } of queued) {
      const running = store.list({ pipeline: definition.name, states: ["running"] }).length;
      if (definition.overlap !== "allow" && running >= definition.maxActiveRuns) return;
      this.#take(() => store.append(id, { kind: "claimed", atMs: nowMs, runner }));
    }
  }

  /** Claims runs that crashed, also those that another command has marked. */
  #recover(nowMs: number): void {
    const { store, clock, processes, runner, tell } = this.#options;
    markCrashedRuns(store, clock, processes);
    for (const { id, endedMs = 0 } of store.list({ states: ["crashed"] }).toReversed()) {
      if (nowMs - endedMs >= dayMs) continue;
      this.#take(() => {
        const run = recoverRun(store, store.find(id), runner, nowMs);
        tell(`${run.pipeline} of ${run.date}: run ${id} had crashed; it goes on`);
        return run;
      });
    }
  }

  /** Starts a run that this process claims, unless another one claims or cancels it at the same moment. */
  #take(claim: () => Run): void {
    let run: Run;
    try {
      run = claim();
    } catch (error) {
      if (error instanceof OrchestrationError && error.code === "WRONG_STATE") return;
      throw error;
    }
    this.#start(run);
  }

  #start(run: Run): void {
    const { tell, runner } = this.#options;
    tell(`${run.pipeline} of ${run.date}: run ${run.id} begins`);
    const work = runToEnd(run, runner, { ...this.#options, onFull: (error) => this.#noteFull(error) })
      .then(({ state }) =>
        tell(`${run.pipeline} of ${run.date}: run ${run.id} is ${state}${adviceFor(run.id, state)}`),
      )
      .catch((error: unknown) => {
        tell(
          `${run.pipeline}: run ${run.id} stopped: ${error instanceof Error ? error.message : String(error)}`,
        );
      })
      .finally(() => this.#active.delete(run.id));
    this.#active.set(run.id, work);
  }
}

function adviceFor(id: string, state: string): string {
  if (state === "failed")
    return `; ffe runs show ${id} says why, ffe runs retry ${id} runs again what failed`;
  return state === "cancelled" ? `; ffe runs resume ${id} goes on` : "";
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(":00.000Z", "Z");
}
