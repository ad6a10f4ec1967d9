import { DuckDbEngine, LocalStore, nodeFileSystem } from "finance-feedback-delta";
import type { Engine, FileSystem, Row } from "finance-feedback-delta";

import { BatchDataIngester } from "../../src/batch/batch-data-ingester.ts";
import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import { holdsBars } from "../../src/dead-letters/dead-letter.ts";
import type { BarRecord } from "../../src/dead-letters/dead-letter.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { parseInstant } from "../../src/market/time-range.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import { createProvider } from "../../src/providers/create-provider.ts";
import type { MarketDataProvider, ProviderName } from "../../src/providers/provider.ts";
import type { Clock } from "../../src/seams/clock.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { isLong } from "../sampled.ts";
import { standInKey, standInToken } from "../stand-in/server.ts";

/** One engine for all lakehouses of a test file: starting it is what costs. Few rows need no second thread. */
export const sharedEngine: Engine = new DuckDbEngine({ threads: isLong ? 2 : 1 });

/** Well after every range that the tests ingest. */
export const testNowMs: number = parseInstant("2026-06-01");

export const testClock: Clock = {
  now: () => testNowMs,
  sleep: async () => {},
};

export interface WorkshopOptions {
  /** Storage root; dead letters lie in `dlq` inside. */
  readonly root: string;
  readonly dirtyRows?: boolean;
  /** Where the HTTP providers are served. */
  readonly baseUrl?: string;
  readonly fileSystem?: FileSystem;
  readonly clock?: Clock;
  /** Stands in for all providers. */
  readonly provider?: MarketDataProvider;
  /** None when left out. */
  readonly patienceMs?: number;
  readonly fallbackChain?: readonly ProviderName[];
}

/** A lakehouse in a folder with an ingester over it, as the command line puts it together. */
export interface Workshop {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly ingester: BatchDataIngester;
}

export function openWorkshop(options: WorkshopOptions): Workshop {
  const fileSystem = options.fileSystem ?? nodeFileSystem;
  const clock = options.clock ?? testClock;
  const lake = new DeltaLakeManager({
    storagePath: options.root,
    engine: sharedEngine,
    openStore: (location) => new LocalStore(location, fileSystem),
  });
  const deadLetters = new DeadLetterQueue(`${options.root}/dlq`, fileSystem);
  const ingester = new BatchDataIngester(lake, {
    deadLetters,
    clock,
    fallbackChain: options.fallbackChain,
    patienceMs: options.patienceMs ?? 0,
    createProvider: (name) =>
      options.provider ??
      createProvider(name, {
        ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
        credentials: { OANDA_API_TOKEN: standInToken, ALPHA_VANTAGE_API_KEY: standInKey },
        clock,
        random: () => 0,
        requestsPerSecond: Number.POSITIVE_INFINITY,
        settings: settingsOf(name, options.dirtyRows ?? false),
      }),
  });
  return { lake, deadLetters, ingester };
}

function settingsOf(name: string, dirtyRows: boolean): Readonly<Record<string, unknown>> {
  if (name === "demo") return { seed: 7, dirty_rows: dirtyRows };
  return name === "alpha_vantage" ? { plan: 75 } : {};
}

export function pairs(...names: readonly string[]): AssetPair[] {
  return names.map((name) => AssetPair.parse(name));
}

export function range(start: string, end: string): TimeRange {
  return { startMs: parseInstant(start), endMs: parseInstant(end) };
}

/** The rows of a table in a fixed order, without what differs from run to run. */
export async function marketRows(lake: DeltaLakeManager, tableName: string): Promise<Row[]> {
  const scan = await lake.readTable({
    tableName,
    columns: [
      "asset_pair",
      "timestamp",
      "open",
      "high",
      "low",
      "close",
      "volume",
      "source_provider",
      "is_mock",
      "partition_date",
      "partition_asset_pair",
    ],
    orderBy: "asset_pair, timestamp, source_provider",
  });
  return scan.rows();
}

/** All bars of the queue in a fixed order. */
export async function deadLetterRecords(queue: DeadLetterQueue): Promise<BarRecord[]> {
  const records: BarRecord[] = [];
  for await (const file of queue.read()) if (holdsBars(file)) records.push(...file.letter.records);
  return records.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}
