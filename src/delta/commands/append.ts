import type { Engine, WrittenFile } from "../engine/engine.ts";
import type { RowSource } from "../engine/row-source.ts";
import { DeltaError, messageOf } from "../errors.ts";
import type { DeltaErrorCode } from "../errors.ts";
import { isCheckpointDue, writeCheckpoint } from "../log/checkpoint.ts";
import { commit, commitFirst } from "../log/commit.ts";
import type { Operation } from "../log/commit.ts";
import { listLog } from "../log/log-files.ts";
import { loadSnapshot } from "../log/snapshot.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Action, AddFile, Transaction } from "../protocol/actions.ts";
import { assertWritable } from "../protocol/features.ts";
import { encodeDataPath } from "../protocol/paths.ts";
import { describeType } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import { defaultIndexedColumns, leafKey, serializeStatistics } from "../statistics/file-statistics.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { firstCommit } from "./create.ts";
import type { CreateOptions } from "./create.ts";

export interface AppendOptions {
  /** Progress that becomes durable with the rows, or not at all. */
  readonly transactions?: readonly Transaction[] | undefined;
  /** Makes the table in the same commit when there is none; when there is one, its schema must be this. */
  readonly createWith?: CreateOptions | undefined;
  /** Free text for the history. */
  readonly userMetadata?: string | undefined;
  /**
   * Called with the table's state before anything is written, and again before each attempt to commit: the place to see
   * whether the work is still wanted. What it throws ends the append with nothing committed.
   */
  readonly precondition?: ((snapshot: Snapshot | undefined) => void) | undefined;
}

export interface AppendResult {
  /** The version that holds the rows. */
  readonly version: number;
  readonly rowCount: number;
  readonly fileCount: number;
  /** Bytes of the new data files. */
  readonly bytes: number;
  /** Set when the table's rule asked for a checkpoint and writing it failed; the rows are safe all the same. */
  readonly checkpointError?: unknown;
}

interface Context {
  readonly store: ObjectStore;
  readonly engine: Engine;
  readonly now: () => number;
}

/** Writes data files, makes them durable, then commits them; see `DeltaTable.append`. */
export async function appendRows(
  context: Context,
  source: RowSource,
  options: AppendOptions,
): Promise<AppendResult> {
  const snapshot = await currentSnapshot(context, options.createWith);
  options.precondition?.(snapshot);
  const target = targetOf(context, snapshot, options.createWith);
  const staging = await context.store.openStaging();
  try {
    const written = await context.engine.writeFiles({
      rows: source,
      schema: target.schema,
      partitionColumns: target.partitionColumns,
      folder: staging.folder,
    });
    const files = written.filter((file) => file.rowCount > 0);
    const discard = async (): Promise<void> => {
      await staging.discard(written.map((file) => file.path));
      for (const file of files) await context.store.delete(file.path);
    };
    let isCommitting = false;
    try {
      assertNotNull(target.schema, files);
      await staging.publish(files.map((file) => file.path));
      await staging.discard(written.filter((file) => file.rowCount === 0).map((file) => file.path));
      isCommitting = true;
      const committed = await commitFiles(context, snapshot, target, files, options);
      return { ...summarize(committed, files), ...(await checkpointIfDue(context, committed)) };
    } catch (error) {
      // A commit that failed in any other way than by a refusal may have happened all the same: then the files stay, as
      // orphans at worst.
      if (!isCommitting || isRefusal(error)) await discard().catch(() => {});
      throw error;
    }
  } finally {
    await staging.close();
  }
}

const refusals: ReadonlySet<DeltaErrorCode> = new Set([
  "CONCURRENT_WRITE",
  "CONCURRENT_TRANSACTION",
  "SCHEMA_MISMATCH",
  "UNSUPPORTED_FEATURE",
]);

/** Errors that are only thrown while nothing is committed. */
function isRefusal(error: unknown): boolean {
  return error instanceof DeltaError && refusals.has(error.code);
}

interface Target {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly indexedColumns: number;
}

async function currentSnapshot(
  context: Context,
  createWith: CreateOptions | undefined,
): Promise<Snapshot | undefined> {
  const listing = await listLog(context.store);
  if (listing.commits.length === 0 && listing.checkpoints.length === 0) {
    if (createWith !== undefined) return undefined;
    throw new DeltaError(
      "TABLE_NOT_FOUND",
      `There is no Delta table at ${context.store.uri}: create it first`,
    );
  }
  return loadSnapshot(context.store, context.engine, { listing });
}

function targetOf(
  context: Context,
  snapshot: Snapshot | undefined,
  createWith: CreateOptions | undefined,
): Target {
  if (snapshot !== undefined) {
    assertWritable(snapshot.protocol, snapshot.metadata, snapshot.tableUri);
    if (createWith !== undefined) assertSameShape(snapshot, createWith);
    const configured = Number(snapshot.metadata.configuration["delta.dataSkippingNumIndexedCols"]);
    return {
      schema: snapshot.schema,
      partitionColumns: snapshot.partitionColumns,
      indexedColumns: Number.isInteger(configured) ? configured : defaultIndexedColumns,
    };
  }
  if (createWith === undefined)
    throw new DeltaError("TABLE_NOT_FOUND", `There is no Delta table at ${context.store.uri}`);
  const { actions } = firstCommit(createWith, 0);
  const metadata = actions.flatMap((action) => ("metaData" in action ? [action.metaData] : []))[0];
  return {
    schema: createWith.schema,
    partitionColumns: metadata?.partitionColumns ?? [],
    indexedColumns: defaultIndexedColumns,
  };
}

