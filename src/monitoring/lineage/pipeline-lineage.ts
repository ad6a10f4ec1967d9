import type { Clock } from "../../seams/clock.ts";
import { lineageEvent, runIdOf, tryRun } from "./lineage-event.ts";
import type { LineageEventType, LineageRun } from "./lineage-event.ts";
import type { LineageSink } from "./lineage-sink.ts";

/** A run of a pipeline as far as lineage is about it. */
interface ShownRun {
  readonly id: string;
  readonly pipeline: string;
  readonly state: string;
  readonly scheduledForMs: number | undefined;
  readonly startedMs: number | undefined;
  readonly endedMs: number | undefined;
  readonly tasks: readonly {
    readonly id: string;
    readonly tries: readonly {
      readonly number: number;
      readonly startedMs: number;
      readonly endedMs: number | undefined;
      readonly outcome: string | undefined;
      readonly exitCode: number | undefined;
      readonly reason: string | undefined;
    }[];
  }[];
}

/** Which time a run is at work, from 0 on: each time after an end is a run of its own in OpenLineage. */
export interface RunAttempt {
  readonly number: number;
  /** It continues after a crash, so its start was sent before. */
  readonly isContinued: boolean;
}

/** Sends the lineage of pipelines' runs and of their tasks' tries. */
export class PipelineLineage {
  readonly #sink: LineageSink;
  readonly #clock: Pick<Clock, "now">;
  readonly #attemptOf: (runId: string) => RunAttempt;
  readonly #active = new Map<string, { readonly run: LineageRun; readonly told: Set<string> }>();

  constructor(sink: LineageSink, clock: Pick<Clock, "now">, attemptOf: (runId: string) => RunAttempt) {
    this.#sink = sink;
    this.#clock = clock;
    this.#attemptOf = attemptOf;
  }

  /** Gets the run after each change, from its claim on, and sends what is new. */
  show(shown: ShownRun): void {
    let active = this.#active.get(shown.id);
    if (active === undefined) {
      if (shown.state !== "running") return;
      active = this.#begin(shown);
      this.#active.set(shown.id, active);
    }
    const { run, told } = active;
    for (const task of shown.tasks)
      for (const one of task.tries) {
        const { number, startedMs, endedMs, outcome } = one;
        const ids = { runId: shown.id, pipeline: shown.pipeline, task: task.id, attempt: number };
        const tryOf: LineageRun = {
          ...tryRun(run.namespace, ids),
          jobType: "TASK",
          parent: run,
          nominalMs: run.nominalMs,
        };
        this.#once(told, "START", tryOf, startedMs);
        if (outcome !== undefined && endedMs !== undefined)
          this.#once(told, endOf(outcome), tryOf, endedMs, reasonOf(one));
      }
    if (shown.endedMs === undefined) return;
    this.#once(told, endOf(shown.state), run, shown.endedMs, undefined);
    this.#active.delete(shown.id);
  }

  #begin(shown: ShownRun): { readonly run: LineageRun; readonly told: Set<string> } {
    const { number, isContinued } = this.#attemptOf(shown.id);
    const { namespace } = this.#sink.target;
    const nowMs = this.#clock.now();
    const run: LineageRun = {
      runId: number === 0 ? shown.id : runIdOf(`${shown.id}#${number}`),
      namespace,
      name: shown.pipeline,
      jobType: "PIPELINE",
      nominalMs: shown.scheduledForMs,
    };
    const told = new Set<string>();
    // Earlier processes have sent their tries. Nobody has sent the end of a try that crashed with its runner.
    for (const { id, tries } of shown.tasks)
      for (const one of tries) {
        const { runId } = tryRun(namespace, {
          runId: shown.id,
          pipeline: shown.pipeline,
          task: id,
          attempt: one.number,
        });
        told.add(`START ${runId}`);
        if (!isContinued || one.outcome !== "crashed" || one !== tries.at(-1)) told.add(`END ${runId}`);
      }
    if (isContinued) told.add(`START ${run.runId}`);
    this.#once(told, "START", run, number === 0 ? (shown.startedMs ?? nowMs) : nowMs);
    return { run, told };
  }

  #once(told: Set<string>, type: LineageEventType, run: LineageRun, timeMs: number, error?: string): void {
    const key = `${type === "START" ? "START" : "END"} ${run.runId}`;
    if (told.has(key)) return;
    told.add(key);
    const { producer } = this.#sink.target;
    this.#sink.emit(
      lineageEvent(type, run, { producer, timeMs, error: type === "FAIL" ? error : undefined }),
    );
  }
}

function endOf(state: string): LineageEventType {
  if (state === "success" || state === "skipped") return "COMPLETE";
  return state === "cancelled" ? "ABORT" : "FAIL";
}

function reasonOf({ reason, exitCode, outcome }: ShownRun["tasks"][number]["tries"][number]): string {
  return reason ?? (exitCode === undefined ? (outcome ?? "failed") : `exit code ${exitCode}`);
}
