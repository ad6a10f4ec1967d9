import type { Engine } from "finance-feedback-delta";

import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { assertTimeframe } from "./bar-steps.ts";
import type { CandleShape, ShapeChoice } from "./candle-shape.ts";
import { withClearErrors } from "./clear-errors.ts";
import type { Part } from "./container.ts";
import { hasUnknownClock, isDayFirst } from "./file-clocks.ts";
import { isSame, pairNamed } from "./file-name.ts";
import type { CandleFile, CandleFileChoice, FileReading } from "./file-reading.ts";
import type { FileRecord } from "./file-record.ts";
import { leanChoice } from "./lean-files.ts";
import type { DecimalMark } from "./number-format.ts";
import { readingOfPairs, pairedNote } from "./paired-reading.ts";
import { tableOf } from "./raw-table-of-part.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";
import { RecordReader } from "./record-reader.ts";
import { surveyRecords } from "./record-survey.ts";
import { inOrder } from "./records-in-order.ts";
import { refused } from "./refused.ts";
import { shapeOf } from "./shape-of-file.ts";
import { unstackedByNames } from "./stacked-columns.ts";
import { decideFormat, decideZone } from "./time-decision.ts";
import type { TimeReading } from "./time-decision.ts";
import { plausibleRange } from "./time-survey.ts";
import { onlyReading } from "./zone-names.ts";

/** Records by which columns and layouts are told. */
const sampleRecordsMax = 1000;

/**
 * Looks at a whole file: what it is, which column is what, how its times and numbers are written. What cannot be told, or
 * can be told in two ways, is an error that says what to say; nothing is guessed.
 *
 * @throws IngestionError `INVALID_ARGUMENT`
 */
export async function surveyFile(
  engine: Engine,
  part: Part,
  asChosen: CandleFileChoice,
): Promise<CandleFile> {
  return withClearErrors(part, async () => {
    const choice = namedChoice(part.name, leanChoice(part.name, asChosen));
    const shapeChoice = shapeChoiceOf(choice);
    const table = unstackedByNames(await tableOf(engine, part, choice, shapeChoice));
    const sample = await sampleOf(table);
    if (sample.length === 0) throw refused(part.name, "there is no row in it");
    const shape = shapeOf(part.name, table, sample, shapeChoice);
    const isNamed = asChosen.assetPair === undefined && choice.assetPair !== undefined;
    const own = isNamed && hasSymbols(table, shape) ? { ...choice, assetPair: undefined } : choice;
    const survey = await surveyRecords(part, table, shape, own, shapeChoice);
    const decimalMark = choice.decimalMark ?? survey.numbers.decide(table.delimiter);
    if (typeof decimalMark !== "string")
      throw refused(
        part.name,
        `${decimalMark.question}. Say which mark is the decimal one, as in --decimal "," or --decimal "."`,
      );
    const evidence = {
      file: part.name,
      assetPair: choice.assetPair ?? survey.symbols.assetPairs[0],
      timeframe: choice.timeframe,
      timeZone: survey.timeZone,
      namedClocks: survey.namedClocks,
      decimalMark,
      isDayFirst: isDayFirst(table, shape),
      needsZone: choice.timeframe !== "1d" && hasUnknownClock(table, shape, choice),
    };
    const likelyZone = survey.timeZone ?? onlyReading(survey.namedClocks);
    const paired = await readingOfPairs(table, shape, survey, { ...evidence, timeZone: likelyZone });
    const tally = paired?.tally ?? decideFormat(survey.times, evidence);
    // How far bars lie apart any clock shows: whose it is need not be asked of a file of another timeframe.
    for (const firstTimes of tally.firstTimes.values())
      assertTimeframe(
        {
          file: part.name,
          timeframe: choice.timeframe,
          kind: survey.symbols.kind,
          insist: choice.insist === true,
          hasUnread: /\d/.test(survey.times.unreadable ?? ""),
        },
        firstTimes,
      );
    const times = { tally, ...decideZone(tally, { ...evidence, timeZone: paired?.zone ?? survey.timeZone }) };
    const reader = new RecordReader({ table, shape, choice, times, decimalMark, survey });
    const recordsOf = (): AsyncIterable<readonly FileRecord[]> => readRecords(table, reader);
    const reading = readingOf(part, table, shape, times, decimalMark, survey.rows);
    const relabelled = sample.slice(0, 20).flatMap((record) => relabelledNote(reader, record));
    const notes = [
      ...relabelled.slice(0, 1),
      ...(isNamed && own.assetPair !== undefined
        ? [`its name says that it is of ${own.assetPair.canonical}`]
        : []),
      ...pairedNote(table, shape, paired?.zone),
      ...survey.symbols.renamings.values(),
    ];
    return {
      reading: { ...reading, notes },
      plausible: plausibleRange(times.tally.years),
      assetPairs: survey.symbols.assetPairs,
      hasVolume: shape.indexes.volume !== undefined,
      namesSymbols: hasSymbols(table, shape),
      span: spanOf(times, choice.timeframe),
      records: () => inOrder(engine, recordsOf(), times, survey.rows, part),
    };
  });
}

