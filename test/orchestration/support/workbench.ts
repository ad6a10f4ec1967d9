import { builtInPipelines } from "../../../src/orchestration/definition/built-in-pipelines.ts";
import { definePipeline } from "../../../src/orchestration/definition/define-pipeline.ts";
import type { TaskInput } from "../../../src/orchestration/definition/define-pipeline.ts";
import type { PipelineDefinition } from "../../../src/orchestration/definition/pipeline-definition.ts";
import { runToEnd } from "../../../src/orchestration/run/runner.ts";
import type { RunnerOptions } from "../../../src/orchestration/run/runner.ts";
import type { RunContext, Runner } from "../../../src/orchestration/state/run-event.ts";
import type { Run } from "../../../src/orchestration/state/run-fold.ts";
import { openRunStore } from "../../../src/orchestration/state/run-store.ts";
import type { RunStore } from "../../../src/orchestration/state/run-store.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { FakeMachine } from "./fake-machine.ts";
import type { Behaviour } from "./fake-machine.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const context: RunContext = { workingFolder: "." };

/** A pipeline of tasks whose commands are their ids. */
export function pipelineOf(
  tasks: readonly (Omit<TaskInput, "run"> & { readonly run?: string })[],
  settings: Omit<Parameters<typeof definePipeline>[0], "name" | "tasks"> = {},
): PipelineDefinition {
  return definePipeline({
    name: "mine",
    ...settings,
    tasks: tasks.map((task) => ({ run: task.id, ...task })),
  });
}

export const daily: PipelineDefinition | undefined = builtInPipelines[0];

/** A store, a machine and a clock of a test. */
export class Workbench implements Disposable {
  readonly folder: TemporaryFolder = new TemporaryFolder();
  readonly clock: VirtualClock;
  readonly machine: FakeMachine;
  store: RunStore;
  #runners = 0;

  constructor(behaviour?: (task: string, attempt: number) => Behaviour, now = "2026-03-02T00:00:00Z") {
    this.clock = new VirtualClock(now);
    this.machine = new FakeMachine(this.clock, behaviour);
    this.store = openRunStore(this.folder.at("state"));
  }

  runner(): Runner {
    this.#runners += 1;
    return { token: `runner ${this.#runners}`, process: this.machine.processes.self() };
  }

  options(more: Partial<RunnerOptions> = {}): RunnerOptions {
    const { store, clock, machine } = this;
    const { processes, launch } = machine;
    return {
      store,
      clock,
      processes,
      launch,
      redact: (text) => text.replaceAll("hush", "***"),
      environment: {},
      ffe: ["node", "ffe.js"],
      pollMs: 10_000,
      ...more,
    };
  }

  begin(definition: PipelineDefinition, runner: Runner): Run {
    const atMs = this.clock.now();
    const run = this.store.create(
      { atMs, runKind: "manual", date: "2026-03-01", state: "queued", definition, context },
      [{ kind: "claimed", atMs, runner }],
    );
    if (run === undefined) throw new Error("no run");
    return run;
  }

  /** Runs a pipeline to its end. */
  async run(definition: PipelineDefinition, more: Partial<RunnerOptions> = {}): Promise<Run> {
    const runner = this.runner();
    return this.clock.during(runToEnd(this.begin(definition, runner), runner, this.options(more)));
  }

  /** As another process that comes later would see it. */
  reopen(): void {
    this.store.close();
    this.store = openRunStore(this.folder.at("state"));
  }

  [Symbol.dispose](): void {
    this.store.close();
    this.folder[Symbol.dispose]();
  }
}

/** The states of the tasks of a run. */
export function statesOf(run: Run): Readonly<Record<string, string>> {
  return Object.fromEntries(run.tasks.map(({ id, state }) => [id, state]));
}
