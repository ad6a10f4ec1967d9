import { flag, anyText, texts } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { positionColumns } from "../engine/engine.ts";
import type { EngineSession } from "../engine/engine.ts";
import { quoteName, quoteText, sqlType } from "../engine/sql-text.ts";
import { DeltaError } from "../errors.ts";
import { commitFirst, committedSnapshot } from "../log/commit.ts";
import { listLog } from "../log/log-files.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { Action, AddFile, Metadata, PartitionValues } from "../protocol/actions.ts";
import { mappingModeOf } from "../protocol/column-mapping.ts";
import { encodeDataPath } from "../protocol/paths.ts";
import { describeType, structType } from "../protocol/schema.ts";
import type { StructField, StructType } from "../protocol/schema.ts";
import { fieldsKind } from "../protocol/schema-kind.ts";
import { leafKey, serializeStatistics } from "../statistics/file-statistics.ts";
import type { ColumnStatistics } from "../statistics/file-statistics.ts";
import type { ObjectEntry } from "../store/object-store.ts";
import type { CommandContext } from "../read/command-context.ts";
import { metricTexts } from "../write/command-result.ts";
import type { CommandResult } from "../write/command-result.ts";
import { firstCommit, partitionColumnsOf } from "./create.ts";
import { layoutOf } from "../write/new-files.ts";
import { folderColumns, isHidden, partitionFolderOf } from "./table-folders.ts";
import { ownMember } from "../contract/own-members.ts";

export interface ConvertOptions {
  /** The columns that the folders stand for, as in `day=2026-01-01/`, with their types. */
  readonly partitionBy?: readonly StructField[] | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  readonly dryRun?: boolean | undefined;
}

export const convertOptions: OptionTable<ConvertOptions> = {
  partitionBy: fieldsKind,
  name: anyText,
  description: anyText,
  properties: texts,
  dryRun: flag,
};

const fetchConcurrency = 16;
/** Files whose statistics are taken by one query. */
const filesPerQuery = 500;

/** Makes a table of a folder of Parquet files where they lie; see `DeltaTable.convert`. */
export async function convertFolder(
  context: CommandContext,
  options: ConvertOptions,
): Promise<CommandResult> {
  const { store } = context;
  const listing = await listLog(store);
  if (listing.commits.length > 0 || listing.checkpoints.length > 0)
    throw new DeltaError("TABLE_ALREADY_EXISTS", `There is a Delta table at ${store.uri} already`);
  const partitionBy = options.partitionBy ?? [];
  const entries = await parquetFiles(context, partitionBy);
  if (entries.length === 0)
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `There is no Parquet file in ${store.uri}, so there is nothing to convert`,
    );
  const partitions = entries.map((entry) => partitionValuesOf(entry.path, partitionBy));
  const localPaths = await mapConcurrently(entries, fetchConcurrency, (entry) =>
    store.localPath(entry.path, { size: entry.size }),
  );
  const inFiles = await context.engine.schemaOfFiles(localPaths);
  const names = new Set(partitionBy.map((member) => member.name.toLowerCase()));
  const schema = structType([
    ...inFiles.fields.filter((member) => !names.has(member.name.toLowerCase())),
    ...partitionBy,
  ]);
  const partitionNames = partitionBy.map((member) => member.name);
  partitionColumnsOf(schema, partitionNames);
  await assertValuesFit(context, partitionBy, entries, partitions);
  const now = context.now();
  const { name, description, properties } = options;
  const made = firstCommit({ schema, partitionBy: partitionNames, name, description, properties }, now);
  // The files that are there name their columns as the table does.
  if (mappingModeOf(made.metadata) !== "none")
    throw new DeltaError("INVALID_ARGUMENT", "Convert first, then set delta.columnMapping.mode to name");
  const { metadata } = made;
  const adds = await addFiles(context, metadata, schema, entries, localPaths, partitions);
  const metrics = { numConvertedFiles: adds.length };
  if (options.dryRun === true) return { version: -1, isCommitted: false, metrics };
  const actions: Action[] = [...made.actions, ...adds.map((add) => ({ add }))];
  const operation = {
    name: "CONVERT",
    parameters: {
      numFiles: String(adds.length),
      partitionedBy: JSON.stringify(metadata.partitionColumns),
      collectStats: "true",
    },
    metrics: metricTexts(metrics),
  };
  const outcome = await commitFirst(store, actions, operation, now);
  if (outcome.kind === "exists")
    throw new DeltaError(
      "TABLE_ALREADY_EXISTS",
      `Another writer made a Delta table at ${store.uri} meanwhile`,
    );
  return { version: committedSnapshot(outcome).version, isCommitted: true, metrics };
}

