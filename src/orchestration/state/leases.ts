import type { DatabaseSync } from "node:sqlite";

import type { Runner } from "./run-event.ts";
import { writing } from "./writing.ts";

/** Leases: one process holds each at a time, as long as it renews it. */
export class Leases {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Takes or renews a lease.
   *
   * @param isGone whether the process of another holder is known to be gone: then its lease counts no more.
   * @returns who holds it when that is somebody else.
   */
  take(
    name: string,
    holder: Runner,
    nowMs: number,
    lengthMs: number,
    isGone: (other: Runner) => boolean,
  ): Runner | undefined {
    return writing(this.#database, () => {
      const row = this.#database.prepare("SELECT holder, expires_ms FROM leases WHERE name = ?").get(name);
      if (row !== undefined) {
        const other: Runner = JSON.parse(String(row["holder"]));
        const expiresMs = Number(row["expires_ms"]);
        // An end far ahead was set by a clock that has gone back since.
        const isValid = expiresMs > nowMs && expiresMs <= nowMs + lengthMs;
        if (other.token !== holder.token && isValid && !isGone(other)) return other;
      }
      this.#database
        .prepare("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)")
        .run(name, JSON.stringify(holder), nowMs + lengthMs);
      return undefined;
    });
  }

  /** Who holds a lease that has not run out. */
  holder(name: string, nowMs: number): Runner | undefined {
    const row = this.#database.prepare("SELECT holder, expires_ms FROM leases WHERE name = ?").get(name);
    if (row === undefined || Number(row["expires_ms"]) <= nowMs) return undefined;
    const holder: Runner = JSON.parse(String(row["holder"]));
    return holder;
  }

  release(name: string, holder: Runner): void {
    writing(this.#database, () => {
      this.#database
        .prepare("DELETE FROM leases WHERE name = ? AND holder ->> 'token' = ?")
        .run(name, holder.token);
    });
  }
}
