import type { DatabaseSync } from "node:sqlite";

import { writing } from "./writing.ts";

/** What the scheduler remembers of each pipeline. */
export class Schedules {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  isPaused(pipeline: string): boolean {
    const row = this.#database.prepare("SELECT is_paused FROM schedules WHERE pipeline = ?").get(pipeline);
    return row?.["is_paused"] === 1;
  }

  setPaused(pipeline: string, isPaused: boolean): void {
    writing(this.#database, () => {
      this.#database
        .prepare(
          `INSERT INTO schedules (pipeline, is_paused) VALUES ($pipeline, $paused)
           ON CONFLICT (pipeline) DO UPDATE SET is_paused = $paused`,
        )
        .run({ $pipeline: pipeline, $paused: isPaused ? 1 : 0 });
    });
  }

  /** Up to when the scheduled times of a pipeline are decided; `undefined` before the first time. */
  plannedUntil(pipeline: string): number | undefined {
    const row = this.#database
      .prepare("SELECT planned_until_ms FROM schedules WHERE pipeline = ?")
      .get(pipeline);
    const value = row?.["planned_until_ms"];
    return typeof value === "number" ? value : undefined;
  }

  setPlannedUntil(pipeline: string, untilMs: number): void {
    writing(this.#database, () => {
      this.#database
        .prepare(
          `INSERT INTO schedules (pipeline, planned_until_ms) VALUES ($pipeline, $until)
           ON CONFLICT (pipeline) DO UPDATE SET planned_until_ms = $until`,
        )
        .run({ $pipeline: pipeline, $until: untilMs });
    });
  }
}
