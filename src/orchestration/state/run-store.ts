/**
 * The runs of pipelines in a SQLite file. What this folder guarantees:
 * - Every change is one transaction that begins as a writer, without a wait inside, and checks the event against the state
 *   that the events before it make. So a process may be killed anywhere, and several may share the file.
 * - A scheduled time of a pipeline has one run at most.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

import { OrchestrationError } from "../orchestration-error.ts";
import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import { AlertStore } from "./alert-store.ts";
import { Leases } from "./leases.ts";
import { applyEvent, foldRun, isEnded } from "./run-fold.ts";
import type { Run, RunState } from "./run-fold.ts";
import { openFrozenRunDatabase, openRunDatabase } from "./run-database.ts";
import type { CreatedEvent, RunEvent } from "./run-event.ts";
import { newRunId } from "./run-id.ts";
import { Schedules } from "./schedules.ts";
import { writing } from "./writing.ts";

export const runFileName = "runs.sqlite";

/** What may happen to a run that exists. */
export type LaterEvent = Exclude<RunEvent, CreatedEvent>;

/** A line of the list of runs. */
export interface RunSummary {
  readonly id: string;
  readonly pipeline: string;
  readonly kind: string;
  readonly date: string;
  readonly scheduledForMs: number | undefined;
  readonly state: RunState;
  readonly reason: string | undefined;
  readonly createdMs: number;
  readonly startedMs: number | undefined;
  readonly endedMs: number | undefined;
  /** The last heartbeat of its runner. */
  readonly heartbeatMs: number | undefined;
}

export interface RunFilter {
  readonly pipeline?: string | undefined;
  readonly states?: readonly RunState[] | undefined;
  readonly dates?: { readonly from: string; readonly to: string } | undefined;
  readonly limit?: number | undefined;
}

/**
 * Opens the runs of a state folder.
 *
 * @returns `undefined` where there are none to be read yet.
 */
export function openRunStore(folder: string, options: { readonly readOnly: true }): RunStore | undefined;
export function openRunStore(folder: string): RunStore;
export function openRunStore(
  folder: string,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): RunStore | undefined {
  const path = join(folder, runFileName);
  if (readOnly && !existsSync(path)) return undefined;
  return new RunStore(openRunDatabase(path, readOnly), folder);
}

/** Opens the runs for a command that reads: on a full disk, or one that may not be written, as they are stored. */
export function openReadableRunStore(folder: string): RunStore {
  try {
    return openRunStore(folder);
  } catch (error) {
    const isKnown = error instanceof OrchestrationError;
    const database = isKnown ? openFrozenRunDatabase(join(folder, runFileName)) : undefined;
    if (database === undefined) throw error;
    return new RunStore(database, folder);
  }
}

