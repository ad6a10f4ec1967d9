/**
 * Above all rooms: the package's own `BatchDataIngester`, which takes a configuration, too.
 */
import type { BatchDataIngesterOptions } from "./batch/backfill-request.ts";
import * as batch from "./batch/batch-data-ingester.ts";
import { checkConfig, looksLikeConfig } from "./config/check-config.ts";
import { ConfigError } from "./config/config-error.ts";
import type { Config } from "./config/config-schema.ts";
import { isObject } from "finance-feedback-delta/contract";
import { configuredOptions } from "./configured-options.ts";
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
