import type { LaunchedTask, TaskExit } from "./launch-task.ts";
import type { TaskLog } from "./task-log.ts";

/** How long a task may take to end after the signal. */
const terminationPatienceMs = 30_000;

/** A task at work. Its time is what passed while the machine was awake. */
export class ActiveTask {
  readonly id: string;
  readonly runId: string;
  readonly timeoutMs: number;
  /** Resolves when the task is over. */
  readonly over: Promise<void>;
  readonly #launched: LaunchedTask;
  readonly #log: TaskLog;
  #workedMs = 0;
  #stoppedMs: number | undefined;
  #isKilled = false;
  #stopReason: "timeout" | "cancelled" | undefined;
  #exit: TaskExit | undefined;

  constructor(id: string, runId: string, launched: LaunchedTask, log: TaskLog, timeoutMs: number) {
    this.id = id;
    this.runId = runId;
    this.timeoutMs = timeoutMs;
    this.#launched = launched;
    this.#log = log;
    this.over = this.#end();
  }

  /** How it ended; `undefined` while it works. */
  get exit(): TaskExit | undefined {
    return this.#exit;
  }

  get stopReason(): "timeout" | "cancelled" | undefined {
    return this.#stopReason;
  }

  /** Lets time pass: after its timeout the task gets SIGTERM, and SIGKILL 30 s later. */
  pass(awakeMs: number): void {
    if (this.#exit !== undefined) return;
    this.#workedMs += awakeMs;
    if (this.#stoppedMs === undefined) {
      if (this.#workedMs >= this.timeoutMs) this.stop("timeout");
      return;
    }
    this.#stoppedMs += awakeMs;
    if (this.#stoppedMs < terminationPatienceMs || this.#isKilled) return;
    this.#isKilled = true;
    this.#log.write("runner", "It did not end within 30 s: SIGKILL.");
    this.#launched.signal("SIGKILL");
  }

  /** Ends it without any patience, and waits for nothing. */
  kill(): void {
    if (this.#exit !== undefined) return;
    this.#isKilled = true;
    this.#stopReason = "cancelled";
    this.#log.write("runner", "The runner ends at once: SIGKILL.");
    this.#launched.signal("SIGKILL");
  }

  async #end(): Promise<void> {
    const exit = await this.#launched.ended;
    if (exit.reason !== undefined) this.#log.write("runner", exit.reason);
    this.#log.close();
    this.#exit = exit;
  }

  stop(reason: "timeout" | "cancelled"): void {
    if (this.#stopReason !== undefined || this.#exit !== undefined) return;
    this.#stopReason = reason;
    this.#stoppedMs = 0;
    const why =
      reason === "timeout" ? `It took longer than ${this.timeoutMs / 1000} s` : "The run is cancelled";
    this.#log.write("runner", `${why}: SIGTERM.`);
    this.#launched.signal("SIGTERM");
  }
}
