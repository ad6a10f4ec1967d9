/** The lakehouse as a library; its Delta engine alone is `finance-feedback-pipelines/delta`. */
// First: on an older Node the rest fails with errors that do not say why.
export { nodeMajorMin } from "./node-version.ts";
import { startDebugOutput } from "./debug-output.ts";
import { systemClock } from "./seams/clock.ts";
export { BatchDataIngester } from "./configured-ingester.ts";
export { openLakehouse } from "./lakehouse.ts";
export type { Lakehouse } from "./lakehouse.ts";
export type {
  AppendedRecords,
  AppendRecordsOptions,
  LakeRecords,
  RecordTable,
} from "./records/lake-records.ts";
export type {
  Amount,
  DecisionRecord,
  NewsRecord,
  PortfolioSnapshotRecord,
  PositionRecord,
  ProviderVoteRecord,
  TradeRecord,
} from "./records/record-types.ts";
export type { RepairResult, BackfillResult, ImportResult, SeriesResult } from "./batch/ingestion-results.ts";
export type {
  BackfillRequest,
  BatchDataIngesterOptions,
  IngestOptions,
  RepairRequest,
  RunOptions,
} from "./batch/backfill-request.ts";
export type { ProviderWait } from "./batch/fetch/patience.ts";
export type { ImportRequest } from "./batch/import/import-request.ts";
export type { Gap, GapKind } from "./batch/gaps/gaps.ts";
export type { GapRequest, SeriesGaps, SourceRun } from "./batch/gaps/gap-report.ts";
export { configuredStream } from "./configured-streams.ts";
export { StreamingIngester } from "./streaming/streaming-ingester.ts";
export type { StreamingIngesterOptions, StreamStatus } from "./streaming/streaming-ingester.ts";
export type { StreamOptions } from "./streaming/job/stream-options.ts";
export type { StreamCounted } from "./streaming/job/stream-counts.ts";
export type { CommittedBatch, RowTimes } from "./streaming/run/stream-run.ts";
export type { WriteOutcome } from "./streaming/write/stream-writer.ts";
export type { PartitionLag } from "./streaming/progress/partition-lag.ts";
export type { KafkaLogin } from "./streaming/source/kafka/login/kafka-logins.ts";
export type { TimeUnit } from "./streaming/formats/time-unit.ts";
export type { StreamConfig } from "./config/streams-schema.ts";
export { StreamingError } from "./streaming/streaming-error.ts";
export type { StreamingErrorCode } from "./streaming/streaming-error.ts";
export { LakehouseError } from "finance-feedback-delta/contract";
export { DeltaError, StoreError } from "finance-feedback-delta";
export { pipelineEvents } from "./events/pipeline-events.ts";
export type {
  CheckOutcome,
  DeadLetterEvent,
  DeadLetterPurgeEvent,
  DeadLetterReplayEvent,
  GateEvent,
  IngestEvent,
  NodeEvent,
  NodeStartEvent,
  PipelineEvents,
  PipelineRunEvent,
  ProgressEvent,
  RequestEvent,
  SeriesEvent,
  StreamBatchEvent,
  TaskEvent,
  TestEvent,
  ValidationEvent,
  WaitEvent,
} from "./events/pipeline-events.ts";
export type { EventChannel } from "finance-feedback-delta/contract";
export { IngestionError } from "./bronze/ingestion-error.ts";
export { UnfinishedImport } from "./batch/import/unfinished-import.ts";
export type { SeriesPlan } from "./batch/fetch/series-plan.ts";
export type { EmptyAnswers } from "./bronze/empty-answers.ts";
export { listWatermarks } from "./bronze/watermark.ts";
export type { Watermark } from "./bronze/watermark.ts";
export { ConfigError } from "./config/config-error.ts";
export type { Config, LatenessLimits, OwnLimits, StoredTimeframe } from "./config/config-schema.ts";
export type { ProviderSelection, ProvidersConfig } from "./config/providers-schema.ts";
export { loadConfig } from "./config/load-config.ts";
export { DataQualityFramework } from "./data-quality/data-quality-framework.ts";
export type {
  DataQualityOptions,
  Frame,
  ValidateDataframeOptions,
  ValidateOptions,
  ValidateRowsOptions,
  ValidateTableOptions,
} from "./data-quality/data-quality-framework.ts";
export { QualityError } from "./data-quality/quality-error.ts";
export { UnstoredResult } from "./data-quality/unstored-result.ts";
export type { ExpectationResult, ValidationResult } from "./data-quality/result.ts";
export type { ResultFormat, ResultFormatOptions } from "./data-quality/result-format.ts";
export { parseSuite, writeSuite } from "./data-quality/suite.ts";
export type { ExpectationConfig, ExpectationSuite, Kwargs, Severity } from "./data-quality/suite.ts";
export type {
  BarContext,
  BarLetter,
  BarRecord,
  Letter,
  RowContext,
  RowLetter,
  RowPosition,
  RowRecord,
} from "./dead-letters/dead-letter.ts";
export type { RejectedRecord } from "./dead-letters/rejected-rows.ts";
export { DeadLetterQueueError } from "./dead-letters/dead-letter-queue-error.ts";
export type { DeadLetterQueueErrorCode } from "./dead-letters/dead-letter-queue-error.ts";
export { DeadLetterQueue } from "./dead-letters/dead-letter-queue.ts";
export type { DeadLetterWrite } from "./dead-letters/dead-letter-queue.ts";
export type {
  DeadLetter,
  DeadLetterContext,
  DeadLetterError,
  DeadLetterFile,
  DeadLetterRecord,
} from "./dead-letters/dead-letter.ts";
export type { RejectedRow } from "./dead-letters/rejected-rows.ts";
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
export type { UncheckedBar } from "./market/unchecked-bar.ts";
export { valueLimits } from "./market/value-limits.ts";
export type { LimitOverrides, ValueLimits } from "./market/value-limits.ts";
export type { TradingCalendar } from "./market/trading-calendar.ts";
export { AlphaVantageProvider } from "./providers/alpha-vantage/alpha-vantage.ts";
export type { AlphaVantageOptions } from "./providers/alpha-vantage/alpha-vantage.ts";
export { CoinbaseProvider } from "./providers/coinbase.ts";
export type { ConnectionOptions } from "./providers/connection.ts";
export type { SymbolSpellings } from "./config/symbol-spellings.ts";
export { DemoProvider } from "./providers/demo/demo.ts";
export type { DemoOptions } from "./providers/demo/demo.ts";
export { OandaProvider } from "./providers/oanda.ts";
export type { OandaOptions } from "./providers/oanda.ts";
export { createProvider } from "./providers/create-provider.ts";
export type { ProviderOptions } from "./providers/create-provider.ts";
export type {
  BarPage,
  BarRequest,
  ProviderRetry,
  MarketDataProvider,
  ProviderCapabilities,
  ProviderIdentity,
  ProviderName,
  ServedBars,
} from "./providers/provider.ts";
export type { ProviderContext, ProviderDefinition, ProviderLimits } from "./providers/provider-definition.ts";
export type { CustomProviders } from "./providers/provider-registry.ts";
export { candleProvider } from "./providers/candle-provider.ts";
export type {
  CandleApi,
  CandleConnection,
  CandleProvider,
  CandleRefusal,
  CandleRequest,
} from "./providers/candle-provider.ts";
export { connectionSettings } from "./providers/connection-settings.ts";
export type {
  ConnectionKeys,
  ConnectionSchema,
  ConnectionSettings,
} from "./providers/connection-settings.ts";
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
export type { Catalog, View } from "./storage/catalog.ts";
export type { CandleRow, PartitionPolicy } from "./tables/market-data.ts";
export { StorageError } from "./storage/storage-error.ts";
export type { ImportOutcome } from "./batch/import/candle-import.ts";
export type { ColumnChoice } from "./batch/import/candle-shape.ts";
export type { CandleFileFormat, FileReading } from "./batch/import/file-reading.ts";
export type { DecimalMark } from "./batch/import/number-format.ts";
export type { LayoutName } from "./batch/import/positional-layouts.ts";
export type { IngestionErrorCode } from "./bronze/ingestion-error.ts";
export type { PlanPiece } from "./batch/fetch/provider-pieces.ts";
export type { RejectionGate } from "./bronze/rejection-gate.ts";
export type { CommitTotals } from "./bronze/series-commits.ts";
export type { ProviderShare, SeriesOutcome, SeriesProgress } from "./batch/fetch/series-ingestion.ts";
export type { AlertsConfig } from "./orchestration/alerts/alerts-schema.ts";
export type { ConfigErrorCode } from "./config/config-error.ts";
export type { LoadedConfig } from "./config/load-config.ts";
export type { LakehouseErrorOptions } from "finance-feedback-delta/contract";
export type { MarketSuiteOptions } from "./data-quality/market-suite.ts";
export type { QualityErrorCode } from "./data-quality/quality-error.ts";
export type {
  Action,
  AddColumnsOptions,
  AddFile,
  AppendOptions,
  AppendResult,
  ArrayContainer,
  ArrayType,
  Assignments,
  BitmapContainer,
  ChangeFile,
  ChangeOptions,
  ChangeRange,
  Changes,
  ChangesOptions,
  CheckpointContent,
  CheckpointMetadata,
  CheckpointResult,
  Column,
  ColumnInput,
  ColumnMappingMode,
  ColumnSet,
  ColumnStatistics,
  ColumnValues,
  CommandContext,
  CommandResult,
  CommandSource,
  CommitInfo,
  Comparison,
  Conditional,
  Container,
  ConvertOptions,
  CreateOptions,
  Curve,
  CutTimeCode,
  DataType,
  DecimalName,
  DeleteOptions,
  DeletionVectorDescriptor,
  DeltaErrorCode,
  DeltaTable,
  DomainMetadata,
  Engine,
  EngineSession,
  KeptRows,
  FileFault,
  FileInfo,
  FileKind,
  FileSystem,
  HistoryEntry,
  JoinCondition,
  LayeredMap,
  ListOptions,
  Literal,
  LocalPathHint,
  LogCleanUpResult,
  LogFault,
  LostVector,
  MapType,
  MatchedClause,
  MergeBuilder,
  MergeRunOptions,
  MergeClauses,
  MergeInput,
  Metadata,
  NamedRelation,
  NamedTable,
  NamedTables,
  NewestRows,
  NotMatchedBySourceClause,
  NotMatchedClause,
  ObjectEntry,
  ObjectInfo,
  ObjectStore,
  Pause,
  OptimizeOptions,
  OverwriteOptions,
  OwnTableReads,
  PartitionDescription,
  PartitionValues,
  PlainPrimitive,
  Predicate,
  ProgressOptions,
  PrimitiveType,
  Protocol,
  QueryResult,
  QueryTarget,
  ReadSet,
  RecordBatch,
  Relation,
  RelationFile,
  RemoveFile,
  RepairLogResult,
  RepairOptions,
  RestoreOptions,
  Row,
  RowBatch,
  RowCheck,
  RowIndexSet,
  RowRules,
  RowSource,
  RunContainer,
  Scan,
  ScanOptions,
  ScanPlan,
  ScanRequest,
  SidecarFile,
  Snapshot,
  StagingArea,
  StreamBatch,
  StoreErrorCode,
  StructField,
  StructType,
  TableDescription,
  TableInspection,
  TableMergeInput,
  TableOptions,
  TableReference,
  TableResolver,
  TableSource,
  TableState,
  Transaction,
  TypedValues,
  UpdateOptions,
  VacuumOptions,
  VacuumResult,
  ValueForm,
  VersionChoice,
  WriteRequest,
  WrittenFile,
  RowsRelation,
  ViewRelation,
} from "finance-feedback-delta";
export type { SessionName } from "./market/calendars/exchange-calendar.ts";
export type { Decimal8, DecimalSource } from "./market/decimal.ts";
export type { MarketErrorCode } from "./market/errors.ts";
export type { CalendarName, CalendarSettings } from "./market/market-calendars.ts";
export type { BarGrid, BarSchedule } from "./market/open-bars.ts";
export type { RangeSet } from "./market/range-set.ts";
export type { AssetKind, Contract } from "./market/symbol-parts.ts";
export type { AlphaVantagePlan } from "./providers/alpha-vantage/alpha-vantage.ts";
export type { CircuitBreakerStats } from "./providers/http/circuit-stats.ts";
export type { ProviderChoice } from "./providers/provider-chain.ts";
export type { ProviderErrorCode, ProviderErrorDetails } from "./providers/provider-error.ts";
export type { ProviderHealth, ProviderLedger } from "./providers/provider-ledger.ts";
export type { Random } from "./seams/random.ts";
export type { StorageErrorCode } from "./storage/storage-error.ts";
export type { TableName } from "./storage/table-names.ts";
export type { Layer } from "./tables/table-definition.ts";
export type { UpsertOptions } from "./storage/upsert.ts";
export type { ColumnRole } from "./batch/import/column-names.ts";
export type { ImportedSeries } from "./batch/import/series-sink.ts";
export type { ExchangeName } from "./market/calendars/exchange.ts";
export type { TokenSchedule } from "./providers/http/token-schedule.ts";

