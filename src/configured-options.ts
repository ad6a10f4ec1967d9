/**
 * Above all rooms: makes an ingester's options of a configuration, for the package's own `BatchDataIngester` and for the
 * command line. It does not load the ingester, which most commands do without.
 */
import { ownMember } from "finance-feedback-delta/contract";

import type { BatchDataIngesterOptions } from "./batch/backfill-request.ts";
import type { Config } from "./config/config-schema.ts";
import { loadCustomProviders } from "./config/custom-providers.ts";
import { durationSeconds } from "./market/duration-text.ts";
import { limitOverrides } from "./config/limit-overrides.ts";
import { sectionOf } from "./config/providers-schema.ts";
import { symbolsOf } from "./config/symbol-spellings.ts";
import { DeadLetterQueue } from "./dead-letters/dead-letter-queue.ts";
import { openProvider } from "./providers/create-provider.ts";
import type { ProviderDefinition } from "./providers/provider-definition.ts";
import type { ProviderLedger } from "./providers/provider-ledger.ts";
import { ProviderRegistry } from "./providers/provider-registry.ts";
import { SqliteLedger } from "./providers/sqlite-ledger.ts";

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
