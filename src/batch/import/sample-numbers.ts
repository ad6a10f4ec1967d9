import { NumberSurvey, normalNumber } from "./number-format.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";

/** Reads the numbers of a file as its first records write them: with a decimal point or a comma. */
export function numberReader(
  table: RawTable,
  sample: readonly RawRecord[],
): (cell: string | undefined) => number {
  const survey = new NumberSurvey();
  for (const record of sample) for (const cell of record.slice(1)) survey.add(cell);
  const mark = survey.decide(table.delimiter);
  const decimal = typeof mark === "string" ? mark : ".";
  return (cell) => Number(normalNumber(cell ?? "", decimal) ?? Number.NaN);
}
