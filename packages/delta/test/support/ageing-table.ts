import type { TestContext } from "node:test";

import { DeltaTable } from "../../src/index.ts";
import type { CreateOptions, MemoryStore } from "../../src/index.ts";
import { logFolder } from "../../src/log/log-files.ts";
import { objectsOf } from "./commits.ts";
import { columns, engine, memoryStore } from "./tables.ts";

/** A table in memory, of one column unless said otherwise, in a time that the test lets pass. */
export class AgeingTable {
  readonly store: MemoryStore;
  readonly table: DeltaTable;
  readonly #clock: { nowMs: number };

  private constructor(store: MemoryStore, table: DeltaTable, clock: { nowMs: number }) {
    this.store = store;
    this.table = table;
    this.#clock = clock;
  }

  static async create(t: TestContext, options: Partial<CreateOptions> = {}): Promise<AgeingTable> {
    const clock = { nowMs: Date.parse("2026-01-01T00:00:00Z") };
    const now = (): number => clock.nowMs;
    const store = memoryStore(t, { now });
    const table = await DeltaTable.create(store, {
      schema: columns({ id: "long" }),
      ...options,
      engine,
      now,
    });
    return new AgeingTable(store, table, clock);
  }

  pass(hours: number): void {
    this.#clock.nowMs += hours * 3_600_000;
  }

  get now(): () => number {
    return () => this.#clock.nowMs;
  }

  async append(...ids: readonly number[]): Promise<string[]> {
    const before = new Set(await objectsOf(this.store));
    await this.table.append({ rows: ids.map((id) => ({ id })) });
    return (await objectsOf(this.store)).filter((path) => !before.has(path) && !path.startsWith(logFolder));
  }

  async dataObjects(): Promise<string[]> {
    return (await objectsOf(this.store)).filter((path) => !path.startsWith(logFolder));
  }
}
