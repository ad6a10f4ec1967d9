import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { CandleShape, ShapeChoice } from "./candle-shape.ts";
import { nameOf } from "./column-title.ts";
import type { Part } from "./container.ts";
import { clocksOfColumns, zoneOfFile } from "./file-clocks.ts";
import type { CandleFileChoice, RecordSurvey } from "./file-reading.ts";
import { NumberSurvey } from "./number-format.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";
import { isOfOtherLength } from "./record-reader.ts";
import { refused } from "./refused.ts";
import { isHeader } from "./shape-by-names.ts";
import { SymbolReader } from "./symbol-reader.ts";
import { readerOfDay, timeTextOf } from "./time-cells.ts";
import { timeFormatOf } from "./time-format.ts";
import { TimeSurvey } from "./time-survey.ts";
import { TwinTimes } from "./twin-times.ts";
import { onlyReading } from "./zone-names.ts";

/**
 * Reads all records once: how their times and numbers are written, and whose candles they are.
 *
 * @throws IngestionError `INVALID_ARGUMENT` for a file of another timeframe, of two headers, or of times that disagree.
 */
export async function surveyRecords(
  part: Part,
  table: RawTable,
  shape: CandleShape,
  choice: CandleFileChoice,
  shapeChoice: ShapeChoice,
): Promise<RecordSurvey> {
  const namedClocks = clocksOfColumns(table, shape);
  const timeZone = choice.timeZone ?? zoneOfFile(table, choice, namedClocks);
  const likelyZone = timeZone ?? onlyReading(namedClocks);
  const numbers = new NumberSurvey();
  const symbols = new SymbolReader(part.name, table.symbol, shape, choice.assetPair, choice.spellings);
  const times = new TimeSurvey(formatsOf(part, choice), symbols.kind, choice.nowMs, likelyZone);
  const { open, high, low, close, volume } = shape.indexes;
  const priced = [open, high, low, close, volume].filter((index) => index !== undefined);
  const timeOf = timeTextOf(shape);
  const isHeaderAgain = (record: RawRecord): boolean => {
    const cells = record.map((cell) => cell ?? "");
    if (!isHeader(cells, shapeChoice)) return false;
    const [before, now] = [table.names ?? [], cells].map((all) =>
      all.map((name) => name.replace("\uFEFF", "").trim()).join(", "),
    );
    if (before === now) return true;
    if (table.names === undefined)
      throw refused(
        part.name,
        `it has rows before the line that names its columns (${now}): put that line first`,
      );
    throw refused(
      part.name,
      `its columns are (${before}), and further down (${now}): make two files of it. Nothing of it was imported`,
    );
  };
  let rows = 0;
  let otherLength: string | undefined;
  let isAnyWanted = false;
  const twins = new TwinTimes();
  for await (const batch of table.records()) {
    for (const record of batch) {
      const text = timeOf(record);
      if (isOfOtherLength(record, shape, choice.timeframe)) {
        rows += 1;
        otherLength ??= record[shape.barLength ?? -1];
        continue;
      }
      isAnyWanted = true;
      if (shape.twin !== undefined) twins.add(text ?? "", record[shape.twin]?.trim() ?? "");
      const isRead = text !== undefined && times.add(text, symbols.nameOf(record));
      if (!isRead && record.length > 1 && isHeaderAgain(record)) continue;
      rows += 1;
      if (numbers.isDecided) continue;
      for (const index of priced) numbers.add(record[index]);
    }
  }
  if (!isAnyWanted && otherLength !== undefined)
    throw refused(
      part.name,
      `its column ${nameOf(table, shape.barLength)} says ${otherLength}, and --timeframe says ${choice.timeframe}. Nothing was imported.`,
    );
  twins.assertAgree(part.name, {
    time: nameOf(table, shape.indexes.time),
    other: nameOf(table, shape.twin),
  });
  return { times, numbers, symbols, timeZone, namedClocks, rows, isHeaderAgain };
}

function formatsOf(
  part: Part,
  { timeFormat, layout }: CandleFileChoice,
): ConstructorParameters<typeof TimeSurvey>[0] {
  if (timeFormat !== undefined) {
    const format = timeFormatOf(timeFormat);
    if (format !== undefined) return [format];
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `"${timeFormat}" is not a known format of times: give s, ms, us, ns, excel, or a pattern such as %d/%m/%Y or %d.%m.%Y %H:%M`,
    );
  }
  const day = layout === "lean" ? readerOfDay(part.name) : undefined;
  return day === undefined ? undefined : [day];
}
