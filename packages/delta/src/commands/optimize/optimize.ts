import { flag, oneOf, positiveNumber, someNames, sqlExpression } from "../../contract/option-kinds.ts";
import type { OptionTable } from "../../contract/option-table.ts";
import { noRules } from "../../engine/engine.ts";
import type { EngineSession, Relation, WriteRequest, WrittenFile } from "../../engine/engine.ts";
import { sessionTables } from "../../engine/session-tables.ts";
import { freeName, quoteName, sqlType } from "../../engine/sql-text.ts";
import { DeltaError } from "../../errors.ts";
import { commit } from "../../log/commit.ts";
import type { Snapshot } from "../../log/snapshot.ts";
import { fileKey } from "../../protocol/actions.ts";
import type { AddFile } from "../../protocol/actions.ts";
import { storePath } from "../../protocol/paths.ts";
import { findField } from "../../protocol/schema.ts";
import { readProperty, targetFileSize } from "../../protocol/table-properties.ts";
import { recordCount } from "../../statistics/stored-statistics.ts";
import type { CommandContext } from "../../read/command-context.ts";
import { changeOptions, metricTexts } from "../../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../../write/command-result.ts";
import { conclude, isConflict, onNewestSnapshot } from "../../write/commit-changes.ts";
import { assertLoggedRowCount } from "../../read/row-count-checks.ts";
import { binMemory, binMemoryDefault, binsAtOnceMax } from "./bin-budget.ts";
import { withCurveKey } from "./curve-key.ts";
import { cutColumns } from "./cut-columns.ts";
import { folderOf, relationOf } from "../../read/data-files.ts";
import { packFiles } from "./file-bins.ts";
import { totalSize } from "../../statistics/file-metrics.ts";
import { layoutOf } from "../../write/new-files.ts";
import type { FileLayout, NewFiles } from "../../write/new-files.ts";
import { columnList, removeOf } from "../../write/row-changes.ts";
import { filesMatching } from "../../read/scan.ts";
import { StagedFiles } from "../../write/staged-files.ts";
import { cubeTags, filesToCluster } from "./z-cubes.ts";
import type { Clustering, Curve } from "./z-cubes.ts";

export interface OptimizeOptions extends ChangeOptions {
  /** Only files that may hold rows for which this SQL expression is true, such as those of a partition. */
  readonly where?: string | undefined;
  /**
   * Bytes; files are made of about this size, and those that have it are left alone. The table's own
   * `delta.targetFileSize` when left out, 128 MiB without one.
   */
  readonly targetSizeBytes?: number | undefined;
  /** Sorts the rows of each partition along a curve through these columns; without them small files are joined. */
  readonly zOrderBy?: readonly string[] | undefined;
  /** `zorder` when left out; neighbours on a Hilbert curve are neighbours in every column. */
  readonly curve?: Curve | undefined;
  /** Writes anew what is well laid out already, too. */
  readonly full?: boolean | undefined;
  /**
   * Bytes that the engine may take for it, spilling the rest to disk; the engine's own limit when left out. Less than
   * about 200 MB makes little sense: the files' row groups have to fit.
   * It also bounds how many parts of the table are written at once; 1 GiB is what counts for that when left out.
   */
  readonly memoryBudgetBytes?: number | undefined;
}

export const optimizeOptions: OptionTable<OptimizeOptions> = {
  ...changeOptions,
  where: sqlExpression,
  targetSizeBytes: positiveNumber,
  zOrderBy: someNames,
  curve: oneOf("zorder", "hilbert"),
  full: flag,
  memoryBudgetBytes: positiveNumber,
};

const defaultTargetSize = 128 * 1024 * 1024;
/** A file with more deleted rows than this is written anew, as Spark does. */
const deletedShareMax = 0.05;
const packedTag = "OPTIMIZE_TARGET_SIZE";
const rowGroupRowsMax = 122_880;
/** The engine takes rows by vectors of so many. */
const vectorRows = 2048;
/** So that a reader skips parts of a file as well. */
const groupsPerFileMin = 4;

