import type { WrittenFile } from "../engine/engine.ts";
import type { RowSource } from "../engine/row-source.ts";
import { DeltaError } from "../errors.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { AddFile } from "../protocol/actions.ts";
import { encodeDataPath } from "../protocol/paths.ts";
import type { StructType } from "../protocol/schema.ts";
import { defaultIndexedColumns, leafKey, serializeStatistics } from "../statistics/file-statistics.ts";
import type { StagingArea } from "../store/object-store.ts";
import type { CommandContext } from "./command-context.ts";

/** What the data files of a table look like. */
export interface FileLayout {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** Leading columns that get statistics; -1 for all. */
  readonly indexedColumns: number;
}

export function layoutOf(snapshot: Snapshot): FileLayout {
  const configured = Number(snapshot.metadata.configuration["delta.dataSkippingNumIndexedCols"]);
  return {
    schema: snapshot.schema,
    partitionColumns: snapshot.partitionColumns,
    indexedColumns: Number.isInteger(configured) ? configured : defaultIndexedColumns,
  };
}

/** Data files that are durable and that no log names yet. */
export interface NewFiles {
  readonly adds: readonly AddFile[];
  readonly rowCount: number;
  /** Bytes. */
  readonly size: number;
  /** Deletes them again: only for when it is certain that no log names them. */
  discard(): Promise<void>;
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
): Promise<Result> {
  const staging = await context.store.openStaging();
  try {
    const { schema, partitionColumns } = layout;
    const written = await context.engine.writeFiles({
      rows: source,
      schema,
      partitionColumns,
      folder: staging.folder,
    });
    return await use(await publish(context, staging, written, layout));
  } finally {
    await staging.close();
  }
}

async function publish(
  context: CommandContext,
  staging: StagingArea,
  written: readonly WrittenFile[],
  layout: FileLayout,
): Promise<NewFiles> {
  const files = written.filter((file) => file.rowCount > 0);
  const discard = async (): Promise<void> => {
    await staging.discard(written.map((file) => file.path));
    for (const file of files) await context.store.delete(file.path);
  };
  try {
    assertNotNull(layout.schema, files);
    await staging.publish(files.map((file) => file.path));
    await staging.discard(written.filter((file) => file.rowCount === 0).map((file) => file.path));
  } catch (error) {
    await discard().catch(() => {});
    throw error;
  }
  const now = context.now();
  return {
    adds: files.map((file) => toAddFile(file, layout, now)),
    rowCount: files.reduce((total, file) => total + file.rowCount, 0),
    size: files.reduce((total, file) => total + file.size, 0),
    discard,
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

function toAddFile(file: WrittenFile, layout: FileLayout, now: number): AddFile {
  const { schema, partitionColumns, indexedColumns } = layout;
  return {
    path: encodeDataPath(file.path),
    partitionValues: file.partitionValues,
    size: file.size,
    modificationTime: now,
    dataChange: true,
    stats: serializeStatistics(file.rowCount, schema, partitionColumns, file.columns, indexedColumns),
  };
}
