/*
 * commands: what a table can be told to do; a file or a folder each, beside the table of its options.
 *
 * Each command changes a table in one commit or not at all (vacuum records its start and its end), and says in its
 * CommandResult what it did. With dryRun it finds the same errors and figures, and writes nothing. Steps that several
 * commands need are in the rooms read and write.
 */
import {
  aFunction,
  anyText,
  countFromZero,
  flag,
  nonEmptyText,
  optionsOf,
  required,
  wholeNumber,
} from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import type { RowSource } from "../engine/row-source.ts";
import { DeltaError } from "../errors.ts";
import { commit, commitFirst } from "../log/commit.ts";
import type { CommitOutcome, FirstCommitOutcome, Operation } from "../log/commit.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Action } from "../protocol/actions.ts";
import { assertWritable } from "../protocol/features.ts";
import { describeType, parseSchema } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import { schemaKind } from "../protocol/schema-kind.ts";
import { bindSource } from "../write/bound-source.ts";
import type { BoundSource } from "../write/bound-source.ts";
import type { CommandContext } from "../read/command-context.ts";
import { metricTexts } from "../write/command-result.ts";
import type { CommandResult } from "../write/command-result.ts";
import { conclude } from "../write/commit-changes.ts";
import { assertUsableRules, createOptions, firstCommit } from "./create.ts";
import type { CreateOptions, FirstCommit } from "./create.ts";
import { layoutOf, noFiles, rehearseNewFiles } from "../write/new-files.ts";
import { anEngineSession } from "../engine/engine.ts";
import type { EngineSession } from "../engine/engine.ts";
import { assertTransactions, progressActions, progressOptions } from "../write/progress.ts";
import type { ProgressOptions } from "../write/progress.ts";
import type { FileLayout, NewFiles } from "../write/new-files.ts";
import { schemaChange } from "../write/schema-change.ts";
import { StagedFiles } from "../write/staged-files.ts";
import { assertStorable } from "../write/storable-columns.ts";

export interface AppendOptions extends ProgressOptions {
  /**
   * With `txnVersion`: whose append this is, and its number. One that the table has already, or a later one, is skipped:
   * an append that is run again after a crash adds nothing twice.
   */
  readonly txnAppId?: string | undefined;
  readonly txnVersion?: number | undefined;
  /** Makes the table in the same commit when there is none; when there is one, its schema must be this. */
  readonly createWith?: CreateOptions | undefined;
  /** Checks the rows and finds out what files they would make; nothing is written to the table. */
  readonly dryRun?: boolean | undefined;
  /** Free text for the history. */
  readonly userMetadata?: string | undefined;
  /** The append is a batch of a stream: the history calls it `STREAMING UPDATE`, as Spark does. Rows may be none. */
  readonly stream?: StreamBatch | undefined;
  /** Adds the source's columns that the table lacks, in the same commit. */
  readonly mergeSchema?: boolean | undefined;
  /** The source's schema, for `mergeSchema` with a source that is no query. */
  readonly sourceSchema?: StructType | undefined;
  /** The session in which the source's query is bound already; it stays open. The query is bound once, then, and not again. */
  readonly boundIn?: EngineSession | undefined;
  /**
   * Called with the table's state before anything is written, and again before each attempt to commit: the place to see
   * whether the work is still wanted. What it throws ends the append with nothing committed.
   */
  readonly precondition?: ((snapshot: Snapshot | undefined) => void) | undefined;
}

/** Which batch of which stream. */
export interface StreamBatch {
  readonly queryId: string;
  /** Counts the batches of the query, from 0 on. */
  readonly epochId: number;
}

const streamBatchMembers: OptionTable<StreamBatch> = {
  queryId: required(nonEmptyText),
  epochId: required(countFromZero),
};