/** Lays data files out anew without changing a row; see `DeltaTable.optimize`. */
export async function optimizeTable(
  context: CommandContext,
  options: OptimizeOptions,
): Promise<CommandResult> {
  const { memoryBudgetBytes } = options;
  if (memoryBudgetBytes === undefined) return optimizeWithin(context, options);
  if (!(memoryBudgetBytes > 0))
    throw new DeltaError("INVALID_ARGUMENT", `A memory budget cannot be ${memoryBudgetBytes} bytes`);
  const engine = context.engine.withMemoryLimit(memoryBudgetBytes);
  try {
    return await optimizeWithin({ ...context, engine }, options);
  } finally {
    await engine.close();
  }
}

async function optimizeWithin(context: CommandContext, options: OptimizeOptions): Promise<CommandResult> {
  return onNewestSnapshot(context, async (snapshot) => {
    const plan = await planOf(context, snapshot, options);
    const removed = plan.bins.flat();
    if (removed.length === 0 || options.dryRun === true) {
      const metrics = {
        numRemovedFiles: removed.length,
        numRemovedBytes: totalSize(removed),
        numBins: plan.bins.length,
      };
      return { version: snapshot.version, isCommitted: false, metrics };
    }
    // The rows are those that are there: they satisfy what they satisfied, and nothing is computed anew.
    const layout = { ...layoutOf(snapshot.metadata, snapshot.schema), rules: noRules };
    const memoryMax = options.memoryBudgetBytes ?? binMemoryDefault;
    const budget = { callsMax: binsAtOnceMax, weightMax: memoryMax };
    const groups = plan.bins.map((bin) => ({
      weight: binMemory(bin, plan.clustering !== undefined, memoryMax),
      write: (folder: string): Promise<readonly WrittenFile[]> =>
        writeBin(context, snapshot, layout, plan, bin, folder),
    }));
    await using staged = new StagedFiles(context);
    const written = await staged.writeGroups(layout, groups, budget);
    for (const [index, bin] of plan.bins.entries()) {
      const relation = (): Promise<Relation> => relationOf(context.store, snapshot, bin);
      await assertLoggedRowCount(context.engine, relation, bin, written[index]?.rowCount ?? 0);
    }
    return await commitBins(context, snapshot, options, plan, written, staged);
  });
}

interface OptimizePlan {
  readonly targetSize: number;
  readonly clustering: Clustering | undefined;
  /** Files of one partition each, to be written anew together. */
  readonly bins: readonly (readonly AddFile[])[];
}

async function planOf(
  context: CommandContext,
  snapshot: Snapshot,
  options: OptimizeOptions,
): Promise<OptimizePlan> {
  const targetSize =
    options.targetSizeBytes ?? readProperty(snapshot.metadata, targetFileSize) ?? defaultTargetSize;
  if (!(targetSize > 0))
    throw new DeltaError("INVALID_ARGUMENT", `A file size cannot be ${targetSize} bytes`);
  const clustering = clusteringOf(snapshot, options);
  const predicate =
    options.where === undefined ? undefined : await context.engine.parsePredicate(options.where);
  const partitions = byPartition(filesMatching(snapshot, predicate));
  const needsRewrite = (file: AddFile): boolean =>
    options.full === true || deletedShare(file) > deletedShareMax;
  const bins = partitions.flatMap((files): (readonly AddFile[])[] => {
    if (clustering === undefined) {
      const isPacked = (file: AddFile): boolean => file.tags?.[packedTag] === String(targetSize);
      return packFiles(files, { targetSize, isPacked, needsRewrite }).map((bin) => bin.files);
    }
    const chosen = filesToCluster(files, clustering, needsRewrite);
    return chosen.length === 0 ? [] : [chosen];
  });
  return { targetSize, clustering, bins };
}

