import { randomUUID } from "node:crypto";
import { LakehouseError } from "finance-feedback-delta/contract";

import { replayDeadLetters } from "../../batch/replay/dead-letter-replay.ts";
import type { ReplayContext } from "../../batch/replay/dead-letter-replay.ts";
import { limitOverrides } from "../../config/limit-overrides.ts";
import type { DeadLetterFile } from "../../dead-letters/dead-letter.ts";
import type { ReplayResult } from "../../dead-letters/replay.ts";
import { tradeReplayer } from "../../streaming/replay/trade-replay.ts";
import { filesOf } from "../dead-letter-files.ts";
import { describeError, errorJson, sayReport } from "../error-report.ts";
import type { ReplayOptions } from "../grammar/dlq.ts";
import { configuredSuite, gatesJson, gateTables, printGates } from "../ingestion-gate.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { countText } from "../output/count-text.ts";
import { printTable } from "../output/print-list.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import { increase, ranked } from "../output/ranked-counts.ts";
import { say, sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { watched } from "../watched-run.ts";

/** `ffe dlq replay`: 1 when a file could not be replayed, or a gate is closed. */
export async function dlqReplay(names: readonly string[], options: ReplayOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "dlq replay" }, async (lakehouse) => {
    const suite = options.dryRun === true ? undefined : configuredSuite(lakehouse);
    const { files, unreadable } = await filesOf(lakehouse.deadLetters, names, options);
    const run = await replayAll(files, contextOf(lakehouse, options), options);
    const tables = run.results.flatMap(({ table }) => table ?? []);
    const gates = await gateTables(lakehouse, tables, suite);
    const failures: readonly unknown[] = [...unreadable, ...run.failures];
    if (options.json === true) {
      const dryRun = options.dryRun === true ? { dry_run: true } : {};
      const json = {
        ...dryRun,
        ...totalsOf(run.results),
        reasons: reasonsOf(run.results),
        notes: notesOf(run.results),
        failures: failures.map((error) => errorJson(describeError(error))),
        quality: gatesJson(gates),
      };
      await writeOut(`${JSON.stringify(json, null, 2)}\n`);
    } else await printResults(run.results, options);
    await printGates(gates, lakehouse, options.json === true);
    for (const error of failures) sayReport(describeError(error));
    const { filesLeft } = run;
    if (filesLeft > 0 && run.isStopped)
      sayError(
        `Stopped at your request; ${countText(filesLeft, "file")} left. The same command continues with them.`,
      );
    return failures.length === 0 && filesLeft === 0 && gates.every(({ passed }) => passed) ? 0 : 1;
  });
}

function contextOf(lakehouse: Lakehouse, { dryRun = false }: ReplayOptions): ReplayContext {
  const { deadLetters, lake, config, providers, clock } = lakehouse;
  const ingestionId = randomUUID();
  return {
    others: [tradeReplayer({ lake, deadLetters, clock, ingestionId, dryRun })],
    providers,
    limits: limitOverrides(config.ingestion),
    lake,
    deadLetters,
    clock,
    ingestionId,
    partitionPolicy: config.delta_lake.partition_granularity,
    dryRun,
  };
}

interface ReplayRun {
  readonly results: readonly ReplayResult[];
  /** The error of a file does not stop the others. Any other error does, and is reported last. */
  readonly failures: readonly unknown[];
  readonly filesLeft: number;
  readonly isStopped: boolean;
}

async function replayAll(
  files: readonly DeadLetterFile[],
  context: ReplayContext,
  options: ProgressOptions,
): Promise<ReplayRun> {
  const results: ReplayResult[] = [];
  const failures: unknown[] = [];
  return watched(options, async (progress, signal) => {
    let rowsChecked = 0;
    for (const [done, file] of files.entries()) {
      // Replayed rows have left the queue, and are reported; the others stay in it.
      if (signal.aborted) return { results, failures, filesLeft: files.length - done, isStopped: true };
      progress.show({
        unit: "files",
        done,
        total: files.length,
        rowsChecked,
        doing: `replaying ${file.name}`,
      });
      try {
        results.push(await replayDeadLetters(file, context));
      } catch (error) {
        failures.push(error);
        if (!isOfFile(error)) return { results, failures, filesLeft: files.length - done, isStopped: false };
      }
      rowsChecked += file.letter.records.length;
    }
    return { results, failures, filesLeft: 0, isStopped: false };
  });
}

function isOfFile(error: unknown): boolean {
  return (
    error instanceof LakehouseError && (error.code === "INVALID_ARGUMENT" || error.code === "NO_REPLAYER")
  );
}

function totalsOf(
  results: readonly ReplayResult[],
): Readonly<Record<"replayed" | "already_stored" | "still_rejected", number>> {
  const sum = (measure: (result: ReplayResult) => number): number =>
    results.reduce((total, result) => total + measure(result), 0);
  return {
    replayed: sum((result) => result.replayed),
    already_stored: sum((result) => result.alreadyStored),
    still_rejected: sum((result) => result.stillRejected),
  };
}

function reasonsOf(
  results: readonly ReplayResult[],
): { readonly reason: string; readonly records: number }[] {
  const reasons = new Map<string, number>();
  for (const result of results)
    for (const [reason, records] of result.reasons) increase(reasons, reason, records);
  return ranked(reasons).map(([reason, records]) => ({ reason, records }));
}

function notesOf(results: readonly ReplayResult[]): readonly string[] {
  return results.flatMap(({ notes = [] }) => notes);
}

async function printResults(results: readonly ReplayResult[], { dryRun }: ReplayOptions): Promise<void> {
  const totals = totalsOf(results);
  const would = dryRun === true ? "A dry run, nothing was changed: " : "";
  await writeOut(
    `${would}${countText(totals.replayed, "row")} moved into Bronze, ${totals.already_stored} there already, ${totals.still_rejected} still rejected\n`,
  );
  const byReason = reasonsOf(results);
  if (byReason.length > 0) {
    await writeOut("\n");
    await printTable(["records", "reason"], byReason);
  }
  for (const note of notesOf(results)) say(`Note: ${note}`);
}
