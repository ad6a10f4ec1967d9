import type { RowSource } from "../engine/row-source.ts";
import { DeltaError } from "../errors.ts";
import type { DeltaErrorCode } from "../errors.ts";
import { checkpointIfDue } from "../log/checkpoint.ts";
import { commit, commitFirst } from "../log/commit.ts";
import type { Operation } from "../log/commit.ts";
import { listLog } from "../log/log-files.ts";
import { loadSnapshot } from "../log/snapshot.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Action, Transaction } from "../protocol/actions.ts";
import { assertWritable } from "../protocol/features.ts";
import { describeType } from "../protocol/schema.ts";
import { defaultIndexedColumns } from "../statistics/file-statistics.ts";
import type { CommandContext } from "./command-context.ts";
import { firstCommit } from "./create.ts";
import type { CreateOptions } from "./create.ts";
import { layoutOf, withNewFiles } from "./new-files.ts";
import type { FileLayout, NewFiles } from "./new-files.ts";

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
  readonly checkpointError?: Error;
}

/** Writes data files, makes them durable, then commits them; see `DeltaTable.append`. */
export async function appendRows(
  context: CommandContext,
  source: RowSource,
  options: AppendOptions,
): Promise<AppendResult> {
  const snapshot = await currentSnapshot(context, options.createWith);
  options.precondition?.(snapshot);
  const layout = targetLayout(context, snapshot, options.createWith);
  return withNewFiles(context, source, layout, async (files) => {
    let committed: Snapshot;
    let unmet: unknown;
    const precondition = (current: Snapshot): void => {
      try {
        options.precondition?.(current);
      } catch (error) {
        unmet = error;
        throw error;
      }
    };
    try {
      committed = await commitFiles(context, snapshot, layout, files, { ...options, precondition });
    } catch (error) {
      // A commit that failed in any other way than by a refusal may have happened all the same: then the files stay, as
      // orphans at worst.
      if (error === unmet || isRefusal(error)) await files.discard().catch(() => {});
      throw error;
    }
    const checkpointError = await checkpointIfDue(context.store, context.engine, committed, context.now());
    return {
      version: committed.version,
      rowCount: files.rowCount,
      fileCount: files.adds.length,
      bytes: files.size,
      ...(checkpointError === undefined ? {} : { checkpointError }),
    };
  });
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

async function currentSnapshot(
  context: CommandContext,
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

function targetLayout(
  context: CommandContext,
  snapshot: Snapshot | undefined,
  createWith: CreateOptions | undefined,
): FileLayout {
  if (snapshot !== undefined) {
    assertWritable(snapshot.protocol, snapshot.metadata, snapshot.tableUri);
    if (createWith !== undefined) assertSameShape(snapshot, createWith);
    return layoutOf(snapshot);
  }
  if (createWith === undefined) {
    throw new DeltaError("TABLE_NOT_FOUND", `There is no Delta table at ${context.store.uri}`);
  }
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
  context: CommandContext,
  snapshot: Snapshot | undefined,
  layout: FileLayout,
  files: NewFiles,
  options: Omit<AppendOptions, "precondition"> & { readonly precondition: (snapshot: Snapshot) => void },
): Promise<Snapshot> {
  const now = context.now();
  const actions: Action[] = [
    ...(options.transactions ?? []).map((txn) => ({ txn: { ...txn, lastUpdated: txn.lastUpdated ?? now } })),
    ...files.adds.map((add) => ({ add })),
  ];
  const operation = writeOperation(layout, files);
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
  context: CommandContext,
  actions: readonly Action[],
  operation: Operation,
  options: Pick<AppendOptions, "createWith" | "userMetadata">,
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

function writeOperation(layout: FileLayout, files: NewFiles): Operation {
  return {
    name: "WRITE",
    parameters: { mode: "Append", partitionBy: JSON.stringify(layout.partitionColumns) },
    metrics: {
      numFiles: String(files.adds.length),
      numOutputRows: String(files.rowCount),
      numOutputBytes: String(files.size),
    },
  };
}
