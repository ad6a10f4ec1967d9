import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";

import { makeFolderSync } from "../seams/make-folder.ts";
import { MemoryLedger } from "./provider-ledger.ts";
import type { ProviderHealth, ProviderLedger } from "./provider-ledger.ts";
import type { TokenSchedule } from "./http/token-schedule.ts";

/** How long a process waits while another one writes. */
const busyTimeoutMs = 5000;

export const ledgerFileName = "providers.db";

/**
 * The ledger in a file, `providers.db`. The first write makes the file. A damaged file is renamed, and a new one is begun;
 * where nothing can be written, the ledger remembers as long as the process runs. `onTrouble` is told of both. No method
 * fails, because the request matters more than its bookkeeping.
 */
export class SqliteLedger implements ProviderLedger {
  readonly #folder: string;
  readonly #path: string;
  readonly #onTrouble: (message: string) => void;
  #opened: ProviderLedger | undefined;

  constructor(folder: string, onTrouble: (message: string) => void) {
    this.#folder = folder;
    this.#path = join(folder, ledgerFileName);
    this.#onTrouble = onTrouble;
  }

  spend(host: string, day: string, quota: number): boolean {
    return this.#use((ledger) => ledger.spend(host, day, quota));
  }

  exhaust(host: string, day: string, quota: number): void {
    this.#use((ledger) => ledger.exhaust(host, day, quota));
  }

  usedOn(host: string, day: string): number {
    return this.#isThere() ? this.#use((ledger) => ledger.usedOn(host, day)) : 0;
  }

  tokenScheduleOf(host: string): TokenSchedule {
    return {
      reserve: (nowMs, intervalMs, latestMs) =>
        this.#use((ledger) => ledger.tokenScheduleOf(host).reserve(nowMs, intervalMs, latestMs)),
    };
  }

  note(host: string, health: ProviderHealth): void {
    this.#use((ledger) => ledger.note(host, health));
  }

  healthOf(host: string): ProviderHealth | undefined {
    return this.#isThere() ? this.#use((ledger) => ledger.healthOf(host)) : undefined;
  }

  close(): void {
    if (this.#opened instanceof LedgerFile) this.#opened.close();
    this.#opened = undefined;
  }

  #isThere(): boolean {
    return this.#opened !== undefined || existsSync(this.#path);
  }

  /** Uses the file; a new file when it is damaged; memory when that fails as well. */
  #use<Result>(work: (ledger: ProviderLedger) => Result): Result {
    try {
      return work(this.#open());
    } catch (error) {
      this.close();
      if (isDamaged(error) && this.#putAside()) {
        try {
          return work(this.#open());
        } catch (again) {
          return work(this.#onlyRemember(again));
        }
      }
      return work(this.#onlyRemember(error));
    }
  }

  #open(): ProviderLedger {
    if (this.#opened !== undefined) return this.#opened;
    makeFolderSync(this.#folder);
    this.#opened = new LedgerFile(this.#path);
    return this.#opened;
  }

  #putAside(): boolean {
    try {
      renameSync(this.#path, `${this.#path}.damaged`);
      // What SQLite has not moved into the file yet belongs to the damaged file.
      for (const suffix of ["-wal", "-shm"]) rmSync(`${this.#path}${suffix}`, { force: true });
    } catch {
      return false;
    }
    this.#onTrouble(
      `${this.#path} is damaged: it was renamed to ${this.#path}.damaged, and the counts of used quotas are lost`,
    );
    return true;
  }

  #onlyRemember(error: unknown): ProviderLedger {
    const detail = error instanceof Error ? error.message : String(error);
    this.#onTrouble(`Quotas are not remembered from run to run: ${this.#path} cannot be used (${detail})`);
    this.#opened = new MemoryLedger();
    return this.#opened;
  }
}

/**
 * The ledger as a SQLite file: its locks keep the counts of several processes apart. A process that is killed loses
 * nothing. A machine that loses power may forget the last requests: an fsync for each would take longer than many requests.
 */
class LedgerFile implements ProviderLedger {
  readonly #database: DatabaseSync;
  readonly #reserve: StatementSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      PRAGMA busy_timeout = ${busyTimeoutMs};
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS quota (host TEXT, day TEXT, used INTEGER NOT NULL, PRIMARY KEY (host, day));
      CREATE TABLE IF NOT EXISTS turns (host TEXT PRIMARY KEY, full_at_ms REAL NOT NULL);
      CREATE TABLE IF NOT EXISTS health (host TEXT PRIMARY KEY, stats TEXT NOT NULL);
    `);
    // Asked for each request.
    this.#reserve = this.#database.prepare(
      `INSERT INTO turns VALUES ($host, min($now, $latest) + $interval)
       ON CONFLICT (host) DO UPDATE SET full_at_ms = min(max(full_at_ms, $now), $latest) + $interval
       RETURNING full_at_ms`,
    );
  }

  spend(host: string, day: string, quota: number): boolean {
    const { changes } = this.#database
      .prepare(
        `INSERT INTO quota VALUES (?, ?, 1)
         ON CONFLICT (host, day) DO UPDATE SET used = used + 1 WHERE used < ?`,
      )
      .run(host, day, quota);
    return Number(changes) > 0;
  }

  exhaust(host: string, day: string, quota: number): void {
    this.#database
      .prepare(
        `INSERT INTO quota VALUES (?, ?, ?)
         ON CONFLICT (host, day) DO UPDATE SET used = max(used, excluded.used)`,
      )
      .run(host, day, quota);
  }

  usedOn(host: string, day: string): number {
    const row = this.#database.prepare("SELECT used FROM quota WHERE host = ? AND day = ?").get(host, day);
    return Number(row?.["used"] ?? 0);
  }

  tokenScheduleOf(host: string): TokenSchedule {
    return {
      reserve: (nowMs, intervalMs, latestMs) => {
        const row = this.#reserve.get({ $host: host, $now: nowMs, $interval: intervalMs, $latest: latestMs });
        return Number(row?.["full_at_ms"] ?? nowMs + intervalMs);
      },
    };
  }

  note(host: string, health: ProviderHealth): void {
    this.#database.prepare("INSERT OR REPLACE INTO health VALUES (?, ?)").run(host, JSON.stringify(health));
  }

  healthOf(host: string): ProviderHealth | undefined {
    const row = this.#database.prepare("SELECT stats FROM health WHERE host = ?").get(host);
    if (row === undefined) return undefined;
    const stats: ProviderHealth = JSON.parse(String(row["stats"]));
    return stats;
  }

  close(): void {
    this.#database.close();
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (error.errcode === 11 || error.errcode === 26);
}