export const appendOptions: OptionTable<AppendOptions> = {
  txnAppId: nonEmptyText,
  txnVersion: wholeNumber,
  ...progressOptions,
  createWith: optionsOf(createOptions),
  dryRun: flag,
  userMetadata: anyText,
  stream: optionsOf(streamBatchMembers),
  mergeSchema: flag,
  sourceSchema: schemaKind,
  boundIn: anEngineSession,
  precondition: aFunction,
};

/** The version is -1 after a dry run without a table. */
export interface AppendResult extends CommandResult {
  /** Rows that were added, or would be: the metric `numOutputRows`. */
  readonly rowCount: number;
  /** Set when the table had the append's `txnVersion`, or a later one, already: nothing was added. */
  readonly isSkipped?: true;
}

/** Writes data files, makes them durable, then commits them; see `DeltaTable.append`. */
export async function appendRows(
  context: CommandContext,
  source: RowSource,
  options: AppendOptions,
): Promise<AppendResult> {
  // Before the source is bound: what its query reads of this table must not be older than what conflicts are looked for from.
  const snapshot = await existingSnapshot(context);
  const { txnAppId, txnVersion, ...rest } = options;
  const own = ownTransaction(txnAppId, txnVersion);
  const transactions = [...own, ...(options.transactions ?? [])];
  assertTransactions({ transactions });
  for (const { appId, version } of own) {
    const last = snapshot?.transaction(appId)?.version;
    if (snapshot !== undefined && last !== undefined && last >= version)
      return { ...resultOf(snapshot, noFiles, false), isSkipped: true };
  }
  await using bound = await bindSource(context, source, options.boundIn);
  return await appendBound(context, snapshot, bound, { ...rest, transactions });
}

function ownTransaction(
  appId: string | undefined,
  version: number | undefined,
): NonNullable<ProgressOptions["transactions"]> {
  if (appId !== undefined && version !== undefined) return [{ appId, version }];
  if (appId === undefined && version === undefined) return [];
  throw new DeltaError("INVALID_ARGUMENT", "txnAppId and txnVersion are given together");
}

async function appendBound(
  context: CommandContext,
  snapshot: Snapshot | undefined,
  source: BoundSource,
  options: AppendOptions,
): Promise<AppendResult> {
  const target = await appendTarget(context, snapshot, source, options);
  const { layout } = target;
  options.precondition?.(snapshot);
  const { rows, session } = source;
  if (options.dryRun === true) {
    const files = await rehearseNewFiles(context, rows, layout, session);
    return resultOf(snapshot, files, false);
  }
  await using staged = new StagedFiles(context);
  const files = await staged.write(rows, layout, { session });
  const outcome = await commitFiles(context, target, files, options);
  const { snapshot: committed, ...rest } = await conclude(context, outcome, staged);
  return { ...resultOf(committed, files, true), ...rest };
}

function resultOf(snapshot: Snapshot | undefined, files: NewFiles, isCommitted: boolean): AppendResult {
  const { rowCount } = files;
  return { version: snapshot?.version ?? -1, isCommitted, metrics: metricsOf(files), rowCount };
}

function metricsOf(files: NewFiles): Readonly<Record<string, number>> {
  return { numFiles: files.adds.length, numOutputRows: files.rowCount, numOutputBytes: files.size };
}

/** Where the rows go: a table that is there, one that gets new columns by this append, or one that it makes. */
interface AppendTarget {
  readonly snapshot: Snapshot | undefined;
  readonly layout: FileLayout;
  readonly creation: FirstCommit | undefined;
  /** Metadata and protocol, where the append changes them. */
  readonly tableActions: readonly Action[];
}

