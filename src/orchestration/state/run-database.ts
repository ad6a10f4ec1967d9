import { existsSync, readFileSync, realpathSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

import { makeFolderSync } from "../../seams/make-folder.ts";
import { OrchestrationError } from "../orchestration-error.ts";
import { networkFileSystemOf } from "./network-file-system.ts";
import { fullError, hasNoRoom } from "./writing.ts";

/** How long a process waits while another one writes. */
const busyTimeoutMs = 5000;

/**
 * Opens the file of runs, and makes it where it is missing.
 *
 * @throws OrchestrationError `STATE_UNUSABLE` or `STATE_FULL`, saying what to do.
 */
export function openRunDatabase(path: string, readOnly: boolean): DatabaseSync {
  try {
    return readOnly ? new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs }) : opened(path);
  } catch (error) {
    if (error instanceof OrchestrationError) throw error;
    if (hasNoRoom(error) || (isInputOutput(error) && isDiskFull(dirname(path)))) throw fullError(path, error);
    const isDamaged =
      error instanceof Error && "errcode" in error && (error.errcode === 11 || error.errcode === 26);
    const detail = error instanceof Error ? error.message : String(error);
    throw new OrchestrationError(
      "STATE_UNUSABLE",
      `${path}, which keeps the runs of pipelines, ${isDamaged ? "is damaged" : "cannot be used"}: ${detail}`,
      {
        cause: error,
        nextStep: isDamaged
          ? `The tables are not touched. Move the file away to begin a new history: mv ${path} ${path}.damaged`
          : "state.path in the configuration chooses another folder.",
      },
    );
  }
}

/**
 * Opens the file of runs for reading where nothing can be written, not even the memory that processes share.
 *
 * @returns `undefined` where there is no file, or where the newest changes lie beside it.
 */
export function openFrozenRunDatabase(path: string): DatabaseSync | undefined {
  if (sizeOf(path) === 0 || sizeOf(`${path}-wal`) > 0) return undefined;
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true });
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** SQLite has it for a full disk, too, where it makes the memory that processes share. */
function isInputOutput(error: unknown): boolean {
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 255) === 10
  );
}

function isDiskFull(folder: string): boolean {
  return statfsSync(folder).bavail === 0;
}

function opened(path: string): DatabaseSync {
  const folder = dirname(path);
  makeFolderSync(folder);
  const network = networkFileSystemOf(realpathSync(folder), mountTable());
  if (network !== undefined)
    throw new OrchestrationError(
      "STATE_UNUSABLE",
      `${folder} lies on a network file system (${network}): runs need memory that processes share, which it does not have`,
      { nextStep: "Set state.path in the configuration to a folder of this machine; the tables may stay." },
    );
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    database.exec("BEGIN IMMEDIATE");
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    if (version > schemas.length)
      throw new OrchestrationError("STATE_UNUSABLE", `${path} was written by a newer version of ffe`, {
        nextStep: "Update this one.",
      });
    for (const schema of schemas.slice(version)) database.exec(schema);
    // A file that is as it should be is not written: it can be read on a full disk.
    if (version < schemas.length) database.exec(`PRAGMA user_version = ${schemas.length}`);
    database.exec("COMMIT");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** `runs`, `running_tasks` and `definitions` follow from `run_events`; they make look-ups fast. */
const runSchema = `
  CREATE TABLE run_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX run_events_of_run ON run_events (run_id, seq);
  CREATE TRIGGER run_events_stay BEFORE UPDATE ON run_events
    BEGIN SELECT RAISE(ABORT, 'run_events is append-only'); END;
  CREATE TABLE definitions (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    pipeline TEXT NOT NULL,
    kind TEXT NOT NULL,
    date TEXT NOT NULL,
    scheduled_for_ms INTEGER,
    state TEXT NOT NULL,
    reason TEXT,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER,
    heartbeat_ms INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX runs_once ON runs (pipeline, scheduled_for_ms) WHERE scheduled_for_ms IS NOT NULL;
  CREATE INDEX runs_by_state ON runs (state);
  CREATE INDEX runs_by_time ON runs (created_ms);
  CREATE TABLE running_tasks (
    run_id TEXT NOT NULL, task TEXT NOT NULL, pool TEXT, PRIMARY KEY (run_id, task)
  ) STRICT;
  CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE schedules (
    pipeline TEXT PRIMARY KEY, is_paused INTEGER NOT NULL DEFAULT 0, planned_until_ms INTEGER
  ) STRICT;
`;

/** Runs that failed before alerts existed raise none: they count as alerted, and as over. */
const alertSchema = `
  CREATE TABLE alerts (
    alert_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    raised_ms INTEGER NOT NULL,
    resolved_ms INTEGER,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alerts_open ON alerts (resolved_ms) WHERE resolved_ms IS NULL;
  CREATE TABLE alert_deliveries (
    alert_id TEXT NOT NULL,
    receiver TEXT NOT NULL,
    repeats INTEGER NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_ms INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (alert_id, receiver)
  ) STRICT;
  CREATE INDEX alert_deliveries_due ON alert_deliveries (receiver, state, next_ms);
  INSERT INTO alerts
    SELECT 'failure:' || run_id, 'failure', pipeline, ended_ms, ended_ms, '{}'
    FROM runs WHERE state IN ('failed', 'crashed') AND ended_ms IS NOT NULL;
`;

/** Each brings a file of the version before it, counted by `user_version`, to the next one. */
const schemas: readonly string[] = [runSchema, alertSchema];

/** The newest schema that this version knows. */
export const runSchemaVersion: number = schemas.length;

function mountTable(): string {
  const path = "/proc/self/mountinfo";
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