/** @throws DeltaError `INVALID_ARGUMENT` for columns by which rows cannot be laid out. */
function clusteringOf(snapshot: Snapshot, options: OptimizeOptions): Clustering | undefined {
  const { zOrderBy, curve } = options;
  if (zOrderBy === undefined) {
    if (curve !== undefined) throw new DeltaError("INVALID_ARGUMENT", "A curve needs columns: give zOrderBy");
    return undefined;
  }
  const columns = zOrderBy.map((name) => {
    const member = findField(snapshot.schema, name);
    const known = snapshot.schema.fields.map((candidate) => candidate.name).join(", ");
    if (member === undefined)
      throw new DeltaError("INVALID_ARGUMENT", `There is no column "${name}". The columns: ${known}`);
    if (snapshot.partitionColumns.includes(member.name))
      throw new DeltaError(
        "INVALID_ARGUMENT",
        `"${member.name}" is a partition column: all rows of a file have one value of it, so it gives no order`,
      );
    if (typeof member.type === "object" || member.type === "void" || member.type === "variant")
      throw new DeltaError("INVALID_ARGUMENT", `The values of "${member.name}" have no order`);
    return member.name;
  });
  if (columns.length === 0 || columns.length > clusteredColumnsMax || new Set(columns).size < columns.length)
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `zOrderBy takes 1 to ${clusteredColumnsMax} different columns, not (${zOrderBy.join(", ")})`,
    );
  return { columns, curve: curve ?? "zorder" };
}

/** With more, each would hardly count for the order. */
const clusteredColumnsMax = 8;

function deletedShare(file: AddFile): number {
  if (file.deletionVector === undefined) return 0;
  return file.deletionVector.cardinality / Math.max(1, recordCount(file.stats) ?? 1);
}

function byPartition(files: readonly AddFile[]): readonly (readonly AddFile[])[] {
  const partitions = new Map<string, AddFile[]>();
  for (const file of files) {
    const values = Object.entries(file.partitionValues).map(([name, value]) => [name, value || null]);
    const key = JSON.stringify(values.toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1)));
    const known = partitions.get(key);
    if (known === undefined) partitions.set(key, [file]);
    else known.push(file);
  }
  return [...partitions.values()];
}

async function writeBin(
  context: CommandContext,
  snapshot: Snapshot,
  layout: FileLayout,
  plan: OptimizePlan,
  bin: readonly AddFile[],
  folder: string,
): Promise<readonly WrittenFile[]> {
  const [first] = bin;
  if (first === undefined) return [];
  const session = await context.engine.openSession();
  try {
    await session.addRelation(sessionTables.bin, await relationOf(context.store, snapshot, bin));
    const request: WriteRequest = {
      ...layout,
      rows: { sql: await binSql(session, snapshot, plan.clustering) },
      folder,
      subfolder: folderOf(first, context.store.uri),
      partition: first.partitionValues,
      // A bin becomes one file; only what is sorted as a whole is cut.
      ...(plan.clustering === undefined
        ? { fileSizeBytes: Number.MAX_SAFE_INTEGER }
        : { rowGroups: rowGroupsFor(bin, plan.targetSize) }),
    };
    return await session.writeFiles(request);
  } finally {
    await session.close();
  }
}

async function binSql(
  session: EngineSession,
  snapshot: Snapshot,
  clustering: Clustering | undefined,
): Promise<string> {
  const list = columnList(snapshot.schema);
  if (clustering === undefined) return `SELECT ${list} FROM ${sessionTables.bin}`;
  const columns = clustering.columns.map((name) => ({
    name,
    sqlType: sqlType(findField(snapshot.schema, name)?.type ?? "string"),
  }));
  const cuts = await cutColumns(session, sessionTables.bin, columns);
  const keyColumn = freeName("__curve_key", [snapshot.schema]);
  const keyed = withCurveKey(`SELECT ${list} FROM ${sessionTables.bin}`, cuts, clustering.curve, keyColumn);
  const order = [keyColumn, ...clustering.columns].map(quoteName).join(", ");
  return `SELECT ${list} FROM (${keyed}) ORDER BY ${order}`;
}

/** Row groups for files of about the target size, by what a row took before; a small file gets small ones, but several. */
function rowGroupsFor(
  files: readonly AddFile[],
  targetSize: number,
): { readonly rows: number; readonly perFile: number } {
  const rowsKnown = files.reduce((sum, file) => sum + (recordCount(file.stats) ?? 0), 0);
  const rowsPerFile = Math.max(vectorRows, (rowsKnown * targetSize) / totalSize(files));
  const rows = Math.ceil(rowsPerFile / groupsPerFileMin / vectorRows) * vectorRows;
  const groupRows = Math.min(rowGroupRowsMax, rows);
  return { rows: groupRows, perFile: Math.max(1, Math.round(rowsPerFile / groupRows)) };
}