async function appendTarget(
  context: CommandContext,
  snapshot: Snapshot | undefined,
  source: BoundSource,
  options: AppendOptions,
): Promise<AppendTarget> {
  const { createWith } = options;
  if (snapshot === undefined) {
    if (createWith === undefined) {
      throw new DeltaError(
        "TABLE_NOT_FOUND",
        `There is no Delta table at ${context.store.uri}: create it first`,
      );
    }
    const creation = firstCommit(createWith, context.now());
    const schema = parseSchema(creation.metadata.schemaString);
    assertStorable(creation.metadata, schema.fields);
    await assertUsableRules(context.engine, creation.metadata);
    const layout = layoutOf(creation.metadata, schema);
    return { snapshot: undefined, layout, creation, tableActions: [] };
  }
  assertWritable(snapshot.protocol, snapshot.metadata, snapshot.tableUri);
  if (createWith !== undefined) assertSameShape(snapshot, createWith);
  const change = await schemaChange(snapshot, source, options);
  const metadata = change?.metadata ?? snapshot.metadata;
  return {
    snapshot,
    layout: layoutOf(metadata, parseSchema(metadata.schemaString)),
    creation: undefined,
    tableActions: change?.actions ?? [],
  };
}

async function existingSnapshot(context: CommandContext): Promise<Snapshot | undefined> {
  try {
    return await context.latestSnapshot();
  } catch (error) {
    if (error instanceof DeltaError && error.code === "TABLE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** An existing table must have the requested columns, or rows would land in other columns than meant. */
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
  target: AppendTarget,
  files: NewFiles,
  options: AppendOptions,
): Promise<CommitOutcome> {
  const now = context.now();
  const actions: Action[] = [
    ...target.tableActions,
    ...progressActions(options, now),
    ...files.adds.map((add) => ({ add })),
  ];
  const operation = appendOperation(target.layout, files, options.stream);
  let base = target.snapshot;
  if (base === undefined) {
    const made = await commitCreate(context, target.creation, actions, operation, options);
    if (made.kind !== "exists") return made;
    // Another writer made the table meanwhile: this append follows it like any other.
    base = await context.latestSnapshot();
    if (options.createWith !== undefined) assertSameShape(base, options.createWith);
    if (target.layout.columnMapping !== "none") {
      throw new DeltaError(
        "CONCURRENT_WRITE",
        `${base.tableUri}: another writer made the table first, with other names for its data files' columns. Nothing of ours was committed; run it again.`,
      );
    }
  }
  return commit(context.store, {
    snapshot: base,
    actions,
    operation,
    reads: context.ownReads?.with({ kind: "nothing" }) ?? { kind: "nothing" },
    now: context.now,
    pause: context.pause,
    userMetadata: options.userMetadata,
    precondition: options.precondition,
  });
}

/** Table, rows and progress in one commit, so that no crash leaves a table without its first rows. */
async function commitCreate(
  context: CommandContext,
  creation: FirstCommit | undefined,
  actions: readonly Action[],
  operation: Operation,
  options: Pick<AppendOptions, "userMetadata">,
): Promise<FirstCommitOutcome> {
  if (creation === undefined) return { kind: "exists" };
  return commitFirst(
    context.store,
    [...creation.actions, ...actions],
    { name: "CREATE TABLE AS SELECT", parameters: creation.operation.parameters, metrics: operation.metrics },
    context.now(),
    options.userMetadata,
  );
}

function appendOperation(layout: FileLayout, files: NewFiles, stream: StreamBatch | undefined): Operation {
  if (stream !== undefined) return streamingUpdate(files, stream);
  return {
    name: "WRITE",
    parameters: { mode: "Append", partitionBy: JSON.stringify(layout.partitionColumns) },
    metrics: metricTexts(metricsOf(files)),
  };
}

/** Source: `StreamingUpdate` in DeltaOperations.scala and `STREAMING_UPDATE` in its metrics, delta-io/delta. */
function streamingUpdate(files: NewFiles, { queryId, epochId }: StreamBatch): Operation {
  return {
    name: "STREAMING UPDATE",
    parameters: { outputMode: "Append", queryId, epochId: String(epochId) },
    metrics: metricTexts({
      numAddedFiles: files.adds.length,
      numRemovedFiles: 0,
      numOutputRows: files.rowCount,
      numOutputBytes: files.size,
    }),
  };
}
