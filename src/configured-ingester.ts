/**
 * Above all rooms: makes an ingester of a configuration, for the package's own `BatchDataIngester` and for the command line.
 */
import type { BatchDataIngesterOptions } from "./batch/backfill-request.ts";
import * as batch from "./batch/batch-data-ingester.ts";
import { checkConfig, looksLikeConfig } from "./config/check-config.ts";
import { ConfigError } from "./config/config-error.ts";
import type { Config } from "./config/config-schema.ts";
import { durationSeconds } from "./config/duration.ts";
import { limitOverrides } from "./config/limit-overrides.ts";
import { symbolsOf } from "./config/symbol-spellings.ts";
import { isObject, ownMember } from "finance-feedback-delta/contract";
import { DeadLetterQueue } from "./dead-letters/dead-letter-queue.ts";
import { loadCustomProviders } from "./config/custom-providers.ts";
import { sectionOf } from "./config/providers-schema.ts";
import { openProvider } from "./providers/create-provider.ts";
import type { ProviderLedger } from "./providers/provider-ledger.ts";
import type { ProviderDefinition } from "./providers/provider-definition.ts";
import { ProviderRegistry } from "./providers/provider-registry.ts";
import { SqliteLedger } from "./providers/sqlite-ledger.ts";
import type { DeltaLakeManager } from "./storage/delta-lake-manager.ts";

/**
 * Brings history into Bronze: planned in fixed windows, checked row by row, committed with its watermark. It takes options, or
 * a configuration in their place, which then says the providers, dead letters, limits and markets.
 *
 * @example
 * const { config } = loadConfig();
 * const lake = new DeltaLakeManager({ storagePath: config.delta_lake.storage_path });
 * const ingester = new BatchDataIngester(lake, config);
 * await ingester.ingestHistoricalData({
 *   assetPair: "BTCUSD", timeframe: "1h", startDate: "2025-01-01", endDate: "2025-12-31", provider: "coinbase",
 * });
 */
export class BatchDataIngester extends batch.BatchDataIngester {
  /** @throws IngestionError `INVALID_ARGUMENT`; ConfigError `INVALID_CONFIG` naming the key. */
  constructor(lake: DeltaLakeManager, options: BatchDataIngesterOptions | Config = {}) {
    super(lake, optionsOf(options));
  }
}

/** What a command sets for itself, in place of the configuration. */
export interface IngesterOverrides {
  readonly deadLetters?: DeadLetterQueue;
  readonly ledger?: ProviderLedger;
  /** Keys of the sections of providers, by the provider's name. */
  readonly providerSettings?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
}

/** A checked configuration as the ingester's options. */
export function configuredOptions(
  config: Config,
  {
    deadLetters = new DeadLetterQueue(config.dead_letter_queue.path),
    ledger = new SqliteLedger(config.state.path, (message) => {
      process.emitWarning(message);
    }),
    providerSettings = {},
  }: IngesterOverrides = {},
): BatchDataIngesterOptions {
  let custom: readonly ProviderDefinition[] | undefined;
  const customProviders = (): readonly ProviderDefinition[] => (custom ??= loadCustomProviders(config));
  const providers = new ProviderRegistry(customProviders);
  return {
    deadLetters,
    customProviders,
    createProvider: (name) =>
      openProvider(providers.get(name), {
        ledger,
        symbols: symbolsOf(config, name),
        settings: { ...sectionOf(config.providers, name), ...ownMember(providerSettings, name) },
      }),
    defaultProvider: config.providers.default,
    fallbackChain: config.providers.chain,
    rejectedShareMax: config.dead_letter_queue.max_rejected_share,
    partitionPolicy: config.delta_lake.partition_granularity,
    market: config.market,
    limits: limitOverrides(config.ingestion),
    patienceMs: (durationSeconds(String(config.retry.patience)) ?? 0) * 1000,
  };
}

function optionsOf(given: BatchDataIngesterOptions | Config): BatchDataIngesterOptions {
  return isConfig(given) ? configuredOptions(checkConfig(given)) : given;
}

/** @throws ConfigError `INVALID_ARGUMENT` */
function isConfig(given: BatchDataIngesterOptions | Config): given is Config {
  if (isObject(given) && "config" in given)
    throw new ConfigError(
      "INVALID_ARGUMENT",
      "new BatchDataIngester takes a configuration alone, without its file. Did you mean loadConfig().config?",
    );
  return isObject(given) && looksLikeConfig(given);
}
