/**
 * What a command counts, and the one commit at its end that brings it into `ops.pipeline_metrics`. What is guaranteed:
 * - A row of data is counted only after the commit that has it.
 * - Counting never changes the outcome of a command: when counting fails, the caller learns why.
 * - A later command writes the counts of a killed command to the lake, once.
 */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";

import { quoteText } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { addMissingColumns } from "../../storage/missing-columns.ts";
import { formatTableName } from "../../storage/table-names.ts";
import { pipelineMetrics } from "../../tables/pipeline-metrics.ts";
import { metrics } from "../metrics/definitions.ts";
import { SeriesTotals } from "../metrics/series-value.ts";
import type { SeriesValue } from "../metrics/series-value.ts";
import { countEvents } from "./event-counts.ts";
import { Journal, killedRuns, removeJournal } from "./journal.ts";
import type { KilledRun } from "./journal.ts";
import { metricRows } from "./metric-rows.ts";
import type { CommandStatus, RecordedRun } from "./metric-rows.ts";

export interface RecordingOptions {
  readonly lake: DeltaLakeManager;
  /** The folder of journals. */
  readonly journalPath: string;
  /** The command's name, such as `backfill`. */
  readonly command: string;
  /** The pipeline's run that it is part of. */
  readonly run?: Pick<RecordedRun, "runId" | "pipeline" | "task" | "try"> | undefined;
  readonly clock: Pick<Clock, "now">;
}

/** The command in the rows of a program's own counts. */
export const programCommand = "program";

export const metricsTable: string = formatTableName(pipelineMetrics);

/** Counts the events of this process until it is closed. */
export class Recording {
  readonly #options: RecordingOptions;
  readonly #run: RecordedRun;
  readonly #counts = new SeriesTotals();
  readonly #journal: Journal;
  readonly #stop: () => void;

  constructor(options: RecordingOptions) {
    const { lake, journalPath, command, run, clock } = options;
    this.#options = options;
    this.#run = { ...run, recordingId: randomUUID(), command, startedAtMs: clock.now() };
    this.#journal = new Journal(journalPath, placeOf(lake.storagePath), this.#run);
    this.#stop = countEvents((values) => this.#count(values));
  }

  /**
   * Writes what was counted to the lake, in one commit, with what killed commands left.
   *
   * @param status how the command ended.
   * @returns why it could not be written; `undefined` when it is.
   */
  async close(status: CommandStatus): Promise<Error | undefined> {
    this.#stop();
    const { lake, journalPath, clock } = this.#options;
    try {
      // A command that did nothing, for instance for a wrong argument, makes no lake.
      if (this.#counts.isEmpty && !(await lake.table(metricsTable).exists())) return undefined;
      this.#count([commandRun(this.#run.command, status)]);
      const killed = await unrecorded(lake, killedRuns(journalPath, placeOf(lake.storagePath)));
      await appendRows(lake, [
        ...metricRows(this.#run, this.#counts, { status, endedAtMs: clock.now() }),
        ...killed.flatMap(killedRows),
      ]);
      this.#journal.remove();
      for (const { path } of killed) removeJournal(path);
      return undefined;
    } catch (error) {
      this.#journal.close();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #count(values: readonly SeriesValue[]): void {
    if (values.length === 0) return;
    for (const value of values) this.#counts.add(value);
    this.#journal.note(values);
  }
}

/** Adds rows of counts in one commit, which makes the table when there is none. */
export async function appendRows(lake: DeltaLakeManager, rows: readonly Row[]): Promise<void> {
  await addMissingColumns(lake.table(metricsTable), pipelineMetrics);
  await lake.createOrUpdateTable({ tableName: metricsTable, rows: { rows } });
}

function commandRun(command: string, status: CommandStatus): SeriesValue {
  return { definition: metrics.commandRuns, labels: { command, status }, value: 1 };
}

function killedRows({ run, values, endedAtMs }: KilledRun): Row[] {
  // A program that left its counts may have ended well.
  if (run.command === programCommand) return metricRows(run, values, { status: "success", endedAtMs });
  values.add(commandRun(run.command, "killed"));
  return metricRows(run, values, { status: "killed", endedAtMs });
}

/** The killed commands whose counts are not in the lake: one may have died between its commit and the end of its journal. */
async function unrecorded(lake: DeltaLakeManager, killed: readonly KilledRun[]): Promise<KilledRun[]> {
  if (killed.length === 0 || !(await lake.table(metricsTable).exists())) return [...killed];
  const ids = killed.map(({ run }) => quoteText(run.recordingId)).join(", ");
  const answer = await lake.query(
    `SELECT DISTINCT recording_id FROM ${metricsTable} WHERE recording_id IN (${ids})`,
  );
  const known = new Set((await answer.rows()).map((row) => row["recording_id"]));
  for (const { path, run } of killed) if (known.has(run.recordingId)) removeJournal(path);
  return killed.filter(({ run }) => !known.has(run.recordingId));
}

/** The same lake has the same place, from wherever a command is called. */
export function placeOf(storagePath: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(storagePath) ? storagePath : resolve(storagePath);
}
