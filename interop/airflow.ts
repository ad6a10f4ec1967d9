import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, closeSync, copyFileSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import * as z from "zod";

import { freePorts, until } from "./local-services.ts";
import { PeerError } from "./peer-error.ts";

const environment = join(import.meta.dirname, ".venv-airflow", "bin");
/** Far longer than anything here takes: only what hangs meets it. */
const hangGuardMs = 600_000;

/** What Airflow made of DAG files. */
interface ReadDags {
  readonly dags: readonly ReadDag[];
  /** By the paths of files. */
  readonly errors: Readonly<Record<string, string>>;
}

interface ReadDag {
  readonly id: string;
  readonly description: string | null;
  readonly timetable: string;
  readonly cron: string | null;
  readonly zone: string;
  readonly catchup: boolean;
  readonly max_active_runs: number;
  readonly deadlines: readonly number[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly tasks: readonly ReadTask[];
}

interface ReadTask {
  readonly id: string;
  readonly argv: readonly string[] | null;
  readonly assets: readonly string[];
  readonly upstream: readonly string[];
  readonly trigger: string;
  readonly retries: readonly number[];
  readonly backoff: boolean;
  readonly timeout: number | null;
  readonly pool: string;
  readonly days: readonly number[] | null;
  readonly outlets: readonly string[];
}

const texts = z.array(z.string());
const ReadDags: z.ZodType<ReadDags> = z.object({
  dags: z.array(
    z.object({
      id: z.string(),
      description: z.string().nullable(),
      timetable: z.string(),
      cron: z.string().nullable(),
      zone: z.string(),
      catchup: z.boolean(),
      max_active_runs: z.number(),
      deadlines: z.array(z.number()),
      params: z.record(z.string(), z.unknown()),
      tasks: z.array(
        z.object({
          id: z.string(),
          argv: texts.nullable(),
          assets: texts,
          upstream: texts,
          trigger: z.string(),
          retries: z.array(z.number()),
          backoff: z.boolean(),
          timeout: z.number().nullable(),
          pool: z.string(),
          days: z.array(z.number()).nullable(),
          outlets: texts,
        }),
      ),
    }),
  ),
  errors: z.record(z.string(), z.string()),
});

/** A task of a run. */
interface Instance {
  readonly task_id: string;
  readonly map_index: number;
  readonly state: string | null;
  readonly try_number: number;
}

const Instance: z.ZodType<Instance> = z.object({
  task_id: z.string(),
  map_index: z.number(),
  state: z.string().nullable(),
  try_number: z.number(),
});

const Run = z.object({ state: z.string() });
const Failure = z.object({ stdout: z.string(), stderr: z.string() });

/** Airflow with a home of its own, SQLite, and `ffe` of this repository on its path. */
export class Airflow {
  readonly home: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #processes: ChildProcess[] = [];
  #port = 0;

  constructor(home: string, own: NodeJS.ProcessEnv = {}) {
    this.home = home;
    for (const folder of ["dags", "plugins", "bin", "logs"])
      mkdirSync(join(home, folder), { recursive: true });
    const ffe = join(home, "bin", "ffe");
    const script = join(import.meta.dirname, "..", "bin", "ffe.js");
    writeFileSync(ffe, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
    chmodSync(ffe, 0o755);
    this.#environment = {
      ...process.env,
      PATH: [join(home, "bin"), environment, process.env["PATH"]].join(delimiter),
      PYTHONPATH: join(home, "plugins"),
      AIRFLOW_HOME: home,
      AIRFLOW__CORE__LOAD_EXAMPLES: "False",
      AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: "False",
      AIRFLOW__CORE__EXECUTOR: "LocalExecutor",
      AIRFLOW__CORE__PARALLELISM: "2",
      AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: "True",
      AIRFLOW__API_AUTH__JWT_SECRET: randomUUID(),
      // Parts that start at once in a fresh home would each make a key of their own, and not read what the others wrote.
      AIRFLOW__CORE__FERNET_KEY: randomBytes(32).toString("base64url") + "=",
      AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: "5",
      AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL: "5",
      AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES: "1",
      AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC: "1",
      ...own,
    };
  }

  static async version(): Promise<string> {
    const script = `from importlib.metadata import version; print(version("apache-airflow"))`;
    return (await run("python", ["-c", script], {})).trim();
  }

  async close(): Promise<void> {
    const ended = this.#processes
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map(async (child) => {
        const exit = once(child, "exit");
        if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
        await exit;
      });
    await Promise.all(ended);
  }