/**
 * Commits the new files. When another writer meanwhile changed some of the old ones, only their bins are given up: the
 * work on the others counts.
 */
async function commitBins(
  context: CommandContext,
  snapshot: Snapshot,
  options: OptimizeOptions,
  plan: OptimizePlan,
  written: readonly NewFiles[],
  staged: StagedFiles,
): Promise<CommandResult> {
  let base = snapshot;
  let bins = plan.bins.map((files, index) => ({ files, adds: tagged(plan, written[index]?.adds ?? []) }));
  for (;;) {
    const removed = bins.flatMap((bin) => bin.files);
    const added = bins.flatMap((bin) => bin.adds);
    const metrics = metricsOf(removed, added);
    const now = context.now();
    const outcome = await commit(context.store, {
      snapshot: base,
      actions: [
        ...removed.map((file) => ({ remove: removeOf(file, now, false) })),
        ...added.map((add) => ({ add })),
      ],
      operation: {
        name: "OPTIMIZE",
        parameters: parametersOf(options, plan),
        metrics: metricTexts(metrics),
      },
      reads: { kind: "rows", predicate: undefined, paths: new Set(removed.map((file) => file.path)) },
      now: context.now,
      pause: context.pause,
      userMetadata: options.userMetadata,
    });
    if (outcome.kind !== "refused" || !isConflict(outcome.error)) {
      const { snapshot: committed, ...rest } = await conclude(context, outcome, staged);
      return { version: committed.version, isCommitted: true, metrics, ...rest };
    }
    const newest = await context.latestSnapshot();
    const keyOf = (file: AddFile): string => fileKey(file, newest.tableUri);
    const keys = new Set([...newest.files].map(keyOf));
    const left = bins.filter((bin) => bin.files.every((file) => keys.has(keyOf(file))));
    // Other metadata may mean other data files; and with nothing lost, trying again would not help.
    const isSame = JSON.stringify(newest.metadata) === JSON.stringify(snapshot.metadata);
    if (!isSame || left.length === bins.length || left.length === 0) throw outcome.error;
    const lost = bins.filter((bin) => !left.includes(bin)).flatMap((bin) => bin.adds);
    await staged.discard(lost.map((add) => storePath(add.path, context.store.uri)));
    base = newest;
    bins = left;
  }
}

function tagged(plan: OptimizePlan, adds: readonly AddFile[]): AddFile[] {
  const tags =
    plan.clustering === undefined ? { [packedTag]: String(plan.targetSize) } : cubeTags(plan.clustering);
  return adds.map((add) => ({ ...add, dataChange: false, tags }));
}

function parametersOf(options: OptimizeOptions, plan: OptimizePlan): Readonly<Record<string, string>> {
  return {
    predicate: JSON.stringify(options.where === undefined ? [] : [options.where]),
    zOrderBy: JSON.stringify(plan.clustering?.columns ?? []),
    ...(plan.clustering === undefined ? {} : { curve: plan.clustering.curve }),
    targetSize: String(plan.targetSize),
    auto: "false",
  };
}

/** Under the names of Spark's OPTIMIZE; sizes are those of the new files. */
function metricsOf(removed: readonly AddFile[], added: readonly AddFile[]): Readonly<Record<string, number>> {
  const sizes = added.map((file) => file.size).toSorted((left, right) => left - right);
  const quantile = (share: number): number => sizes[Math.floor(share * (sizes.length - 1))] ?? 0;
  return {
    numRemovedFiles: removed.length,
    numRemovedBytes: totalSize(removed),
    numAddedFiles: added.length,
    numAddedBytes: totalSize(added),
    minFileSize: quantile(0),
    p25FileSize: quantile(0.25),
    p50FileSize: quantile(0.5),
    p75FileSize: quantile(0.75),
    maxFileSize: quantile(1),
    numDeletionVectorsRemoved: removed.filter((file) => file.deletionVector !== undefined).length,
  };
}
