import { statSync } from "node:fs";

import type { BatchDataIngester } from "../batch/batch-data-ingester.ts";
import type { Config } from "../config/config-schema.ts";
import { loadConfig } from "../config/load-config.ts";
import { configuredOptions } from "../configured-options.ts";
import type { IngesterOverrides } from "../configured-options.ts";
import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { ProviderLedger } from "../providers/provider-ledger.ts";
import { ProviderRegistry } from "../providers/provider-registry.ts";
import { SqliteLedger } from "../providers/sqlite-ledger.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { CommandError } from "./command-error.ts";
import { withInterruption } from "./interruption.ts";
import { openLake } from "./opened-lake.ts";
import type { ProgressOptions } from "./output/progress-bar.ts";
import { say } from "./output/say.ts";
import type { CommonOptions } from "./grammar/options.ts";

/** The objects that commands work with, made from configuration and flags. */
export interface Lakehouse {
  readonly config: Config;
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  /** Loads it on the first call: most commands do not need it, and start faster. */
  readonly ingester: () => Promise<BatchDataIngester>;
  readonly ledger: ProviderLedger;
  readonly providers: ProviderRegistry;
  readonly clock: Clock;
  /** How the command shows its progress. */
  readonly progress: ProgressOptions;
}

interface OpeningOptions extends CommonOptions, ProgressOptions {
  readonly dryRun?: boolean | undefined;
  /** The name under which the command's counts are recorded; left out for one that only reads. */
  readonly recordedAs?: string | undefined;
}

/** Opens the lakehouse for the time of a command, which Ctrl-C stops. */
export async function withLakehouse(
  options: OpeningOptions,
  work: (lakehouse: Lakehouse) => Promise<number>,
  overrides: Pick<IngesterOverrides, "providerSettings"> = {},
): Promise<number> {
  return withInterruption((signal) => openFor(options, work, overrides, signal));
}

async function openFor(
  options: OpeningOptions,
  work: (lakehouse: Lakehouse) => Promise<number>,
  overrides: Pick<IngesterOverrides, "providerSettings">,
  signal: AbortSignal,
): Promise<number> {
  const { config } = loadConfig(options.config, process.env);
  const storagePath = options.storage ?? config.delta_lake.storage_path;
  if (statSync(storagePath, { throwIfNoEntry: false })?.isFile() === true)
    throw new CommandError("INVALID_ARGUMENT", `${storagePath} is a file: tables lie in a folder`);
  const { clock } = options;
  const { lake, deadLetters, statePath } = openLake(config, options, signal);
  const ledger = new SqliteLedger(statePath, (message) => {
    say(message);
  });
  const progress: ProgressOptions = { logFormat: options.logFormat, quiet: options.quiet };
  const ingesterOptions = { ...configuredOptions(config, { deadLetters, ledger, ...overrides }), clock };
  let opened: BatchDataIngester | undefined;
  const ingester = async (): Promise<BatchDataIngester> => {
    const batch = await import("../batch/batch-data-ingester.ts");
    return (opened ??= new batch.BatchDataIngester(lake, ingesterOptions));
  };
  const providers = new ProviderRegistry(ingesterOptions.customProviders);
  const { recordedAs, dryRun = false } = options;
  const isCommand = recordedAs !== undefined && !dryRun;
  const lakehouse = { config, lake, deadLetters, ingester, ledger, providers, clock, progress };
  try {
    if (!isCommand) return await work(lakehouse);
    const { recorded, withLineage } = await import("./recorded.ts");
    const command = { lake, command: recordedAs, clock };
    return await withLineage(command, config, () =>
      config.metrics.record ? recorded({ ...command, statePath }, () => work(lakehouse)) : work(lakehouse),
    );
  } finally {
    ledger.close();
    await lake.close();
  }
}
