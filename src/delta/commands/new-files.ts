import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { EngineSession, RowRules, WrittenFile } from "../engine/engine.ts";
import type { RowSource } from "../engine/row-source.ts";
import { DeltaError } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { AddFile, Metadata } from "../protocol/actions.ts";
import { mappingModeOf, physicalNameOf } from "../protocol/column-mapping.ts";
import type { ColumnMappingMode } from "../protocol/column-mapping.ts";
import { encodeDataPath } from "../protocol/paths.ts";
import type { StructType } from "../protocol/schema.ts";
import { indexedColumns, readProperty, statisticsColumns } from "../protocol/table-properties.ts";
import { leafKey, serializeStatistics } from "../statistics/file-statistics.ts";
import type { StatisticsChoice } from "../statistics/file-statistics.ts";
import type { StagingArea } from "../store/object-store.ts";
import type { CommandContext } from "./command-context.ts";
import { keepingOnlyCommitted } from "./possibly-committed.ts";
import { assertYears } from "./plausible-years.ts";
import { rowRulesOf } from "./row-rules.ts";
import { ownMember } from "../own-members.ts";

/** What the data files of a table look like. */
export interface FileLayout {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly columnMapping: ColumnMappingMode;
  readonly rules: RowRules;
  readonly statistics: StatisticsChoice;
}

/** @param schema the table's when left out; another when the rows carry more, such as the kind of a change. */
export function layoutOf(metadata: Metadata, schema: StructType): FileLayout {
  return {
    schema,
    partitionColumns: metadata.partitionColumns,
    columnMapping: mappingModeOf(metadata),
    rules: rowRulesOf(metadata, schema),
    statistics: {
      indexedColumns: readProperty(metadata, indexedColumns),
      columns: readProperty(metadata, statisticsColumns),
    },
  };
}

/** Data files that are durable and that no log names yet. */
export interface NewFiles {
  readonly adds: readonly AddFile[];
  readonly rowCount: number;
  /** Bytes. */
  readonly size: number;
}

export interface WriteOptions {
  /** Where the rows are computed, when they come from the tables of a session. */
  readonly session?: EngineSession | undefined;
  /** Below the table's root: where the files go. */
  readonly subfolder?: string | undefined;
  /** Some of the rows lay in the table before: whatever another engine let into it may stay there. */
  readonly hasOldRows?: boolean | undefined;
}

/**
 * Writes rows as data files, makes them durable and hands them to the caller, who commits them; what was staged is
 * cleaned up behind it.
 */
export async function withNewFiles<Result>(
  context: CommandContext,
  source: RowSource,
  layout: FileLayout,
  use: (files: NewFiles) => Promise<Result>,
  { session, subfolder, hasOldRows = false }: WriteOptions = {},
): Promise<Result> {
  const write = (folder: string): Promise<readonly WrittenFile[]> =>
    (session ?? context.engine).writeFiles({ ...layout, rows: source, folder, subfolder });
  const useOnly = async ([files = noFiles]: readonly NewFiles[]): Promise<Result> => use(files);
  return withNewFileGroups(context, layout, [write], 1, useOnly, hasOldRows);
}

/**
 * What writing these rows would give, with all that can be wrong about them: for a dry run. The files are written where
 * the store never sees them, and are gone afterwards.
 */
export async function rehearseNewFiles(
  context: CommandContext,
  source: RowSource,
  layout: FileLayout,
  session: EngineSession | undefined,
): Promise<NewFiles> {
  const folder = await mkdtemp(join(tmpdir(), "delta-dry-run-"));
  try {
    const written = await (session ?? context.engine).writeFiles({ ...layout, rows: source, folder });
    return newFilesOf(filledFiles(written, layout, false), layout, context.now());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const noFiles: NewFiles = { adds: [], rowCount: 0, size: 0 };

/**
 * The same for several groups of files, each written by a function of its own into the folder that it is given.
 *
 * @param concurrency groups that are written at once.
 * @param hasOldRows see {@link WriteOptions}.
 */
export async function withNewFileGroups<Result>(
  context: CommandContext,
  layout: FileLayout,
  groups: readonly ((folder: string) => Promise<readonly WrittenFile[]>)[],
  concurrency: number,
  use: (files: readonly NewFiles[]) => Promise<Result>,
  hasOldRows = true,
): Promise<Result> {
  const staging = await context.store.openStaging();
  const written: WrittenFile[] = [];
  const discard = async (): Promise<void> => {
    const paths = written.map((file) => file.path);
    await staging.discard(paths);
    await context.store.deleteMany(paths);
  };
  try {
    return await keepingOnlyCommitted(discard, async () => {
      const files = await mapConcurrently(groups, concurrency, async (write) => {
        const group = await write(staging.folder);
        written.push(...group);
        return group;
      });
      await staging.discard(written.filter((file) => file.rowCount === 0).map((file) => file.path));
      return use(await publish(context, staging, files, layout, hasOldRows));
    });
  } finally {
    await staging.close();
  }
}

async function publish(
  context: CommandContext,
  staging: StagingArea,
  groups: readonly (readonly WrittenFile[])[],
  layout: FileLayout,
  hasOldRows: boolean,
): Promise<NewFiles[]> {
  const filled = groups.map((group) => filledFiles(group, layout, hasOldRows));
  await staging.publish(filled.flatMap((files) => files.map((file) => file.path)));
  const now = context.now();
  return filled.map((files) => newFilesOf(files, layout, now));
}

/** Files that hold rows, none of which is null where it must not be, or of a year that a log cannot name. */
function filledFiles(
  files: readonly WrittenFile[],
  layout: FileLayout,
  hasOldRows: boolean,
): readonly WrittenFile[] {
  const filled = files.filter((file) => file.rowCount > 0);
  assertNotNull(layout, filled);
  if (!hasOldRows) assertYears(layout, filled);
  return filled;
}

function newFilesOf(files: readonly WrittenFile[], layout: FileLayout, now: number): NewFiles {
  return {
    adds: files.map((file) => toAddFile(file, layout, now)),
    rowCount: files.reduce((total, file) => total + file.rowCount, 0),
    size: files.reduce((total, file) => total + file.size, 0),
  };
}

/** Rows from objects were checked on their way in; this catches what a query let through. */
function assertNotNull({ schema, columnMapping }: FileLayout, files: readonly WrittenFile[]): void {
  for (const member of schema.fields) {
    if (member.nullable) continue;
    const name = physicalNameOf(member, columnMapping);
    for (const file of files) {
      const nulls = file.columns.get(leafKey([name]))?.nullCount ?? 0;
      const isNullPartition = ownMember(file.partitionValues, name) === null;
      if (nulls > 0 || isNullPartition) {
        throw new DeltaError(
          "INVALID_VALUE",
          `"${member.name}" must not be null, and ${isNullPartition ? file.rowCount : nulls} rows have none`,
        );
      }
    }
  }
}

function toAddFile(file: WrittenFile, layout: FileLayout, now: number): AddFile {
  return {
    path: encodeDataPath(file.path),
    partitionValues: file.partitionValues,
    size: file.size,
    modificationTime: now,
    dataChange: true,
    stats: serializeStatistics(file.rowCount, layout, file.columns),
  };
}