async function parquetFiles(
  context: CommandContext,
  partitionBy: readonly StructField[],
): Promise<ObjectEntry[]> {
  const columns = folderColumns(partitionBy.map((member) => member.name));
  const entries: ObjectEntry[] = [];
  for await (const entry of context.store.listRecursively("")) {
    if (!isHidden(entry.path, columns) && entry.path.toLowerCase().endsWith(".parquet")) entries.push(entry);
  }
  return entries.toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/** @throws DeltaError `INVALID_ARGUMENT` for a path whose folders are not those of the columns. */
function partitionValuesOf(path: string, partitionBy: readonly StructField[]): PartitionValues {
  const folders = path.split("/").slice(0, -1);
  const given = folders.flatMap((folder) => partitionFolderOf(folder) ?? []);
  const matches =
    given.length === partitionBy.length &&
    given.every((part, index) => part.column.toLowerCase() === partitionBy[index]?.name.toLowerCase());
  if (!matches) {
    const wanted = partitionBy.map((member) => member.name).join(", ");
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `The folders of ${path} stand for the columns (${given.map((part) => part.column).join(", ")}), not (${wanted}): give them, with their types, as partitionBy`,
    );
  }
  return Object.fromEntries(
    partitionBy.map((member, index) => {
      const text = given[index]?.value ?? "";
      return [member.name, text === "__HIVE_DEFAULT_PARTITION__" || text === "" ? null : text];
    }),
  );
}

/** @throws DeltaError `INVALID_ARGUMENT` for a folder's value that the column's type cannot hold. */
async function assertValuesFit(
  context: CommandContext,
  partitionBy: readonly StructField[],
  entries: readonly ObjectEntry[],
  partitions: readonly PartitionValues[],
): Promise<void> {
  const session = await context.engine.openSession();
  try {
    for (const member of partitionBy) {
      const values = new Set(partitions.flatMap((partition) => ownMember(partition, member.name) ?? []));
      if (values.size === 0) continue;
      const listed = [...values].map((value) => `(${quoteText(value)})`).join(", ");
      const sql = `SELECT value FROM (VALUES ${listed}) AS given(value) WHERE try_cast(value AS ${sqlType(member.type)}) IS NULL`;
      for await (const batch of session.query(sql)) {
        for (const { value } of batch.toRows()) {
          const at = partitions.findIndex((partition) => ownMember(partition, member.name) === value);
          throw new DeltaError(
            "INVALID_ARGUMENT",
            `The folder of ${entries[at]?.path ?? ""} says ${JSON.stringify(value)} for "${member.name}", which is not a value of ${describeType(member.type)}`,
          );
        }
      }
    }
  } finally {
    await session.close();
  }
}

async function addFiles(
  context: CommandContext,
  metadata: Metadata,
  schema: StructType,
  entries: readonly ObjectEntry[],
  localPaths: readonly string[],
  partitions: readonly PartitionValues[],
): Promise<AddFile[]> {
  const layout = layoutOf(metadata, schema);
  const adds: AddFile[] = [];
  for (let start = 0; start < entries.length; start += filesPerQuery) {
    const slice = entries.slice(start, start + filesPerQuery);
    const session = await context.engine.openSession();
    try {
      const files = slice.map((_, index) => ({
        localPath: localPaths[start + index] ?? "",
        partitionValues: partitions[start + index] ?? {},
      }));
      const { partitionColumns } = layout;
      await session.addRelation("files", { schema, partitionColumns, columnMapping: "none", files }, true);
      const statistics = await fileStatistics(session, schema, partitionColumns);
      slice.forEach((entry, index) => {
        const found = statistics.get(index) ?? { rowCount: 0, columns: new Map<string, ColumnStatistics>() };
        adds.push({
          path: encodeDataPath(entry.path),
          partitionValues: partitions[start + index] ?? {},
          size: entry.size,
          modificationTime: Math.floor(entry.modifiedAtMs),
          dataChange: true,
          stats: serializeStatistics(found.rowCount, layout, found.columns),
        });
      });
    } finally {
      await session.close();
    }
  }
  return adds;
}

interface FileFacts {
  readonly rowCount: number;
  readonly columns: ReadonlyMap<string, ColumnStatistics>;
}

/** Bounds of the columns at the top; those inside structs are left out, which costs pruning only. */
async function fileStatistics(
  session: EngineSession,
  schema: StructType,
  partitionColumns: readonly string[],
): Promise<ReadonlyMap<number, FileFacts>> {
  const members = schema.fields.filter(
    (member) =>
      typeof member.type === "string" && member.type !== "void" && !partitionColumns.includes(member.name),
  );
  const aggregates = members.flatMap((member, index) => {
    const name = quoteName(member.name);
    return [
      `min(${name})::VARCHAR AS min_${index}`,
      `max(${name})::VARCHAR AS max_${index}`,
      `(count(*) - count(${name}))::DOUBLE AS nulls_${index}`,
    ];
  });
  const sql = `SELECT ${[`${positionColumns.file} AS file`, "count(*)::DOUBLE AS row_count", ...aggregates].join(", ")} FROM files GROUP BY file`;
  const facts = new Map<number, FileFacts>();
  for await (const batch of session.query(sql)) {
    for (const row of batch.toRows()) {
      const columns = new Map(
        members.map((member, index): [string, ColumnStatistics] => [
          leafKey([member.name]),
          {
            min: textOf(row[`min_${index}`]),
            max: textOf(row[`max_${index}`]),
            nullCount: Number(row[`nulls_${index}`]),
          },
        ]),
      );
      facts.set(Number(row["file"]), { rowCount: Number(row["row_count"]), columns });
    }
  }
  return facts;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