export class RunStore implements Disposable {
  readonly folder: string;
  readonly leases: Leases;
  readonly schedules: Schedules;
  readonly alerts: AlertStore;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync, folder: string) {
    this.#database = database;
    this.folder = folder;
    this.leases = new Leases(database);
    this.schedules = new Schedules(database);
    this.alerts = new AlertStore(database);
  }

  /**
   * Makes a run, and adds events to it in the same transaction; `undefined` where the scheduled time has a run already.
   */
  create(event: Omit<CreatedEvent, "kind">, more: readonly LaterEvent[] = []): Run | undefined {
    return writing(this.#database, () => {
      const { scheduledForMs, definition, atMs } = event;
      if (scheduledForMs !== undefined && this.scheduledRun(definition.name, scheduledForMs) !== undefined)
        return undefined;
      const id = newRunId(atMs, randomBytes(10));
      const run = this.#store(id, undefined, { kind: "created", ...event });
      return more.reduce((before, one) => this.#store(id, before, one), run);
    });
  }

  /**
   * Adds events to a run: all, or none.
   *
   * @param token of the runner that they come from, where they come from one: another one may have taken the run over.
   * @param expected the state that the run must still be in, where that is not any state that the events fit.
   * @throws OrchestrationError `WRONG_STATE` where one does not fit, and nothing is added.
   */
  append(id: string, events: LaterEvent | readonly LaterEvent[], token?: string, expected?: RunState): Run {
    return writing(this.#database, () => {
      const run = this.#run(id);
      if (expected !== undefined && run.state !== expected)
        throw new OrchestrationError("WRONG_STATE", `Run ${id} is ${run.state} by now`);
      if (token !== undefined && run.runner?.token !== token) throw lostRun(id);
      return [events].flat().reduce((before, one) => this.#store(id, before, one), run);
    });
  }

  /**
   * Asks the runner of a run to stop; a run that has none is cancelled at once.
   *
   * @throws OrchestrationError `WRONG_STATE` for a run that is over, unless it crashed.
   */
  cancel(id: string, atMs: number): Run {
    return writing(this.#database, () => {
      const run = this.#run(id);
      const hasRunner = run.state !== "queued" && run.state !== "crashed";
      return this.#store(
        id,
        run,
        hasRunner ? { kind: "cancel_requested", atMs } : { kind: "ended", atMs, state: "cancelled" },
      );
    });
  }

  /** Starts a task unless its pool is taken; says whether it did. */
  startTask(id: string, task: string, pool: string | undefined, atMs: number, token: string): boolean {
    return writing(this.#database, () => {
      if (pool !== undefined && this.#isPoolTaken(pool)) return false;
      const run = this.#run(id);
      if (run.runner?.token !== token) throw lostRun(id);
      this.#store(id, run, { kind: "task_started", atMs, task, ...(pool === undefined ? {} : { pool }) });
      return true;
    });
  }

  /** Stores a heartbeat of a run's runner. */
  beat(id: string, atMs: number): void {
    writing(this.#database, () => {
      this.#database.prepare("UPDATE runs SET heartbeat_ms = ? WHERE run_id = ?").run(atMs, id);
    });
  }

  run(id: string): Run | undefined {
    return foldRun(id, this.events(id));
  }

  /** Everything that happened to a run, in order. */
  events(id: string): readonly RunEvent[] {
    const rows = this.#database.prepare("SELECT body FROM run_events WHERE run_id = ? ORDER BY seq").all(id);
    return rows.map((row) => this.#readEvent(String(row["body"])));
  }

  /**
   * The run that a text means: its id, the beginning or the end of it if no other has the same, or `latest` or the name of
   * a pipeline for the run that is on the mind of a user.
   *
   * @throws OrchestrationError `RUN_NOT_FOUND`, or `INVALID_ARGUMENT` where several are meant.
   */
  find(text: string): Run {
    const foremost = this.foremost(text === "latest" ? undefined : text);
    if (foremost !== undefined) return this.#run(foremost.id);
    const ids = this.list().map(({ id }) => id);
    const wanted = text.toLowerCase();
    const meant = ids.filter((id) => wanted.length >= 4 && (id.startsWith(wanted) || id.endsWith(wanted)));
    const [only, another] = meant;
    if (another !== undefined)
      throw new OrchestrationError(
        "INVALID_ARGUMENT",
        `${text} is the id of ${meant.length} runs: give more of it`,
      );
    if (only !== undefined) return this.#run(only);
    throw new OrchestrationError("RUN_NOT_FOUND", `There is no run ${text}`, {
      nextStep:
        "ffe runs list shows them; the last letters of an id are enough, and latest is the newest one.",
    });
  }

  /** The newest run that is at work, else the newest that began or waits, else the newest of all. */
  foremost(pipeline?: string): RunSummary | undefined {
    const row = this.#database
      .prepare(
        `SELECT * FROM runs WHERE $pipeline IS NULL OR pipeline = $pipeline
         ORDER BY CASE WHEN state = 'running' THEN 0 WHEN state = 'queued' OR started_ms IS NOT NULL THEN 1 ELSE 2 END,
           created_ms DESC, rowid DESC LIMIT 1`,
      )
      .get({ $pipeline: pipeline ?? null });
    return row === undefined ? undefined : summaryOf(row);
  }

  /** The newest run that began and is over. */
  lastEnded(pipeline: string): RunSummary | undefined {
    const row = this.#database
      .prepare(
        `SELECT * FROM runs WHERE pipeline = ? AND started_ms IS NOT NULL AND state NOT IN ('queued', 'running')
         ORDER BY ended_ms DESC, rowid DESC LIMIT 1`,
      )
      .get(pipeline);
    return row === undefined ? undefined : summaryOf(row);
  }

  /** The newest first. */
  list({ pipeline, states, dates, limit = -1 }: RunFilter = {}): readonly RunSummary[] {
    const rows = this.#database
      .prepare(
        `SELECT * FROM runs
         WHERE ($pipeline IS NULL OR pipeline = $pipeline)
           AND ($states IS NULL OR state IN (SELECT value FROM json_each($states)))
           AND ($from IS NULL OR (date >= $from AND date < $to))
         ORDER BY created_ms DESC, rowid DESC LIMIT $limit`,
      )
      .all({
        $pipeline: pipeline ?? null,
        $states: states === undefined ? null : JSON.stringify(states),
        $from: dates?.from ?? null,
        $to: dates?.to ?? null,
        $limit: limit,
      });
    return rows.map(summaryOf);
  }

  /** The run for a scheduled time. */
  scheduledRun(pipeline: string, scheduledForMs: number): RunSummary | undefined {
    const row = this.#database
      .prepare("SELECT * FROM runs WHERE pipeline = ? AND scheduled_for_ms = ?")
      .get(pipeline, scheduledForMs);
    return row === undefined ? undefined : summaryOf(row);
  }

  /** The runs that ended in a state at a time or later, the first one first. */
  endedSince(pipeline: string, state: RunState, sinceMs: number): readonly RunSummary[] {
    return this.#database
      .prepare(
        "SELECT * FROM runs WHERE pipeline = ? AND state = ? AND ended_ms >= ? ORDER BY ended_ms, rowid",
      )
      .all(pipeline, state, sinceMs)
      .map(summaryOf);
  }

  /** For each pipeline and state, the run that ended last; of running ones, the one that began last. */
  latestRuns(): readonly RunSummary[] {
    const rows = this.#database
      .prepare(
        `SELECT * FROM (
           SELECT *, row_number() OVER (
             PARTITION BY pipeline, state ORDER BY coalesce(ended_ms, started_ms, created_ms) DESC, run_id DESC
           ) AS place FROM runs
         ) WHERE place = 1 ORDER BY pipeline, state`,
      )
      .all();
    return rows.map(summaryOf);
  }

  /** Runs that are not over. */
  active(pipeline?: string): readonly RunSummary[] {
    return this.list({ pipeline, states: ["queued", "running"] });
  }

  /** Deletes runs that ended before a time, and keeps only the newest of the others. Returns the deleted ones. */
  prune(endedBeforeMs: number, most: number): readonly RunSummary[] {
    return writing(this.#database, () => {
      const ended = this.list().filter(({ state }) => isEnded(state));
      const gone = ended.filter(({ endedMs = 0 }, place) => endedMs < endedBeforeMs || place >= most);
      for (const { id } of gone) {
        this.#database.prepare("DELETE FROM run_events WHERE run_id = ?").run(id);
        this.#database.prepare("DELETE FROM runs WHERE run_id = ?").run(id);
      }
      return gone;
    });
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #run(id: string): Run {
    const run = this.run(id);
    if (run === undefined) throw new OrchestrationError("RUN_NOT_FOUND", `There is no run ${id}`);
    return run;
  }

  /** Inside a transaction. */
  #store(id: string, before: Run | undefined, event: RunEvent): Run {
    const run = applyEvent(id, before, event);
    this.#database
      .prepare("INSERT INTO run_events (run_id, at_ms, kind, body) VALUES (?, ?, ?, ?)")
      .run(id, event.atMs, event.kind, this.#eventBody(event));
    this.#database
      .prepare(
        `INSERT INTO runs VALUES ($id, $pipeline, $kind, $date, $scheduled, $state, $reason, $created, $started, $ended, $beat)
         ON CONFLICT (run_id) DO UPDATE SET state = excluded.state, reason = excluded.reason,
           started_ms = excluded.started_ms, ended_ms = excluded.ended_ms,
           heartbeat_ms = coalesce(excluded.heartbeat_ms, heartbeat_ms)`,
      )
      .run({
        $id: id,
        $pipeline: run.pipeline,
        $kind: run.kind,
        $date: run.date,
        $scheduled: run.scheduledForMs ?? null,
        $state: run.state,
        $reason: run.reason ?? null,
        $created: run.createdMs,
        $started: run.startedMs ?? null,
        $ended: run.endedMs ?? null,
        $beat: event.kind === "claimed" ? event.atMs : null,
      });
    this.#database.prepare("DELETE FROM running_tasks WHERE run_id = ?").run(id);
    for (const task of run.tasks)
      if (task.state === "running")
        this.#database
          .prepare("INSERT INTO running_tasks VALUES (?, ?, ?)")
          .run(id, task.id, run.definition.tasks.find((one) => one.id === task.id)?.pool ?? null);
    return run;
  }

  #isPoolTaken(pool: string): boolean {
    return this.#database.prepare("SELECT 1 FROM running_tasks WHERE pool = ?").get(pool) !== undefined;
  }

  /** Definitions are kept once each: thousands of runs have the same. */
  #eventBody(event: RunEvent): string {
    if (!("definition" in event) || event.definition === undefined) return JSON.stringify(event);
    const body = JSON.stringify(event.definition);
    const hash = createHash("sha256").update(body).digest("hex").slice(0, 32);
    this.#database.prepare("INSERT OR IGNORE INTO definitions VALUES (?, ?)").run(hash, body);
    return JSON.stringify({ ...event, definition: hash });
  }

  #readEvent(text: string): RunEvent {
    const event: RunEvent & { readonly definition?: unknown } = JSON.parse(text);
    if (typeof event.definition !== "string") return event;
    const row = this.#database.prepare("SELECT body FROM definitions WHERE hash = ?").get(event.definition);
    const definition: PipelineDefinition = JSON.parse(String(row?.["body"]));
    const whole: RunEvent = JSON.parse(JSON.stringify({ ...event, definition }));
    return whole;
  }
}

function lostRun(id: string): OrchestrationError {
  return new OrchestrationError("WRONG_STATE", `Another runner has taken over run ${id}`);
}

function summaryOf(row: Readonly<Record<string, SQLOutputValue>>): RunSummary {
  return {
    id: String(row["run_id"]),
    pipeline: String(row["pipeline"]),
    kind: String(row["kind"]),
    date: String(row["date"]),
    scheduledForMs: timeOf(row["scheduled_for_ms"]),
    state: stateOf(row["state"]),
    reason: typeof row["reason"] === "string" ? row["reason"] : undefined,
    createdMs: timeOf(row["created_ms"]) ?? 0,
    startedMs: timeOf(row["started_ms"]),
    endedMs: timeOf(row["ended_ms"]),
    heartbeatMs: timeOf(row["heartbeat_ms"]),
  };
}

function timeOf(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Every state that a run may be in. */
export const runStates: readonly RunState[] = [
  "queued",
  "running",
  "success",
  "failed",
  "skipped",
  "cancelled",
  "crashed",
  "missed",
];

function stateOf(value: SQLOutputValue | undefined): RunState {
  const state = runStates.find((one) => one === value);
  if (state === undefined) throw new Error(`A run has the state ${String(value)}`);
  return state;
}
