import { describeSnapshot, describeType } from "finance-feedback-delta";
import { jsonReady } from "finance-feedback-delta/contract";

import { parseInstant } from "../../market/time-range.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printList } from "../output/print-list.ts";
import { renderTable } from "../output/terminal-table.ts";
import { sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import type { CommonOptions, VersionOptions } from "../grammar/options.ts";
import type { HistoryOptions } from "../grammar/table-reading.ts";
import { sizes, summarizeTables, tableColumns } from "../table-summary.ts";

/** `ffe table list` */
export async function tableList(options: CommonOptions): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const tables = await summarizeTables(lake);
    if (tables.length === 0 && options.json !== true) {
      await writeOut(`There is no table in ${lake.storagePath} yet. Try: npx ffe quickstart\n`);
    } else {
      await printList(tableColumns, tables, options.json === true);
    }
    const damaged = tables.filter((table) => table.error !== null);
    for (const table of damaged) sayError(`${table.table} cannot be read: ${String(table.error)}`);
    return damaged.length > 0 ? 1 : 0;
  });
}

/** The last ones: where partitions are dates, the newest. */
const partitionsShownMax = 20;

/** `ffe table show` */
export async function tableShow(name: string, options: VersionOptions): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const table = await lake.existingTable(name);
    const snapshot = await table.snapshot({
      version: options.version,
      asOfTimestamp: options.asOf === undefined ? undefined : new Date(parseInstant(options.asOf)),
    });
    const description = describeSnapshot(snapshot);
    const columns = snapshot.schema.fields.map((member) => ({
      column: member.name,
      type: describeType(member.type),
      nullable: member.nullable,
      partition: snapshot.partitionColumns.includes(member.name),
    }));
    const facts = {
      table: name,
      location: table.store.uri,
      description: description.description ?? null,
      ...sizes(snapshot),
      file_sizes: description.fileSizes ?? null,
      files_with_statistics: description.filesWithStatistics,
      deletion_vectors: description.numDeletionVectors,
      deleted_rows: description.numDeletedRows,
      partition_columns: description.partitionColumns,
      properties: description.properties,
      min_reader_version: description.minReaderVersion,
      min_writer_version: description.minWriterVersion,
      table_features: description.tableFeatures,
    };
    const partitions = description.partitions.map(({ values, numFiles, sizeInBytes }) => ({
      ...values,
      files: numFiles,
      bytes: sizeInBytes,
    }));
    if (options.json === true) {
      await writeOut(
        `${JSON.stringify({ ...facts, columns, partitions: description.partitions }, null, 2)}\n`,
      );
      return 0;
    }
    const rows = Object.entries(facts).map(([fact, value]) => ({ fact, value: textOf(value) }));
    await writeOut(`${renderTable(["fact", "value"], rows)}\n`);
    await writeOut(renderTable(["column", "type", "nullable", "partition"], columns));
    if (description.partitionColumns.length > 0) {
      const shown = partitions.slice(-partitionsShownMax);
      const rest = partitions.length - shown.length;
      await writeOut(`\n${renderTable([...description.partitionColumns, "files", "bytes"], shown)}`);
      if (rest > 0) await writeOut(`... and ${rest} more partitions before these (--json shows all)\n`);
    }
    return 0;
  });
}

/** `ffe table history` */
export async function tableHistory(name: string, options: HistoryOptions): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const entries = await lake.getTableHistory(name, options.limit);
    const rows = entries.map((entry) => ({
      version: entry.version,
      timestamp: jsonReady(entry.timestamp),
      operation: entry.operation ?? null,
      operation_parameters: entry.operationParameters,
      operation_metrics: entry.operationMetrics,
      rows: numberOf(entry.operationMetrics["numOutputRows"]),
      read_version: entry.readVersion ?? null,
      isolation_level: entry.isolationLevel ?? null,
      is_blind_append: entry.isBlindAppend ?? null,
      engine_info: entry.engineInfo ?? null,
      user_metadata: entry.userMetadata ?? null,
    }));
    await printList(
      ["version", "timestamp", "operation", "rows", "user_metadata", "engine_info"],
      rows,
      options.json === true,
    );
    return 0;
  });
}

function numberOf(metric: string | undefined): number | null {
  return metric === undefined ? null : Number(metric);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([key, entry]) => `${key}=${textOf(entry)}`)
      .join(", ");
  }
  return value === null ? "" : JSON.stringify(value);
}
