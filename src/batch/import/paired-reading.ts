import type { CandleShape } from "./candle-shape.ts";
import { nameOf } from "./column-title.ts";
import type { RecordSurvey } from "./file-reading.ts";
import { PairedTimes } from "./paired-times.ts";
import type { RawTable } from "./raw-table.ts";
import { timeTextOf } from "./time-cells.ts";
import type { TimeEvidence } from "./time-decision.ts";
import type { FormatTally } from "./time-survey.ts";

/** How dates are written, and in which zone, as the epochs beside them tell. */
export async function readingOfPairs(
  table: RawTable,
  shape: CandleShape,
  { times, symbols }: RecordSurvey,
  evidence: TimeEvidence,
): Promise<{ readonly tally: FormatTally; readonly zone: string } | undefined> {
  const { epoch } = shape;
  if (epoch === undefined) return undefined;
  const most = Math.max(...times.tallies.map(({ fits }) => fits));
  const readings = times.tallies
    .filter(({ read, fits }) => read > 0 && fits * 2 >= most)
    .map((tally) => ({ tally, pairs: new PairedTimes(tally.format, evidence) }));
  const timeOf = timeTextOf(shape);
  for await (const batch of table.records()) {
    for (const record of batch) {
      const text = timeOf(record);
      if (text === undefined) continue;
      const assetPair = symbols.pairOfName(symbols.nameOf(record));
      const epochText = record[epoch]?.trim() ?? "";
      for (const { pairs } of readings) pairs.add({ text, epochText, assetPair });
    }
  }
  const [best] = readings.toSorted((one, other) => other.pairs.agreeingRows - one.pairs.agreeingRows);
  const zone = best?.pairs.decide(evidence.file, {
    time: nameOf(table, shape.indexes.date ?? shape.indexes.time),
    epoch: nameOf(table, epoch),
  });
  return best === undefined || zone === undefined ? undefined : { tally: best.tally, zone };
}

/** Tells the user that two columns of times agree, and in which zone. */
export function pairedNote(
  table: RawTable,
  { epoch, indexes }: CandleShape,
  zone: string | undefined,
): string[] {
  if (epoch === undefined || zone === undefined) return [];
  const time = nameOf(table, indexes.date ?? indexes.time);
  return [`each row's ${time} was held against its ${nameOf(table, epoch)}, in ${zone}`];
}
