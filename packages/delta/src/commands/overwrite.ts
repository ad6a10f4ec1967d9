import { flag, nameList, sqlExpression } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { anEngineSession } from "../engine/engine.ts";
import type { EngineSession } from "../engine/engine.ts";
import { canReadAgain } from "../engine/row-source.ts";
import type { RowSource } from "../engine/row-source.ts";
import { DeltaError } from "../errors.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { AddFile, Metadata } from "../protocol/actions.ts";
import { mappingModeOf, physicalNameOf } from "../protocol/column-mapping.ts";
import { findField, parseSchema } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import { schemaKind } from "../protocol/schema-kind.ts";
import type { Predicate } from "../statistics/predicate.ts";
import { bindSource } from "../write/bound-source.ts";
import type { BoundSource } from "../write/bound-source.ts";
import type { CommandContext } from "../read/command-context.ts";
import { changeOptions, metricTexts } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { commitChanges, onNewestSnapshot } from "../write/commit-changes.ts";
import { partitionColumnsOf } from "./create.ts";
import { overwriteMatching } from "./overwrite-matching.ts";
import { totalSize } from "../statistics/file-metrics.ts";
import { layoutOf, rehearseNewFiles } from "../write/new-files.ts";
import type { NewFiles } from "../write/new-files.ts";
import { assertTransactions, progressActions, progressOptions } from "../write/progress.ts";
import type { ProgressOptions } from "../write/progress.ts";
import { removeOf } from "../write/row-changes.ts";
import { ruleNaming } from "../write/constraints.ts";
import { schemaChange, schemaOfSource, tableChange, withSchema } from "../write/schema-change.ts";
import type { TableChange } from "../write/schema-change.ts";
import { StagedFiles } from "../write/staged-files.ts";
import { withoutStatisticsColumns } from "../write/statistics-columns.ts";
import { ownMember } from "../contract/own-members.ts";

export interface OverwriteOptions extends ChangeOptions, ProgressOptions {
  /** Only the rows for which this SQL expression is true are replaced, and all new rows must satisfy it. */
  readonly where?: string | undefined;
  /** Only the partitions that get new rows are replaced. */
  readonly dynamicPartitions?: boolean | undefined;
  /** Adds the source's columns that the table lacks. */
  readonly mergeSchema?: boolean | undefined;
  /** Gives the table the source's columns in place of its own; only when all rows are replaced. */
  readonly overwriteSchema?: boolean | undefined;
  /** With `overwriteSchema`: the columns that the table is partitioned by from now on; the present ones when left out. */
  readonly partitionBy?: readonly string[] | undefined;
  /** The source's schema, for `mergeSchema` and `overwriteSchema` with a source that is no query. */
  readonly sourceSchema?: StructType | undefined;
  /** The session in which the source's query is bound already; it stays open. The query is bound once, then, and not again. */
  readonly boundIn?: EngineSession | undefined;
}

export const overwriteOptions: OptionTable<OverwriteOptions> = {
  ...changeOptions,
  ...progressOptions,
  where: sqlExpression,
  dynamicPartitions: flag,
  mergeSchema: flag,
  overwriteSchema: flag,
  partitionBy: nameList,
  sourceSchema: schemaKind,
  boundIn: anEngineSession,
};

/** Replaces rows; see `DeltaTable.overwrite`. */
export async function overwriteRows(
  context: CommandContext,
  source: RowSource,
  options: OverwriteOptions,
): Promise<CommandResult> {
  const { where, dynamicPartitions = false, overwriteSchema = false } = options;
  if (where !== undefined && dynamicPartitions)
    throw new DeltaError("INVALID_ARGUMENT", "Give where or dynamicPartitions, not both");
  if (overwriteSchema && (where !== undefined || dynamicPartitions))
    throw new DeltaError("INVALID_ARGUMENT", "overwriteSchema needs an overwrite of all rows");
  if (options.partitionBy !== undefined && !overwriteSchema)
    throw new DeltaError("INVALID_ARGUMENT", "partitionBy needs overwriteSchema: true");
  assertTransactions(options);
  if (options.boundIn !== undefined && where !== undefined)
    throw new DeltaError("INVALID_ARGUMENT", "boundIn needs an overwrite of all rows or of partitions");
  if (where === undefined) return overwriteFiles(context, source, options);
  if (options.mergeSchema === true)
    throw new DeltaError("INVALID_ARGUMENT", "mergeSchema needs an overwrite of all rows or of partitions");
  return overwriteMatching(context, source, where, options);
}

/** Whole files are replaced: all, or those of the partitions that get new rows. */
async function overwriteFiles(
  context: CommandContext,
  source: RowSource,
  options: OverwriteOptions,
): Promise<CommandResult> {
  return onNewestSnapshot(
    context,
    async (snapshot) => {
      await using bound = await bindSource(context, source, options.boundIn);
      return await overwriteBound(context, snapshot, bound, options);
    },
    { canRerun: canReadAgain(source) },
  );
}

