import type { LaunchedTask, LaunchTask, TaskExit } from "../../../src/orchestration/run/launch-task.ts";
import type { Processes, ProcessIdentity } from "../../../src/orchestration/run/process-identity.ts";
import type { Clock } from "../../../src/seams/clock.ts";

/** What a command does on the machine. */
export interface Behaviour {
  readonly takesMs?: number;
  readonly exitCode?: number;
  /** Goes on after SIGTERM. */
  readonly isStubborn?: boolean;
  readonly writes?: readonly string[];
}

export interface Launched {
  readonly task: string;
  readonly attempt: number;
  readonly atMs: number;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  endedMs?: number;
  exitCode?: number | undefined;
  readonly signals: { readonly signal: string; readonly atMs: number }[];
}

/** Processes that do as a test says, on a clock of the test. */
export class FakeMachine {
  readonly launched: Launched[] = [];
  readonly processes: Processes;
  #pid = 100;
  readonly #alive = new Map<number, (signal: NodeJS.Signals) => void>();
  readonly #clock: Clock;
  readonly #behaviour: (task: string, attempt: number) => Behaviour;
  #self: ProcessIdentity = identity(1);

  constructor(clock: Clock, behaviour: (task: string, attempt: number) => Behaviour = () => ({})) {
    this.#clock = clock;
    this.#behaviour = behaviour;
    this.#alive.set(1, () => {});
    this.processes = {
      self: () => this.#self,
      identify: (pid) => (this.#alive.has(pid) ? identity(pid) : undefined),
      signalGroup: ({ pid }, signal) => this.#alive.get(pid)?.(signal),
    };
  }

  /** Kills the process of the runner; from now on the test is another one. Its tasks stay. */
  killRunner(): void {
    this.#alive.delete(this.#self.pid);
    this.#pid += 1;
    this.#self = identity(this.#pid);
    this.#alive.set(this.#pid, () => {});
  }

  readonly launch: LaunchTask = ({ argv, environment, onLine }): LaunchedTask => {
    const task = environment["FFE_TASK"] ?? "";
    const attempt = Number(environment["FFE_TRY"]);
    const { takesMs = 1000, exitCode = 0, isStubborn = false, writes = [] } = this.#behaviour(task, attempt);
    const launched: Launched = { task, attempt, atMs: this.#clock.now(), argv, environment, signals: [] };
    this.launched.push(launched);
    this.#pid += 1;
    const pid = this.#pid;
    const over = new AbortController();
    const ended = new Promise<TaskExit>((resolve) => {
      const end = (exit: TaskExit): void => {
        if (!this.#alive.delete(pid)) return;
        launched.endedMs = this.#clock.now();
        launched.exitCode = exit.exitCode;
        over.abort();
        resolve(exit);
      };
      this.#alive.set(pid, (signal) => {
        launched.signals.push({ signal, atMs: this.#clock.now() });
        if (signal === "SIGKILL" || !isStubborn) end({ exitCode: undefined, reason: `ended by ${signal}` });
      });
      for (const line of writes) onLine("stdout", line);
      this.#clock.sleep(takesMs, over.signal).then(
        () => end({ exitCode, reason: undefined }),
        () => {},
      );
    });
    return {
      process: identity(pid),
      ended,
      begin: () => {},
      signal: (signal) => this.#alive.get(pid)?.(signal),
    };
  };
}

function identity(pid: number): ProcessIdentity {
  return { pid, startedAt: String(pid), host: "test", bootId: "boot" };
}
