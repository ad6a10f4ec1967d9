import type { RejectionGate } from "../bronze/rejection-gate.ts";
import type { CommitTotals } from "../bronze/series-commits.ts";
import type { SeriesOutcome } from "./fetch/series-ingestion.ts";
import type { SeriesPlan } from "./fetch/series-plan.ts";
import type { ImportOutcome } from "./import/candle-import.ts";

export interface SeriesResult extends SeriesOutcome {
  readonly plan: SeriesPlan;
  readonly table: string;
}

export interface BackfillResult {
  readonly ingestionId: string;
  readonly series: readonly SeriesResult[];
  /** Whether few enough rows were rejected. */
  readonly gate: RejectionGate;
  readonly durationMs: number;
}

export interface RepairResult extends BackfillResult {
  /** What was not asked for, and why. */
  readonly notes: readonly string[];
  /** Gaps for which there was nobody to ask. */
  readonly gapsNotAskedFor: number;
}

export interface ImportResult extends CommitTotals, Omit<ImportOutcome, "totals"> {
  readonly ingestionId: string;
  readonly table: string;
  readonly gate: RejectionGate;
  readonly durationMs: number;
}