/** A table that is there must be the one that was asked for, or rows would land in columns nobody meant. */
function assertSameShape(snapshot: Snapshot, createWith: CreateOptions): void {
  const wanted = createWith.schema.fields
    .map((member) => `${member.name} ${describeType(member.type)}`)
    .join(", ");
  const found = snapshot.schema.fields
    .map((member) => `${member.name} ${describeType(member.type)}`)
    .join(", ");
  if (wanted !== found) {
    throw new DeltaError(
      "SCHEMA_MISMATCH",
      `${snapshot.tableUri} has the columns (${found}), not (${wanted})`,
    );
  }
  const partitionBy = (createWith.partitionBy ?? []).join(", ");
  if (snapshot.partitionColumns.join(", ").toLowerCase() !== partitionBy.toLowerCase()) {
    throw new DeltaError(
      "SCHEMA_MISMATCH",
      `${snapshot.tableUri} is partitioned by (${snapshot.partitionColumns.join(", ")}), not (${partitionBy})`,
    );
  }
}

async function commitFiles(
  context: Context,
  snapshot: Snapshot | undefined,
  target: Target,
  files: readonly WrittenFile[],
  options: AppendOptions,
): Promise<Snapshot> {
  const now = context.now();
  const actions: Action[] = [
    ...(options.transactions ?? []).map((txn) => ({ txn: { ...txn, lastUpdated: txn.lastUpdated ?? now } })),
    ...files.map((file) => ({ add: toAddFile(file, target, now) })),
  ];
  const operation = writeOperation(target, files);
  let base = snapshot;
  if (base === undefined) {
    const made = await commitCreate(context, actions, operation, options);
    if (made !== undefined) return made;
    // Somebody else made the table meanwhile: go behind it like any append.
    base = await loadSnapshot(context.store, context.engine);
    if (options.createWith !== undefined) assertSameShape(base, options.createWith);
  }
  return commit(context.store, {
    snapshot: base,
    actions,
    operation,
    isBlindAppend: true,
    now: context.now,
    userMetadata: options.userMetadata,
    precondition: options.precondition,
  });
}

/** Table, rows and progress in one commit, so that no crash leaves a table without its first rows. */
async function commitCreate(
  context: Context,
  actions: readonly Action[],
  operation: Operation,
  options: AppendOptions,
): Promise<Snapshot | undefined> {
  if (options.createWith === undefined) return undefined;
  const now = context.now();
  const first = firstCommit(options.createWith, now);
  return commitFirst(
    context.store,
    [...first.actions, ...actions],
    { name: "CREATE TABLE AS SELECT", parameters: first.operation.parameters, metrics: operation.metrics },
    now,
    options.userMetadata,
  );
}

function toAddFile(file: WrittenFile, target: Target, now: number): AddFile {
  return {
    path: encodeDataPath(file.path),
    partitionValues: file.partitionValues,
    size: file.size,
    modificationTime: now,
    dataChange: true,
    stats: serializeStatistics(
      file.rowCount,
      target.schema,
      target.partitionColumns,
      file.columns,
      target.indexedColumns,
    ),
  };
}

function writeOperation(target: Target, files: readonly WrittenFile[]): Operation {
  return {
    name: "WRITE",
    parameters: { mode: "Append", partitionBy: JSON.stringify(target.partitionColumns) },
    metrics: {
      numFiles: String(files.length),
      numOutputRows: String(sum(files, (file) => file.rowCount)),
      numOutputBytes: String(sum(files, (file) => file.size)),
    },
  };
}

/** Rows from objects were checked on their way in; this catches what a query let through. */
function assertNotNull(schema: StructType, files: readonly WrittenFile[]): void {
  for (const member of schema.fields) {
    if (member.nullable) continue;
    for (const file of files) {
      const nulls = file.columns.get(leafKey([member.name]))?.nullCount ?? 0;
      const isNullPartition = file.partitionValues[member.name] === null;
      if (nulls > 0 || isNullPartition) {
        throw new DeltaError(
          "INVALID_VALUE",
          `"${member.name}" must not be null, and ${isNullPartition ? file.rowCount : nulls} rows have none`,
        );
      }
    }
  }
}

function summarize(snapshot: Snapshot, files: readonly WrittenFile[]): AppendResult {
  return {
    version: snapshot.version,
    rowCount: sum(files, (file) => file.rowCount),
    fileCount: files.length,
    bytes: sum(files, (file) => file.size),
  };
}

async function checkpointIfDue(
  context: Context,
  snapshot: Snapshot,
): Promise<{ readonly checkpointError?: unknown }> {
  if (!isCheckpointDue(snapshot)) return {};
  try {
    await writeCheckpoint(context.store, context.engine, snapshot, context.now());
    return {};
  } catch (error) {
    return {
      checkpointError: new Error(
        `The checkpoint of version ${snapshot.version} failed: ${messageOf(error)}`,
        { cause: error },
      ),
    };
  }
}

function sum<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return items.reduce((total, item) => total + measure(item), 0);
}
