import { DeltaError } from "finance-feedback-delta";
import type { DeltaTable } from "finance-feedback-delta";

import { formatTableName } from "../../storage/table-names.ts";
import { CommandError } from "../command-error.ts";
import { describeError, sayReport } from "../error-report.ts";
import type { CleanUpLogOptions, OptimizeOptions, VacuumOptions } from "../grammar/table-upkeep.ts";
import { isStopped } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printList } from "../output/print-list.ts";
import type { ChangingOptions } from "../grammar/options.ts";
import { whileDoing } from "../watched-run.ts";
import { tableCleanUpLog, tableOptimize, tableVacuum } from "./table-upkeep.ts";

/** Fewer small files than this are not worth a rewrite of the other files in their bins. */
const filesWorthJoining = 8;

/** `ffe table optimize` of one table, or of all */
export async function optimizeTables(name: string | undefined, options: OptimizeOptions): Promise<number> {
  const only = oneTable(name, options);
  if (only !== undefined && options.ifNeeded !== true) return tableOptimize(only, options);
  const { where, zorder, curve, targetSize, memory, full, dryRun } = options;
  return eachTable(only, "optimizing", { ...options, recordedAs: "table optimize" }, async (table) => {
    const columns = zorder === undefined ? undefined : await sortableColumns(table, zorder);
    if (columns?.length === 0) return { note: "it has none of these columns" };
    const choice = {
      where,
      zOrderBy: columns,
      curve,
      targetSizeBytes: targetSize,
      full,
      memoryBudgetBytes: memory,
    };
    if (options.ifNeeded === true) {
      const { metrics } = await table.optimize({ ...choice, dryRun: true });
      const files = metrics["numRemovedFiles"] ?? 0;
      if (files < filesWorthJoining) return { version: (await table.snapshot()).version, files_joined: 0 };
    }
    const { version, metrics } = await table.optimize({ ...choice, dryRun });
    return {
      version,
      files_joined: metrics["numRemovedFiles"] ?? 0,
      files_written: metrics["numAddedFiles"] ?? 0,
    };
  });
}

/** `ffe table vacuum` of one table, or of all */
export async function vacuumTables(name: string | undefined, options: VacuumOptions): Promise<number> {
  const only = oneTable(name, options);
  if (only !== undefined) return tableVacuum(only, options);
  const { retentionHours, lite = false, force, dryRun } = options;
  return eachTable(undefined, "vacuuming", { ...options, recordedAs: "table vacuum" }, async (table) => {
    const mode = lite ? "lite" : "full";
    const result = await table.vacuum({ retentionHours, allowShortRetention: force, dryRun, mode });
    return { files_deleted: result.files.length };
  });
}

/** `ffe table clean-up-log` of one table, or of all */
export async function cleanUpLogs(name: string | undefined, options: CleanUpLogOptions): Promise<number> {
  const only = oneTable(name, options);
  if (only !== undefined) return tableCleanUpLog(only, options);
  const { dryRun = false } = options;
  return eachTable(
    undefined,
    "cleaning up the log of",
    { ...options, recordedAs: "table clean-up-log" },
    async (table) => {
      const { filesDeleted, refusal } = await table.cleanUpLog({ dryRun });
      return { files_deleted: filesDeleted, note: refusal ?? null };
    },
  );
}

/** @returns `undefined` for all tables. */
function oneTable(name: string | undefined, { all = false }: { readonly all?: boolean }): string | undefined {
  if (all === (name !== undefined))
    throw new CommandError(
      "INVALID_ARGUMENT",
      all ? "Give a table or --all, not both" : "Name a table, or give --all",
    );
  return name;
}

/** Works on one table after the other, also after a failure. */
async function eachTable(
  only: string | undefined,
  doing: string,
  options: ChangingOptions & { readonly recordedAs: string },
  work: (table: DeltaTable) => Promise<Readonly<Record<string, unknown>>>,
): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const tables =
      only === undefined
        ? (await lake.listTables()).map((name) => ({
            name: formatTableName(name),
            open: async () => lake.tableIn(name),
          }))
        : [{ name: only, open: () => lake.existingTable(only) }];
    const rows: Readonly<Record<string, unknown>>[] = [];
    const errors: unknown[] = [];
    for (const { name, open } of tables) {
      if (isStopped()) break;
      try {
        const done = await whileDoing(`${doing} ${name}`, options, async () => work(await open()));
        rows.push({ table: name, ...done });
      } catch (error) {
        if (!(error instanceof DeltaError) || isStopped()) throw error;
        errors.push(error);
        rows.push({ table: name, note: error.message });
      }
    }
    const columns = [
      "table",
      ...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => key !== "table"))),
    ];
    await printList(columns, rows, options.json === true, { optional: ["note"] });
    for (const error of errors) sayReport(describeError(error));
    return errors.length === 0 ? 0 : 1;
  });
}

/** Those of the columns that the table has, and is not partitioned by. */
async function sortableColumns(table: DeltaTable, wanted: readonly string[]): Promise<readonly string[]> {
  const { schema, partitionColumns } = await table.snapshot();
  const names = new Set(schema.fields.map(({ name }) => name));
  return wanted.filter((name) => names.has(name) && !partitionColumns.includes(name));
}