async function overwriteBound(
  context: CommandContext,
  snapshot: Snapshot,
  source: BoundSource,
  options: OverwriteOptions,
): Promise<CommandResult> {
  const change = await tableChangeOf(snapshot, source, options);
  const metadata = change?.metadata ?? snapshot.metadata;
  const layout = layoutOf(metadata, parseSchema(metadata.schemaString));
  const isDynamic = options.dynamicPartitions === true;
  if (isDynamic && layout.partitionColumns.length === 0)
    throw new DeltaError("INVALID_ARGUMENT", `${snapshot.tableUri} has no partitions to overwrite`);
  const { rows, session } = source;
  const removedFor = (files: NewFiles): readonly AddFile[] =>
    isDynamic ? filesOfPartitions(snapshot, files.adds) : [...snapshot.files];
  if (options.dryRun === true) {
    const files = await rehearseNewFiles(context, rows, layout, session);
    const metrics = writeMetrics(files, removedFor(files));
    return { version: snapshot.version, isCommitted: false, metrics };
  }
  await using staged = new StagedFiles(context);
  const files = await staged.write(rows, layout, { session });
  const removed = removedFor(files);
  const metrics = writeMetrics(files, removed);
  const now = context.now();
  const request = {
    snapshot,
    actions: [
      ...(change?.actions ?? []),
      ...progressActions(options, now),
      ...removed.map((file) => ({ remove: removeOf(file, now) })),
      ...files.adds.map((add) => ({ add })),
    ],
    operation: {
      name: "WRITE",
      parameters: {
        mode: "Overwrite",
        partitionBy: JSON.stringify(layout.partitionColumns),
        ...(isDynamic ? { partitionOverwriteMode: "dynamic" } : {}),
      },
      metrics: metricTexts(metrics),
    },
    reads: {
      kind: "rows" as const,
      predicate: isDynamic ? partitionsPredicate(metadata, files.adds) : undefined,
      paths: new Set(removed.map((file) => file.path)),
    },
    userMetadata: options.userMetadata,
  };
  const { snapshot: committed, ...rest } = await commitChanges(context, request, staged);
  return { version: committed.version, isCommitted: true, metrics, ...rest };
}

async function tableChangeOf(
  snapshot: Snapshot,
  source: BoundSource,
  options: OverwriteOptions,
): Promise<TableChange | undefined> {
  if (options.overwriteSchema !== true) return schemaChange(snapshot, source, options);
  const sourceSchema = options.sourceSchema ?? (await schemaOfSource(source));
  const partitionColumns = partitionColumnsOf(sourceSchema, options.partitionBy ?? snapshot.partitionColumns);
  for (const { name } of snapshot.schema.fields) {
    const rule = ruleNaming(snapshot.metadata, sourceSchema.fields, name);
    if (rule !== undefined && findField(sourceSchema, name) === undefined)
      throw new DeltaError(
        "INVALID_SCHEMA",
        `The new schema lacks the column "${name}", on which ${rule.name} (${rule.sql}) depends`,
      );
  }
  const change = withSchema(snapshot, sourceSchema, partitionColumns);
  const gone = snapshot.schema.fields.filter(({ name }) => findField(sourceSchema, name) === undefined);
  if (gone.length === 0) return change;
  const names = gone.map(({ name }) => name);
  const configuration = withoutStatisticsColumns(change.metadata.configuration, names);
  return tableChange(snapshot, { ...change.metadata, configuration });
}

function filesOfPartitions(snapshot: Snapshot, adds: readonly AddFile[]): AddFile[] {
  const touched = new Set(adds.map(partitionKey));
  return [...snapshot.files].filter((file) => touched.has(partitionKey(file)));
}

function partitionKey({ partitionValues }: AddFile): string {
  return JSON.stringify(
    Object.entries(partitionValues)
      .map(([name, value]) => [name, value === "" ? null : value])
      .toSorted(([left], [right]) => String(left).localeCompare(String(right))),
  );
}

function partitionsPredicate(metadata: Metadata, adds: readonly AddFile[]): Predicate {
  const schema = parseSchema(metadata.schemaString);
  const mode = mappingModeOf(metadata);
  const columns = schema.fields.filter((member) => metadata.partitionColumns.includes(member.name));
  return {
    kind: "or",
    operands: adds.map((add) => ({
      kind: "and",
      operands: columns.map((member): Predicate => {
        const text = ownMember(add.partitionValues, physicalNameOf(member, mode)) ?? null;
        if (text === null || text === "") return { kind: "isNull", column: member.name };
        const isText = member.type === "string" || member.type === "date" || member.type === "timestamp";
        const literal = { kind: isText ? ("text" as const) : ("number" as const), text };
        return { kind: "compare", column: member.name, operator: "=", literal };
      }),
    })),
  };
}

function writeMetrics(files: NewFiles, removed: readonly AddFile[]): Readonly<Record<string, number>> {
  return {
    numFiles: files.adds.length,
    numOutputRows: files.rowCount,
    numOutputBytes: files.size,
    numRemovedFiles: removed.length,
    numRemovedBytes: totalSize(removed),
  };
}
