/**
 * The lakehouse as one object, above all rooms: its tables, what is appended to them, read and built of them by name. A program that only wants
 * tables makes a `DeltaLakeManager`.
 */
import { DuckDbEngine } from "finance-feedback-delta";
import { required } from "finance-feedback-delta/contract";

import { Bars } from "./bars/bars.ts";
import type { BarRow } from "./bars/bars.ts";
import { readBarsRequest } from "./bars/bars-request.ts";
import type { BarsOptions } from "./bars/bars-request.ts";
import { assertArguments } from "./config/arguments.ts";
import { checkConfig, configKind } from "./config/check-config.ts";
import type { Config } from "./config/config-schema.ts";
import { DeadLetterQueue } from "./dead-letters/dead-letter-queue.ts";
import { LakeRecords } from "./records/lake-records.ts";
import { systemClock } from "./seams/clock.ts";
import { DeltaLakeManager } from "./storage/delta-lake-manager.ts";
import { TransformCommands } from "./transform/transform-commands.ts";

/** A `DeltaLakeManager` that knows of bars and transforms, and of decisions, trades, portfolio snapshots and news, too. */
export class Lakehouse extends DeltaLakeManager {
  /** Typed appends: idempotent by id and content, checked, and validated. */
  readonly records: LakeRecords;
  /** Runs of dbt projects: what `ffe transform` does. */
  readonly transform: TransformCommands;

  constructor(config: Config) {
    const { memory_limit: memoryLimit, threads } = config.engine;
    super({
      storagePath: config.delta_lake.storage_path,
      engine: new DuckDbEngine({ memoryLimit, threads }),
    });
    this.transform = new TransformCommands({ lake: this, clock: systemClock, environment: process.env });
    this.records = new LakeRecords({
      lake: this,
      deadLetters: new DeadLetterQueue(config.dead_letter_queue.path),
    });
  }

  /**
   * Bars as they close, each with its indicators as they could be known then: what a backtest reads. Nothing is read before the
   * answer is asked for rows.
   *
   * @throws BarsError `INVALID_ARGUMENT`; MarketError for a text that names no asset or no instant.
   * @example
   * const bars = lake.bars({ assetPairs: ["BTCUSD"], timeframes: ["5m"], withHigher: ["1h"], indicators: ["rsi_14"] });
   * for await (const bar of bars) console.log(bar.closed_at, bar.close, bar.rsi_14, bar.bar_1h?.rsi_14);
   */
  bars<const Options extends BarsOptions>(options: Options): Bars<BarRow<Options>> {
    return new Bars<BarRow<Options>>(this, readBarsRequest(options));
  }
}

/**
 * Opens the lakehouse of a configuration. Close it when you are done.
 *
 * @throws ConfigError `INVALID_CONFIG` naming the key.
 * @example
 * const lake = openLakehouse(loadConfig().config);
 * await lake.records.decisions.append({
 *   decisionId: "d-17", timestamp: new Date(), instrument: "BTC-USD", action: "BUY", confidence: 72,
 * });
 * await lake.close();
 */
export function openLakehouse(config: Config): Lakehouse {
  assertArguments("openLakehouse", { config }, { config: required(configKind) });
  return new Lakehouse(checkConfig(config));
}
