import { DuckDbEngine } from "finance-feedback-delta";

import type { Config } from "../config/config-schema.ts";
import { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { Clock } from "../seams/clock.ts";
import { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { besideTables } from "./beside-tables.ts";

/** The lake that a command works on, and what lies beside it. */
export interface OpenedLake {
  readonly storagePath: string;
  readonly statePath: string;
  /** To be closed by who opened it. */
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
}

/** @param signal stops the engine's work. */
export function openLake(
  config: Config,
  { storage, clock }: { readonly storage?: string | undefined; readonly clock: Clock },
  signal: AbortSignal,
): OpenedLake {
  const storagePath = storage ?? config.delta_lake.storage_path;
  const engine = new DuckDbEngine({
    memoryLimit: config.engine.memory_limit,
    threads: config.engine.threads,
    signal,
  });
  return {
    storagePath,
    statePath: besideTables(storage, "state", config.state.path),
    lake: new DeltaLakeManager({ storagePath, engine, now: () => clock.now() }),
    deadLetters: new DeadLetterQueue(besideTables(storage, "dlq", config.dead_letter_queue.path)),
  };
}
