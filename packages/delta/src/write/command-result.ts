import { flag, anyText } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";

/** What every command that changes a table takes. */
export interface ChangeOptions {
  /** Finds out what would be done and does nothing. */
  readonly dryRun?: boolean | undefined;
  /** Free text for the history. */
  readonly userMetadata?: string | undefined;
}

export const changeOptions: OptionTable<ChangeOptions> = { dryRun: flag, userMetadata: anyText };

/** What a command did to a table, or would do. */
export interface CommandResult {
  /** The version that it made; the one that it found when there was nothing to do or when it only was a dry run. */
  readonly version: number;
  /** Whether it made that version. */
  readonly isCommitted: boolean;
  /** Under the names of Spark's operation metrics: counts of files and rows, sizes in bytes, times in milliseconds. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Set when the table's rule asked for a checkpoint and writing it failed; the commit is safe. */
  readonly checkpointError?: Error;
}

/** Metrics as commits carry them. */
export function metricTexts(metrics: Readonly<Record<string, number>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)]));
}
