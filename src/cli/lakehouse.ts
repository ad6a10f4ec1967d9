import { join } from "node:path";
import { DuckDbEngine } from "finance-feedback-delta";

import { BatchDataIngester } from "../batch/batch-data-ingester.ts";
import type { Config } from "../config/config-schema.ts";
import { durationSeconds } from "../config/duration.ts";
import { limitOverrides } from "../config/limit-overrides.ts";
import { loadConfig } from "../config/load-config.ts";
import { symbolsOf } from "../config/symbol-spellings.ts";
import { DeadLetterQueue } from "../data-quality/dead-letter-queue.ts";
import { createProvider } from "../providers/create-provider.ts";
import type { ProviderLedger } from "../providers/provider-ledger.ts";
import { SqliteLedger } from "../providers/sqlite-ledger.ts";
import type { ProviderName } from "../providers/provider.ts";
import { systemClock } from "../seams/clock.ts";
import { systemRandom } from "../seams/random.ts";
import { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { CommonOptions } from "./grammar/options.ts";

/** What the commands work with, put together from configuration and flags. */
export interface Lakehouse {
  readonly config: Config;
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly ingester: BatchDataIngester;
  readonly ledger: ProviderLedger;
}

/** What a command may set for itself, whatever the configuration says. */
export interface LakehouseOverrides {
  readonly demoDirtyRows?: boolean;
}

/** Opens the lakehouse for the time of a command. */
export async function withLakehouse(
  options: CommonOptions,
  work: (lakehouse: Lakehouse) => Promise<number>,
  overrides: LakehouseOverrides = {},
): Promise<number> {
  const { config } = loadConfig(options.config, process.env);
  const storagePath = options.storage ?? config.delta_lake.storage_path;
  const deadLetters = new DeadLetterQueue(
    besideTables(options.storage, "dlq", config.dead_letter_queue.path),
  );
  const engine = new DuckDbEngine({
    memoryLimit: config.engine.memory_limit,
    threads: config.engine.threads,
  });
  const lake = new DeltaLakeManager({ storagePath, engine });
  const ledger = new SqliteLedger(besideTables(options.storage, "state", config.state.path), (message) => {
    process.stderr.write(`${message}\n`);
  });
  const ingester = new BatchDataIngester(lake, {
    deadLetters,
    createProvider: (name) => configuredProvider(name, config, ledger, overrides),
    defaultProvider: config.providers.default,
    fallbackChain: config.providers.chain,
    rejectedShareMax: config.dead_letter_queue.max_rejected_share,
    partitionPolicy: config.delta_lake.partition_granularity,
    market: config.market,
    limits: limitOverrides(config.ingestion),
    patienceMs: (durationSeconds(String(config.retry.patience)) ?? 0) * 1000,
  });
  try {
    return await work({ config, lake, deadLetters, ingester, ledger });
  } finally {
    ledger.close();
    await lake.close();
  }
}

function configuredProvider(
  name: ProviderName,
  config: Config,
  ledger: ProviderLedger,
  overrides: LakehouseOverrides,
): ReturnType<typeof createProvider> {
  const { seed, dirty_rows: dirtyRows } = config.providers.demo;
  const common = {
    credentials: process.env,
    clock: systemClock,
    random: systemRandom,
    demo: { seed, dirtyRows: overrides.demoDirtyRows ?? dirtyRows },
  };
  if (name === "demo") return createProvider(name, common);
  const {
    base_url: baseUrl,
    requests_per_second: requestsPerSecond,
    requests_per_day: requestsPerDay,
  } = config.providers[name];
  return createProvider(name, {
    ...common,
    ledger,
    symbols: symbolsOf(config, name),
    alphaVantagePlan: config.providers.alpha_vantage.plan,
    ...(requestsPerDay === undefined ? {} : { requestsPerDay }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
  });
}

/** Beside the tables, where `--storage` names a folder of this machine: dead letters and state are local files. */
export function besideTables(storage: string | undefined, folder: string, configured: string): string {
  const isRemote = storage !== undefined && /^[a-z][a-z0-9+.-]+:/i.test(storage);
  return storage === undefined || isRemote ? configured : join(storage, folder);
}