function hasSymbols(table: RawTable, { indexes }: CandleShape): boolean {
  return indexes.symbol !== undefined || table.symbol !== undefined;
}

/**
 * Takes the asset from the file's name when neither the user nor the file says one.
 *
 * @throws IngestionError `INVALID_ARGUMENT` where the name says another one than the user.
 */
function namedChoice(file: string, choice: CandleFileChoice): CandleFileChoice {
  const { assetPair, spellings, insist } = choice;
  if (insist === true) return choice;
  const named = pairNamed(file, assetPair, spellings);
  if (named === undefined || (assetPair !== undefined && isSame(named, assetPair))) return choice;
  if (assetPair === undefined) return { ...choice, assetPair: named };
  throw refused(
    file,
    `its name says ${named.canonical}, and --asset says ${assetPair.canonical}. Give the --asset that it holds, leave --asset out to take what the names say, or say --insist if the name is wrong. Nothing was imported.`,
  );
}

function spanOf({ tally }: TimeReading, timeframe: Timeframe): TimeRange | undefined {
  const { firstMs, finalMs } = tally;
  return finalMs < firstMs ? undefined : { startMs: firstMs, endMs: finalMs + timeframeMs(timeframe) };
}

function shapeChoiceOf({ assetPair, columns, layout }: CandleFileChoice): ShapeChoice {
  const kind = assetPair?.kind;
  return {
    columns,
    layout,
    volumeOf: assetPair?.base,
    kind,
    mayLackVolume: kind === "fx" || kind === "index",
    mayBeScaled: kind === undefined || kind === "stock",
  };
}

async function sampleOf(table: RawTable): Promise<readonly RawRecord[]> {
  const sample: RawRecord[] = [];
  for await (const batch of table.records()) {
    sample.push(...batch.filter((record) => record.some((cell) => (cell ?? "").trim() !== "")));
    if (sample.length >= sampleRecordsMax) break;
  }
  return sample.slice(0, sampleRecordsMax);
}

/** What a daily bar is stored as that is labelled in its market's own way. */
function relabelledNote(reader: RecordReader, record: RawRecord): string[] {
  const label = reader.labelOf(record);
  if (label === undefined) return [];
  return [
    `days are labelled as their market does: ${label.text} is the bar of ${formatInstant(label.openMs).slice(0, 10)}`,
  ];
}

async function* readRecords(table: RawTable, reader: RecordReader): AsyncGenerator<readonly FileRecord[]> {
  for await (const batch of table.records()) {
    const records: FileRecord[] = [];
    for (const raw of batch) {
      const record = reader.read(raw);
      if (record !== undefined) records.push(record);
    }
    yield records;
  }
}

function readingOf(
  part: Part,
  table: RawTable,
  shape: CandleShape,
  times: TimeReading,
  decimalMark: DecimalMark,
  rows: number,
): FileReading {
  const columns = Object.entries(shape.indexes).map(([role, index]) => [
    role,
    table.names?.[index] ?? `column ${index}`,
  ]);
  return {
    file: part.name,
    kind: table.kind,
    columns: Object.fromEntries(columns),
    layout: shape.layout,
    timeFormat: times.tally.format.title,
    timeZone: times.zoneTitle,
    decimalMark,
    rows,
    notes: [],
  };
}
