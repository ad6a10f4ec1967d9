import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { EngineSession, RowRules, WrittenFile } from "../engine/engine.ts";
import type { RowSource } from "../engine/row-source.ts";
import { DeltaError } from "../errors.ts";
import type { AddFile, Metadata } from "../protocol/actions.ts";
import { mappingModeOf, physicalNameOf } from "../protocol/column-mapping.ts";
import type { ColumnMappingMode } from "../protocol/column-mapping.ts";
import { encodeDataPath } from "../protocol/paths.ts";
import type { StructType } from "../protocol/schema.ts";
import { indexedColumns, readProperty, statisticsColumns } from "../protocol/table-properties.ts";
import { leafKey, serializeStatistics } from "../statistics/file-statistics.ts";
import type { StatisticsChoice } from "../statistics/file-statistics.ts";
import type { CommandContext } from "../read/command-context.ts";
import { assertYears } from "./plausible-years.ts";
import { rowRulesOf } from "./constraints.ts";
import { hiddenYearRules } from "./type-constraints.ts";
import { ownMember } from "../contract/own-members.ts";

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
    const request = { ...layout, rules: withYearRules(layout), rows: source, folder };
    const written = await (session ?? context.engine).writeFiles(request);
    return newFilesOf(filledFiles(written, layout, false), layout, context.now());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The rules for rows that come from outside of the table. */
export function withYearRules({ rules, schema }: FileLayout): RowRules {
  const more = hiddenYearRules(schema);
  return more.length === 0 ? rules : { ...rules, checks: [...more, ...rules.checks] };
}

export const noFiles: NewFiles = { adds: [], rowCount: 0, size: 0 };

/** Files that hold rows, none of which is null where it must not be, or of a year that a log cannot name. */
export function filledFiles(
  files: readonly WrittenFile[],
  layout: FileLayout,
  hasOldRows: boolean,
): readonly WrittenFile[] {
  const filled = files.filter((file) => file.rowCount > 0);
  assertNotNull(layout, filled);
  if (!hasOldRows) assertYears(layout, filled);
  return filled;
}

export function newFilesOf(files: readonly WrittenFile[], layout: FileLayout, now: number): NewFiles {
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
          `"${member.name}" must not be null, and it is null in ${isNullPartition ? file.rowCount : nulls} rows`,
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
