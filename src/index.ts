/** The lakehouse as a library; its Delta engine alone is `finance-feedback-pipelines/delta`. */
// First: what follows would fail on an older Node in ways that say nothing.
export { nodeMajorMin } from "./node-version.ts";
export { BatchDataIngester } from "./batch/batch-data-ingester.ts";
export type { BackfillResult, ImportResult, SeriesResult } from "./batch/batch-data-ingester.ts";
export type {
  BackfillRequest,
  BatchDataIngesterOptions,
  IngestOptions,
  RepairRequest,
  RunOptions,
} from "./batch/backfill-request.ts";
export type { ImportRequest } from "./batch/import/import-request.ts";
export type { Gap, GapKind } from "./batch/gaps.ts";
export type { GapRequest, SeriesGaps } from "./batch/gap-report.ts";
export { LakehouseError } from "./contract/lakehouse-error.ts";
export { DeltaError, StoreError } from "./delta/index.ts";
export { IngestionError } from "./batch/ingestion-error.ts";
export type { SeriesPlan } from "./batch/series-plan.ts";
export { listWatermarks } from "./batch/watermark.ts";
export type { Watermark } from "./batch/watermark.ts";
export { ConfigError } from "./config/config-error.ts";
export type { Config } from "./config/config-schema.ts";
export { loadConfig } from "./config/load-config.ts";
export { DataQualityFramework } from "./data-quality/data-quality-framework.ts";
export type {
  ValidateOptions,
  ValidateRowsOptions,
  ValidateTableOptions,
} from "./data-quality/data-quality-framework.ts";
export { QualityError } from "./data-quality/quality-error.ts";
export type { ExpectationResult, ValidationResult } from "./data-quality/result.ts";
export type { ResultFormat, ResultFormatOptions } from "./data-quality/result-format.ts";
export { parseSuite, writeSuite } from "./data-quality/suite.ts";
export type { ExpectationConfig, ExpectationSuite, Severity } from "./data-quality/suite.ts";
export { DeadLetterQueue } from "./data-quality/dead-letter-queue.ts";
export type { DeadLetter, DeadLetterRecord } from "./data-quality/dead-letter-queue.ts";
export { AssetPair } from "./market/asset-pair.ts";
export type { Candle } from "./market/candle.ts";
export { MarketError } from "./market/errors.ts";
export { resample } from "./market/resample.ts";
export { formatInstant, parseInstant, timeRange } from "./market/time-range.ts";
export type { TimeRange } from "./market/time-range.ts";
export { parseTimeframe, timeframes } from "./market/timeframe.ts";
export type { Timeframe } from "./market/timeframe.ts";
export { fxWeek } from "./market/calendars/foreign-exchange.ts";
export { calendarFor } from "./market/market-calendars.ts";
export { alwaysOpen } from "./market/trading-calendar.ts";
export { valueLimits } from "./market/value-limits.ts";
export type { LimitOverrides, ValueLimits } from "./market/value-limits.ts";
export type { TradingCalendar } from "./market/trading-calendar.ts";
export { createProvider } from "./providers/create-provider.ts";
export type { ProviderOptions } from "./providers/create-provider.ts";
export type {
  BarPage,
  BarRequest,
  MarketDataProvider,
  ProviderBar,
  ProviderCapabilities,
  ProviderName,
} from "./providers/provider.ts";
export { ProviderError } from "./providers/provider-error.ts";
export { systemClock } from "./seams/clock.ts";
export type { Clock } from "./seams/clock.ts";
export { systemRandom } from "./seams/random.ts";
export { DeltaLakeManager } from "./storage/delta-lake-manager.ts";
export type {
  CreateOrUpdateOptions,
  DeltaLakeManagerOptions,
  MergeUpsertOptions,
  OptimizeTableOptions,
  QueryOptions,
  ReadTableOptions,
  ReadVersion,
  RestoreTableOptions,
  TableChangesOptions,
  TableVersion,
  VacuumTableOptions,
} from "./storage/lake-options.ts";
export type { CandleRow, PartitionPolicy } from "./storage/market-data-schema.ts";
export { StorageError } from "./storage/storage-error.ts";
