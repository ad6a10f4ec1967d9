import { DeltaError, DeltaTable } from "finance-feedback-delta";

import { parseInstant } from "../../market/time-range.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printFacts, printResult } from "../output/print-result.ts";
import { say, sayError } from "../output/say.ts";
import type { ChangingOptions } from "../grammar/options.ts";
import { whileDoing } from "../watched-run.ts";
import type {
  CheckpointOptions,
  ConvertOptions,
  OptimizeOptions,
  RepairOptions,
  RestoreOptions,
  VacuumOptions,
} from "../grammar/table-upkeep.ts";
import { parseColumn } from "./table-alteration.ts";

/** `ffe table optimize` */
export async function tableOptimize(name: string, options: OptimizeOptions): Promise<number> {
  const { where, zorder, curve, targetSize, memory, full, dryRun } = options;
  return withLakehouse({ ...options, recordedAs: "table optimize" }, async ({ lake }) => {
    const choice = { where, zorderColumns: zorder, curve, targetSizeBytes: targetSize, full, dryRun };
    const result = await whileDoing(`optimizing ${name}`, options, () =>
      lake.optimizeTable({ tableName: name, memoryBudgetBytes: memory, ...choice }),
    );
    await printResult("Files optimized", result, options);
    return 0;
  });
}

/** `ffe table vacuum` */
export async function tableVacuum(name: string, options: VacuumOptions): Promise<number> {
  const { retentionHours, lite = false, force, dryRun } = options;
  return withLakehouse({ ...options, recordedAs: "table vacuum" }, async ({ lake }) => {
    const choice = { retentionHours, allowShortRetention: force, dryRun };
    const result = await whileDoing(`vacuuming ${name}`, options, () =>
      lake.vacuumTable({ tableName: name, mode: lite ? "lite" : "full", ...choice }),
    );
    const verb = dryRun === true ? "would be deleted" : "deleted";
    await printFacts(
      `${result.files.length} ${result.files.length === 1 ? "file" : "files"} ${verb}`,
      { dry_run: dryRun === true, files: result.files, metrics: result.metrics },
      result.metrics,
      options,
    );
    return 0;
  });
}

/** `ffe table restore` */
export async function tableRestore(name: string, options: RestoreOptions): Promise<number> {
  const { version, asOf, ignoreMissingFiles, dryRun } = options;
  if (version === undefined && asOf === undefined)
    throw new DeltaError("INVALID_ARGUMENT", "Say which version to restore: --version or --as-of");
  return withLakehouse({ ...options, recordedAs: "table restore" }, async ({ lake }) => {
    const asOfTimestamp = asOf === undefined ? undefined : new Date(parseInstant(asOf));
    const choice = { version, asOfTimestamp, ignoreMissingFiles, dryRun };
    const result = await whileDoing(`restoring ${name}`, options, () =>
      lake.restoreTable({ tableName: name, ...choice }),
    );
    await printResult("Table restored", result, options);
    return 0;
  });
}

/** `ffe table checkpoint` */
export async function tableCheckpoint(name: string, options: CheckpointOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "table checkpoint" }, async ({ lake }) => {
    const result = await whileDoing(`writing a checkpoint of ${name}`, options, async () =>
      (await lake.existingTable(name)).checkpoint(),
    );
    await printFacts(`Checkpoint of version ${result.version} written`, { ...result }, {}, options);
    return 0;
  });
}

/** `ffe table clean-up-log` */
export async function tableCleanUpLog(name: string, options: ChangingOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "table clean-up-log" }, async ({ lake }) => {
    const { dryRun = false } = options;
    const result = await whileDoing(`cleaning up the log of ${name}`, options, async () =>
      (await lake.existingTable(name)).cleanUpLog({ dryRun }),
    );
    const count = result.filesDeleted;
    const what = `${count} log ${count === 1 ? "file" : "files"} ${dryRun ? "would be deleted" : "deleted"}`;
    const why = result.refusal === undefined ? "" : `: ${result.refusal}`;
    const facts = {
      dry_run: dryRun,
      refusal: result.refusal ?? null,
      cutoff: result.cutoff.toISOString(),
      oldest_version: result.oldestVersion ?? null,
      files_deleted: count,
      commits_deleted: result.commitsDeleted,
      checkpoint_files_deleted: result.checkpointFilesDeleted,
    };
    await printFacts(`${what}${why}`, facts, {}, options);
    return 0;
  });
}

/** `ffe table repair` */
export async function tableRepair(name: string, options: RepairOptions): Promise<number> {
  if (options.log === true) return tableRepairLog(name, options);
  return withLakehouse({ ...options, recordedAs: "table repair" }, async ({ lake }) => {
    const { dryRun, lostVectors: removeFilesOfLostVectors, damagedFiles: removeDamagedFiles } = options;
    const table = await lake.existingTable(name);
    const result = await whileDoing(`looking for the files of ${name}`, options, () =>
      table.repair({ dryRun, removeFilesOfLostVectors, removeDamagedFiles }),
    );
    await printResult("Lost files removed", result, options, {
      missing_files: result.missingFiles,
      lost_vectors: result.lostVectors.map(({ dataFile, vectorFile }) => ({
        data_file: dataFile,
        vector_file: vectorFile,
      })),
      damaged_files: result.damagedFiles,
    });
    const lost = removeFilesOfLostVectors === true ? 0 : result.lostVectors.length;
    const damaged = removeDamagedFiles === true ? 0 : result.damagedFiles.length;
    if (lost > 0)
      sayError(
        `The deletion ${lost === 1 ? "vector of 1 file is" : `vectors of ${lost} files are`} lost, so it is not known which rows were deleted. --lost-vectors removes such files with all their rows.`,
      );
    if (damaged > 0)
      sayError(
        `${damaged === 1 ? "1 file has" : `${damaged} files have`} another size than the log says. Bring them back from a backup, or remove them from the table with --damaged-files.`,
      );
    return lost + damaged === 0 ? 0 : 1;
  });
}

async function tableRepairLog(name: string, options: RepairOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "table repair" }, async ({ lake }) => {
    const table = await lake.existingTable(name);
    const result = await whileDoing(`reading the log of ${name}`, options, () =>
      table.repairLog({ dryRun: options.dryRun }),
    );
    const done = `Log repaired: the table is what it was at version ${result.readableVersion}`;
    await printResult(done, result, options, {
      readable_version: result.readableVersion,
      lost_versions: result.lostVersions,
      set_aside: result.setAside,
    });
    if (options.json !== true) for (const path of result.setAside) say(`Copied: ${table.store.uri}/${path}`);
    return 0;
  });
}

/** `ffe table convert` */
export async function tableConvert(folder: string, options: ConvertOptions): Promise<number> {
  const partitionBy = options.partitionBy?.map(parseColumn);
  return withLakehouse(options, async ({ lake }) => {
    const result = await whileDoing(`converting ${folder}`, options, () =>
      DeltaTable.convert(folder, { engine: lake.engine, partitionBy, dryRun: options.dryRun }),
    );
    await printResult("Folder converted", result, options);
    return 0;
  });
}
