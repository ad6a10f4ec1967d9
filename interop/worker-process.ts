import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { PeerError } from "./peer-error.ts";

export type WorkerCommand = {
  /** Names the peer in errors. */
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  /** How long an answer may take. */
  readonly hangGuardMs?: number;
};

/**
 * A process that answers requests, one JSON document a line each way: `{id, op, …parameters}` is answered by
 * `{id, result}` or `{id, error: {type, message}}`. It starts with the first request and ends with `close()`.
 */
export class WorkerProcess {
  readonly #command: WorkerCommand;
  readonly #hangGuardMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #process: ChildProcessWithoutNullStreams | undefined;
  #lastId = 0;
  #stderr = "";

  constructor(command: WorkerCommand) {
    this.#command = command;
    this.#hangGuardMs = command.hangGuardMs ?? HANG_GUARD_MS;
  }

  /** @throws {PeerError} when the peer refuses, ends or hangs. */
  async request(op: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#process ??= this.#start();
    const { stdin } = this.#process;
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const hangGuard = setTimeout(() => this.#hung(op), this.#hangGuardMs);
    this.#waiting.set(id, { op, resolve, reject });
    try {
      stdin.write(`${JSON.stringify({ id, op, ...parameters })}\n`);
      return await promise;
    } finally {
      clearTimeout(hangGuard);
      this.#waiting.delete(id);
    }
  }

  /** Lets the worker finish what it was asked, and waits for its end. */
  async close(): Promise<void> {
    const child = this.#process;
    if (child === undefined) {
      return;
    }
    const ended = Promise.withResolvers<void>();
    child.once("close", () => ended.resolve());
    child.stdin.end();
    const hangGuard = setTimeout(() => child.kill("SIGKILL"), CLOSE_GUARD_MS);
    await ended.promise;
    clearTimeout(hangGuard);
  }

  #start(): ChildProcessWithoutNullStreams {
    const { command, arguments: commandArguments, folder } = this.#command;
    const child = spawn(command, commandArguments, {
      cwd: folder,
      env: { ...process.env, ...workerEnvironment },
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.#answered(line));
    // Writing to a process that has ended; "close" tells of it with more to say.
    child.stdin.on("error", () => {});
    child.once("error", (cause) => {
      this.#process = undefined;
      this.#failAll(
        "PEER_DIED",
        `could not be started, interop/setup.sh installs it: ${cause.message}`,
        cause,
      );
    });
    child.once("close", (code, signal) => {
      if (this.#process === child) {
        this.#process = undefined;
        this.#failAll("PEER_DIED", `ended with ${signal ?? `exit code ${code}`}`);
      }
    });
    return child;
  }

  #answered(line: string): void {
    let answer: Answer;
    try {
      answer = Answer.parse(JSON.parse(line));
    } catch (cause) {
      this.#failAll("PEER_ANSWER", `wrote a line that is no answer: ${line.slice(0, 200)}`, cause);
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    if (answer.error === undefined) {
      waiting?.resolve(answer.result);
    } else {
      const { type, message } = answer.error;
      const text = `${this.#command.name} refused ${waiting?.op}: ${type}: ${message}`;
      waiting?.reject(new PeerError("PEER_REFUSED", text, { peerErrorType: type }));
    }
  }

  #hung(op: string): void {
    this.#failAll("PEER_HUNG", `did not answer ${op} within ${this.#hangGuardMs} ms`);
    this.#process?.kill("SIGKILL");
  }

  #failAll(code: "PEER_DIED" | "PEER_HUNG" | "PEER_ANSWER", what: string, cause?: unknown): void {
    const said = this.#stderr === "" ? "" : `; the end of its stderr:\n${this.#stderr}`;
    for (const { reject } of this.#waiting.values()) {
      reject(new PeerError(code, `${this.#command.name} ${what}${said}`, { cause }));
    }
  }
}

type Waiting = {
  readonly op: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: PeerError) => void;
};

const Answer = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ type: z.string(), message: z.string() }).optional(),
});
type Answer = z.infer<typeof Answer>;

/** Not a time limit for tests: only so that a stuck peer ends the run with its stderr. */
const HANG_GUARD_MS = 10 * 60 * 1000;
const CLOSE_GUARD_MS = 30 * 1000;
const STDERR_KEPT = 8000;
/** UTC for whatever still looks at local time; no bytecode folders beside the sources. */
export const workerEnvironment: Readonly<Record<string, string>> = {
  TZ: "UTC",
  PYTHONUTF8: "1",
  PYTHONDONTWRITEBYTECODE: "1",
};