startDebugOutput(systemClock);
export type { OptionKind, OptionTable, RequiredKind } from "finance-feedback-delta/contract";
export type { GateResult } from "./data-quality/quality-gate.ts";
export type { NewsPage, NewsProvider, NewsRequest } from "./providers/news.ts";
export type { LakeRecordsContext } from "./records/lake-records.ts";
export type { TransformContext } from "./transform/lake-transform.ts";
export type { TransformCommands } from "./transform/transform-commands.ts";
export type {
  ProjectRequest,
  TransformNode,
  TransformRequest,
  TransformResult,
  TransformRun,
} from "./transform/transform-request.ts";
export type { NodeResult, NodeStatus } from "./transform/run/node-result.ts";
export type { ResourceType } from "./transform/project/resources.ts";
export { TransformError } from "./transform/transform-error.ts";
export type { TransformErrorCode } from "./transform/transform-error.ts";
export { ProjectError } from "./transform/project/project-error.ts";
export type { ProjectErrorCode, ProjectPlace } from "./transform/project/project-error.ts";
export { TemplateError } from "./transform/jinja/template-error.ts";
export type { TemplateErrorCode, TemplatePlace } from "./transform/jinja/template-error.ts";
export type { Bars, BarRow, BarWith, DecimalOf, HigherBars, IndicatorOf } from "./bars/bars.ts";
export type { Bar, BarIndicator, BarIndicatorValues, BarReadings, BarTimeframe } from "./bars/bar-columns.ts";
export type { BarsOptions, BarsRequest } from "./bars/bars-request.ts";
export { BarsError } from "./bars/bars-error.ts";
export type { BarsErrorCode } from "./bars/bars-error.ts";
export type { RecordKind } from "./records/record-kinds.ts";
