import { randomUUID } from "node:crypto";

import { gateError } from "../../bronze/rejection-gate.ts";
import { importRecords } from "../../records/import-records.ts";
import type { RecordImportResult } from "../../records/import-records.ts";
import { describeError, sayReport } from "../error-report.ts";
import type { ImportRecordsOptions } from "../grammar/import-records.ts";
import { configuredSuite, gatesJson, gateTables, printGates } from "../ingestion-gate.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { countText } from "../output/count-text.ts";
import { duration } from "../output/progress-bar.ts";
import { sayError } from "../output/say.ts";
import { renderTable } from "../output/terminal-table.ts";
import { writeOut } from "../output/write-out.ts";
import { watched } from "../watched-run.ts";

/** `ffe import-records`: 1 when a file could not be read, too many records were rejected, or a gate is closed. */
export async function importRecordFiles(path: string, options: ImportRecordsOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "import-records" }, async (lakehouse) => {
    const { lake, deadLetters, clock, config } = lakehouse;
    const suite = options.dryRun === true ? undefined : configuredSuite(lakehouse, options.validate);
    const result = await watched(options, (progress, signal) =>
      importRecords(
        {
          path,
          dryRun: options.dryRun,
          signal,
          onProgress: ({ file, filesDone, filesTotal, recordsRead }) => {
            const doing = `reading ${file}`;
            progress.show({
              unit: "files",
              done: filesDone,
              total: filesTotal,
              rowsChecked: recordsRead,
              doing,
            });
          },
        },
        {
          lake,
          deadLetters,
          clock,
          ingestionId: randomUUID(),
          rejectedShareMax: config.dead_letter_queue.max_rejected_share,
        },
      ),
    );
    if (options.json !== true) await printResult(result, options, lakehouse);
    const added = result.kinds.filter(({ tableVersion }) => tableVersion !== undefined);
    const gates = await gateTables(
      lakehouse,
      added.map(({ table }) => table),
      suite,
    );
    const isOpen = result.gate.passed && gates.every(({ passed }) => passed);
    if (options.json === true) {
      const json = { ...resultJson(result, options), gate_passed: isOpen, quality: gatesJson(gates) };
      await writeOut(`${JSON.stringify(json, null, 2)}\n`);
    }
    await printGates(gates, lakehouse, options.json === true);
    for (const { file, reason } of result.failures)
      sayError(`Error: ${file} was not read: ${reason}. Fix that, then run the same command again.`);
    if (!result.gate.passed && options.json !== true) {
      const report = describeError(gateError(result.gate, true));
      sayReport(
        options.dryRun === true
          ? { ...report, nextStep: "This was a dry run: nothing was written." }
          : report,
      );
    }
    return isOpen && result.failures.length === 0 ? 0 : 1;
  });
}

function resultJson(
  result: RecordImportResult,
  options: ImportRecordsOptions,
): Readonly<Record<string, unknown>> {
  return {
    ...(options.dryRun === true ? { dry_run: true } : {}),
    ingestion_id: result.ingestionId,
    files_read: result.filesRead,
    files_failed: result.failures,
    other_files: result.otherFiles.length,
    records: result.kinds.map(({ kind, table, added, alreadyThere, rejected, tableVersion }) => ({
      kind,
      table,
      read: added + alreadyThere + rejected,
      added,
      already_there: alreadyThere,
      rejected,
      table_version: tableVersion ?? null,
    })),
    unknown_rejected: result.unknown,
    rows_ingested: sumOf(result, "added"),
    rows_unchanged: sumOf(result, "alreadyThere"),
    rows_rejected: result.gate.rowsRejected,
    rejected_share: result.gate.rejectedShare,
    reasons: result.gate.reasons,
    dead_letter_files: result.deadLetterPaths,
    duration_seconds: Math.round(result.durationMs) / 1000,
  };
}

function sumOf({ kinds }: RecordImportResult, name: "added" | "alreadyThere"): number {
  return kinds.reduce((sum, totals) => sum + totals[name], 0);
}

/** How many reasons are listed. */
const reasonsShownMax = 20;

async function printResult(
  result: RecordImportResult,
  options: ImportRecordsOptions,
  { deadLetters }: Lakehouse,
): Promise<void> {
  const { kinds, unknown, gate } = result;
  const isDry = options.dryRun === true;
  const rows: Readonly<Record<string, string | number>>[] = kinds.map(
    ({ kind, table, added, alreadyThere, rejected }) => ({
      records: kind,
      read: added + alreadyThere + rejected,
      added,
      "already there": alreadyThere,
      rejected,
      table,
    }),
  );
  if (unknown > 0)
    rows.push({
      records: "unknown",
      read: unknown,
      added: 0,
      "already there": 0,
      rejected: unknown,
      table: "",
    });
  await writeOut(
    `${isDry ? "A dry run, nothing was changed: " : ""}${countText(result.filesRead, "file")} read in ${duration(result.durationMs)}\n`,
  );
  if (rows.length > 0)
    await writeOut(
      `\n${renderTable(["records", "read", "added", "already there", "rejected", "table"], rows)}`,
    );
  if (result.otherFiles.length > 0)
    await writeOut(
      `\n${countText(result.otherFiles.length, "file")} of other kinds left alone, such as ${result.otherFiles[0] ?? ""}\n`,
    );
  if (gate.rowsRejected === 0) return;
  const kept = isDry ? "" : `, kept in ${deadLetters.path} (ffe dlq show)`;
  await writeOut(`\n${countText(gate.rowsRejected, "record")} rejected${kept}:\n`);
  await writeOut(
    renderTable(
      ["records", "reason"],
      gate.reasons.slice(0, reasonsShownMax).map(({ reason, rows: records }) => ({ records, reason })),
    ),
  );
  if (gate.reasons.length > reasonsShownMax)
    await writeOut(
      `and ${countText(gate.reasons.length - reasonsShownMax, "other reason")}: ffe dlq stats\n`,
    );
}