  /** What Airflow's DAG processor makes of files. */
  async read(...files: readonly string[]): Promise<ReadDags> {
    const script = join(import.meta.dirname, "peers", "airflow_dags.py");
    const printed = await this.#run("python", script, ...files);
    return ReadDags.parse(JSON.parse(printed.trimEnd().split("\n").at(-1) ?? ""));
  }

  async migrate(): Promise<void> {
    await this.#run("airflow", "db", "migrate");
  }

  /** In place of a migration, which takes a while. */
  takeDatabaseOf(other: Airflow): void {
    copyFileSync(join(other.home, "airflow.db"), join(this.home, "airflow.db"));
  }

  /** `airflow dags test`: a run without a scheduler. Returns what it printed, and whether all was well. */
  async test(dag: string, date: string): Promise<{ readonly isGood: boolean; readonly printed: string }> {
    try {
      return { isGood: true, printed: await this.#run("airflow", "dags", "test", dag, date) };
    } catch (error) {
      return { isGood: false, printed: String(error) };
    }
  }

  /** The tasks of all runs of a DAG. */
  instances(dag: string): readonly Instance[] {
    using database = new DatabaseSync(join(this.home, "airflow.db"), { readOnly: true });
    const rows = database
      .prepare(
        "select task_id, map_index, state, try_number from task_instance where dag_id = ? order by task_id, map_index",
      )
      .all(dag);
    return rows.map((row) => Instance.parse({ ...row }));
  }

  /** Starts Airflow's four parts and waits until each of them reports that it is well. */
  async start(): Promise<void> {
    const [apiPort = 0, workerLogs, triggerLogs] = await freePorts(3);
    this.#port = apiPort;
    const port = String(apiPort);
    const own = {
      ...this.#environment,
      AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://127.0.0.1:${port}/execution/`,
      AIRFLOW__API__HOST: "127.0.0.1",
      AIRFLOW__API__PORT: port,
      AIRFLOW__API__WORKERS: "1",
      // Their defaults are taken where another Airflow runs.
      AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT: String(workerLogs),
      AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT: String(triggerLogs),
    };
    for (const part of ["api-server", "scheduler", "dag-processor", "triggerer"]) {
      const args = part === "api-server" ? ["--host", "127.0.0.1", "--port", port, "--workers", "1"] : [];
      const log = openSync(join(this.home, "logs", `${part}.out`), "w");
      const child = spawn(join(environment, "airflow"), [part, ...args], {
        cwd: this.home,
        env: own,
        detached: true,
        stdio: ["ignore", log, log],
      });
      closeSync(log);
      this.#processes.push(child);
    }
    await until("all parts of Airflow are well", async () => {
      const { text } = await this.#ask("monitor/health");
      return (text.match(/"status":"healthy"/g) ?? []).length === 4;
    });
  }

  /** Starts a run of a DAG as soon as the scheduler knows the DAG. */
  async trigger(dag: string, runId: string, logicalDate: string | null): Promise<void> {
    await until(`the DAG ${dag} is known`, async () => (await this.#ask(`dags/${dag}`)).isGood);
    const body = JSON.stringify({ dag_run_id: runId, logical_date: logicalDate });
    const { isGood, text } = await this.#ask(`dags/${dag}/dagRuns`, body);
    if (!isGood) throw new PeerError("PEER_REFUSED", `Airflow does not start ${dag}: ${text}`);
  }

  /** Waits for the end of a run. @returns its state */
  async endOf(dag: string, runId: string): Promise<string> {
    let state = "";
    await until(`the end of ${dag}`, async () => {
      const { isGood, text } = await this.#ask(`dags/${dag}/dagRuns/${runId}`);
      if (isGood) ({ state } = Run.parse(JSON.parse(text)));
      return state === "success" || state === "failed";
    });
    return state;
  }

  /** Asks the API server; posts a body if there is one. */
  async #ask(path: string, body?: string): Promise<{ readonly isGood: boolean; readonly text: string }> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#port}/api/v2/${path}`, {
        ...(body === undefined ? {} : { method: "POST", body }),
        headers: { "Content-Type": "application/json" },
      });
      return { isGood: response.ok, text: await response.text() };
    } catch {
      // It is not up yet.
      return { isGood: false, text: "" };
    }
  }

  #run(program: string, ...args: readonly string[]): Promise<string> {
    return run(program, args, { cwd: this.home, env: this.#environment });
  }
}

async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(join(environment, program), args, {
      ...options,
      maxBuffer: 2 ** 28,
      timeout: hangGuardMs,
    });
    return stdout;
  } catch (error) {
    const said = Failure.safeParse(error);
    const text = said.success ? `${said.data.stdout}${said.data.stderr}`.trim() : String(error);
    throw new PeerError("PEER_REFUSED", `${program} ${args[0] ?? ""} failed: ${text}`, { cause: error });
  }
}
