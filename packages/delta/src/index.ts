/** Delta Lake for Node: `import { DeltaTable } from "finance-feedback-delta"`. */
// First: what follows would fail on an older Node in ways that say nothing.
export { nodeMajorMin } from "./node-version.ts";
export { DeltaTable } from "./table/delta-table.ts";
export type { NamedTable } from "./read/named-tables.ts";
export type { ChangeRange, NamedTables, TableMergeInput, TableOptions } from "./table/table-options.ts";
export type { AppendOptions, AppendResult, StreamBatch } from "./commands/append.ts";
export type { AddColumnsOptions } from "./commands/alter.ts";
export type { ChangeOptions, CommandResult } from "./write/command-result.ts";
export type { CreateOptions } from "./commands/create.ts";
export { Changes } from "./read/changes.ts";
export type { ConvertOptions } from "./commands/convert.ts";
export type { DeleteOptions } from "./commands/delete.ts";
export { MergeBuilder } from "./table/merge-builder.ts";
export type { MergeRunOptions } from "./table/merge-builder.ts";
export type { ProgressOptions } from "./write/progress.ts";
export type { MergeInput } from "./commands/merge/merge-input.ts";
export { describeSnapshot } from "./read/describe.ts";
export type { PartitionDescription, TableDescription } from "./read/describe.ts";
export type { OptimizeOptions } from "./commands/optimize/optimize.ts";
export type { OverwriteOptions } from "./commands/overwrite.ts";
export type { LostVector, RepairOptions, RepairResult } from "./commands/repair.ts";
export type { RepairLogResult } from "./commands/repair-log.ts";
export type { TableInspection } from "./read/inspection.ts";
export type { FileFault } from "./read/file-faults.ts";
export type { LogFault } from "./read/log-survey.ts";
export type { RestoreOptions } from "./commands/restore.ts";
export type { VacuumOptions, VacuumResult } from "./commands/vacuum.ts";
export type { CheckpointResult } from "./log/checkpoint.ts";
export type { LogCleanUpResult } from "./log/clean-up.ts";
export type { UpdateOptions } from "./commands/update.ts";
export { Scan } from "./read/scan.ts";
export type { ScanOptions, ScanPlan } from "./read/scan.ts";
export { DuckDbEngine } from "./engine/duckdb/duckdb-engine.ts";
export type { DuckDbEngineOptions } from "./engine/duckdb/duckdb-engine.ts";
export type {
  CheckpointContent,
  Engine,
  EngineSession,
  JoinCondition,
  KeptRows,
  NamedRelation,
  NewestRows,
  QueryResult,
  QueryTarget,
  Relation,
  RelationFile,
  RowCheck,
  RowRules,
  RowsRelation,
  ScanRequest,
  TableReference,
  TableResolver,
  TableVersion,
  ViewRelation,
  WriteRequest,
  WrittenFile,
} from "./engine/engine.ts";
export type { CutTimeCode } from "./engine/exact-times.ts";
export type { ColumnInput, ColumnSet, RowBatch, RowSource } from "./engine/row-source.ts";
export { DeltaError } from "./errors.ts";
export { deltaEvents } from "./events.ts";
export type {
  CheckpointEvent,
  CommitEvent,
  DeltaEvents,
  PlanEvent,
  RetryEvent,
  ScanEvent,
  SqlEvent,
  VacuumEvent,
} from "./events.ts";
export type { EventChannel } from "./contract/event-channel.ts";
export type { DeltaErrorCode } from "./errors.ts";
export type { HistoryEntry } from "./log/history.ts";
export { Snapshot } from "./log/snapshot.ts";
export type {
  Action,
  AddFile,
  ChangeFile,
  CheckpointMetadata,
  CommitInfo,
  DeletionVectorDescriptor,
  DomainMetadata,
  Metadata,
  PartitionValues,
  Protocol,
  RemoveFile,
  SidecarFile,
  Transaction,
} from "./protocol/actions.ts";
export { quoteFile, quoteName, quoteText } from "./engine/sql-text.ts";
export { describeType, field, parseSchema, structType } from "./protocol/schema.ts";
export type {
  ArrayType,
  DataType,
  DecimalName,
  MapType,
  PlainPrimitive,
  PrimitiveType,
  StructField,
  StructType,
} from "./protocol/schema.ts";
export { concatenateBatches, RecordBatch, valueForm } from "./engine/record-batch.ts";
export type { Column, ColumnValues, Row, TypedValues, ValueForm } from "./engine/record-batch.ts";
export { formatDate, formatDecimal, formatTimestamp } from "./engine/row-values.ts";
export { fileSystemKind, nodeFileSystem } from "./store/file-system.ts";
export type { FileInfo, FileKind, FileSystem } from "./store/file-system.ts";
export { LocalStore } from "./store/local-store.ts";
export { MemoryStore } from "./store/memory-store.ts";
export type { MemoryStoreOptions } from "./store/memory-store.ts";
export type { Pause } from "./store/pause.ts";
export { openStore } from "./store/open-store.ts";
export { StoreError } from "./store/object-store.ts";
export type {
  ListOptions,
  LocalPathHint,
  ObjectEntry,
  ObjectInfo,
  ObjectStore,
  StagingArea,
  StoreErrorCode,
} from "./store/object-store.ts";
// For commands that take a table's options and more.
export { appendOptions } from "./commands/append.ts";
export { changeOptions } from "./write/command-result.ts";
export { createOptions } from "./commands/create.ts";
export { queryTargetOptions } from "./engine/engine.ts";
export { optimizeOptions } from "./commands/optimize/optimize.ts";
export { restoreOptions } from "./commands/restore.ts";
export { scanOptions } from "./read/scan.ts";
export { vacuumOptions } from "./commands/vacuum.ts";
export { schemaKind } from "./protocol/schema-kind.ts";
export { changesArguments } from "./table/table-options.ts";
export { versionOptions } from "./read/version-choice.ts";
export type { VersionChoice } from "./read/version-choice.ts";
export type { OptionKind, OptionTable, RequiredKind } from "./contract/option-table.ts";
export { LakehouseError } from "./contract/lakehouse-error.ts";
export type { LakehouseErrorOptions } from "./contract/lakehouse-error.ts";
export type { CommandSource, TableSource } from "./table/table-source.ts";
export type { ChangesOptions } from "./read/changes.ts";
export type { CommandContext } from "./read/command-context.ts";
export type { Conditional } from "./table/merge-builder.ts";
export type {
  Assignments,
  MatchedClause,
  MergeClauses,
  NotMatchedBySourceClause,
  NotMatchedClause,
} from "./commands/merge/merge-clauses.ts";
export type { Curve } from "./commands/optimize/z-cubes.ts";
export type { TableState } from "./log/table-state.ts";
export type { ColumnMappingMode } from "./protocol/column-mapping.ts";
export type { Comparison, Predicate } from "./statistics/predicate.ts";
export type { OpenStoreOptions } from "./store/open-store.ts";
export type { OwnTableReads } from "./read/named-tables.ts";
export type { RowIndexSet } from "./deletion-vectors/roaring-bitmap.ts";
export type { LayeredMap } from "./log/layered-map.ts";
export type { ColumnStatistics } from "./statistics/file-statistics.ts";
export type { Literal } from "./statistics/literal.ts";
export type { S3StoreOptions } from "./store/s3-store.ts";
export type {
  ArrayContainer,
  BitmapContainer,
  Container,
  RunContainer,
} from "./deletion-vectors/roaring-container.ts";
export type { ReadSet } from "./log/conflict.ts";
export type { S3ClientOptions, S3Credentials } from "./store/s3-client.ts";
