import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { MemoryLedger } from "./provider-ledger.ts";
import type { ProviderHealth, ProviderLedger } from "./provider-ledger.ts";

/** How long a process waits for another one's write. */
const busyTimeoutMs = 5000;

/**
 * The ledger in a folder, `providers.db`: the file is made by what is first written to it. A damaged file is put aside and
 * begun anew; where nothing can be written, the ledger remembers for as long as the process runs. `onTrouble` hears of
 * either.
 */
export class SqliteLedger implements ProviderLedger {
  private readonly folder: string;
  private readonly path: string;
  private readonly onTrouble: (message: string) => void;
  private opened: ProviderLedger | undefined;

  constructor(folder: string, onTrouble: (message: string) => void) {
    this.folder = folder;
    this.path = join(folder, "providers.db");
    this.onTrouble = onTrouble;
  }

  spend(host: string, day: string, quota: number): boolean {
    return this.open().spend(host, day, quota);
  }

  exhaust(host: string, day: string, quota: number): void {
    this.open().exhaust(host, day, quota);
  }

  usedOn(host: string, day: string): number {
    return this.isThere() ? this.open().usedOn(host, day) : 0;
  }

  note(host: string, health: ProviderHealth): void {
    this.open().note(host, health);
  }

  healthOf(host: string): ProviderHealth | undefined {
    return this.isThere() ? this.open().healthOf(host) : undefined;
  }

  close(): void {
    if (this.opened instanceof LedgerFile) this.opened.close();
    this.opened = undefined;
  }

  private isThere(): boolean {
    return this.opened !== undefined || existsSync(this.path);
  }

  private open(): ProviderLedger {
    this.opened ??= this.openOrRemember();
    return this.opened;
  }

  private openOrRemember(): ProviderLedger {
    try {
      mkdirSync(this.folder, { recursive: true });
      try {
        return new LedgerFile(this.path);
      } catch (error) {
        if (!isDamaged(error)) throw error;
        renameSync(this.path, `${this.path}.damaged`);
        this.onTrouble(
          `${this.path} was damaged: it is now ${this.path}.damaged, and what it remembered of quotas is lost`,
        );
        return new LedgerFile(this.path);
      }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.onTrouble(`Quotas are not remembered from run to run: ${this.path} cannot be used (${detail})`);
      return new MemoryLedger();
    }
  }
}

/** The ledger as a SQLite file: its locks keep the counts of several processes apart. */
class LedgerFile implements ProviderLedger {
  private readonly database: DatabaseSync;

  constructor(path: string) {
    this.database = new DatabaseSync(path);
    this.database.exec(`
      PRAGMA busy_timeout = ${busyTimeoutMs};
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS quota (host TEXT, day TEXT, used INTEGER NOT NULL, PRIMARY KEY (host, day));
      CREATE TABLE IF NOT EXISTS health (host TEXT PRIMARY KEY, stats TEXT NOT NULL);
    `);
  }

  spend(host: string, day: string, quota: number): boolean {
    const { changes } = this.database
      .prepare(
        `INSERT INTO quota VALUES (?, ?, 1)
         ON CONFLICT (host, day) DO UPDATE SET used = used + 1 WHERE used < ?`,
      )
      .run(host, day, quota);
    return Number(changes) > 0;
  }

  exhaust(host: string, day: string, quota: number): void {
    this.database
      .prepare(
        `INSERT INTO quota VALUES (?, ?, ?)
         ON CONFLICT (host, day) DO UPDATE SET used = max(used, excluded.used)`,
      )
      .run(host, day, quota);
  }

  usedOn(host: string, day: string): number {
    const row = this.database.prepare("SELECT used FROM quota WHERE host = ? AND day = ?").get(host, day);
    return Number(row?.["used"] ?? 0);
  }

  note(host: string, health: ProviderHealth): void {
    this.database.prepare("INSERT OR REPLACE INTO health VALUES (?, ?)").run(host, JSON.stringify(health));
  }

  healthOf(host: string): ProviderHealth | undefined {
    const row = this.database.prepare("SELECT stats FROM health WHERE host = ?").get(host);
    if (row === undefined) return undefined;
    const stats: ProviderHealth = JSON.parse(String(row["stats"]));
    return stats;
  }

  close(): void {
    this.database.close();
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (error.errcode === 11 || error.errcode === 26);
}
