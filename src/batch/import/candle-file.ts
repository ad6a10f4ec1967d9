import { CsvError } from "csv-parse";
import type { Engine } from "finance-feedback-delta";

import type { AssetPair } from "../../market/asset-pair.ts";
import { usExchange } from "../../market/exchanges.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { arrowTable, isArrow } from "./arrow-file.ts";
import { assertTimeframe } from "./bar-steps.ts";
import { isHeader, shapeOf } from "./candle-shape.ts";
import type { CandleShape, ShapeChoice } from "./candle-shape.ts";
import type { Part } from "./container.ts";
import { delimitedTable } from "./delimited-table.ts";
import { candleFileFormats } from "./file-reading.ts";
import type { CandleFile, CandleFileChoice, FileReading, RecordSurvey } from "./file-reading.ts";
import { isSame, pairNamed } from "./file-name.ts";
import type { FileRecord } from "./file-record.ts";
import { jsonTable } from "./json-file.ts";
import { leanChoice } from "./lean-files.ts";
import { NumberSurvey } from "./number-format.ts";
import type { DecimalMark } from "./number-format.ts";
import { parquetTable } from "./parquet-file.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";
import { isOfOtherLength, RecordReader } from "./record-reader.ts";
import { unstackedByNames } from "./stacked-columns.ts";
import { sortedByTime } from "./sorted-bars.ts";
import { SymbolReader } from "./symbol-reader.ts";
import { PairedTimes } from "./paired-times.ts";
import { TwinTimes } from "./twin-times.ts";
import { decideFormat, decideZone } from "./time-decision.ts";
import type { TimeEvidence, TimeReading } from "./time-decision.ts";
import { readerOfDay, timeTextOf } from "./time-cells.ts";
import { timeFormatOf } from "./time-format.ts";
import { plausibleRange, TimeSurvey } from "./time-survey.ts";
import type { FormatTally } from "./time-survey.ts";
import { decodeText, encodingOf } from "./text-encoding.ts";
import { onlyReading, timeNameOf } from "./zone-names.ts";
import type { NamedClocks } from "./zone-names.ts";
import { ZipError } from "./zip-archive.ts";

/** Records by which columns and layouts are told. */
const sampleRecordsMax = 1000;
/** So many records are put in order in memory. */
const sortedInMemoryMax = 200_000;

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

async function tableOf(
  engine: Engine,
  part: Part,
  { format }: CandleFileChoice,
  shapeChoice: ShapeChoice,
): Promise<RawTable> {
  const start = part.head.subarray(0, 4).toString("latin1");
  if (format === "parquet" || (format === undefined && start === "PAR1")) return parquetTable(engine, part);
  if (format === "arrow" || (format === undefined && isArrow(part.head))) return arrowTable(part);
  const text = decodeText(part.head, encodingOf(part.head));
  if (format === "json" || (format === undefined && /^\s*[[{]/.test(text))) return jsonTable(part);
  const table = delimitedTable(part, (cells) => isHeader(cells, shapeChoice));
  if (table !== undefined) return table;
  const first = text.split("\n").find((line) => line.trim() !== "") ?? "";
  throw refused(
    part.name,
    `which column is the time, the open, the high, the low and the close? Its first lines are neither names of columns nor rows of numbers; say which is which, as in --columns time=NAME,open=NAME, or what the file is by --format ${candleFileFormats.join(", ")}. It begins: ${first.slice(0, 200)}`,
  );
}

async function sampleOf(table: RawTable): Promise<readonly RawRecord[]> {
  const sample: RawRecord[] = [];
  for await (const batch of table.records()) {
    sample.push(...batch.filter((record) => record.some((cell) => (cell ?? "").trim() !== "")));
    if (sample.length >= sampleRecordsMax) break;
  }
  return sample.slice(0, sampleRecordsMax);
}

async function surveyRecords(
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
      `"${timeFormat}" is no format of times that is known: s, ms, us, ns, excel, or a pattern such as %d/%m/%Y or %d.%m.%Y %H:%M`,
    );
  }
  const day = layout === "lean" ? readerOfDay(part.name) : undefined;
  return day === undefined ? undefined : [day];
}

/** What the names of the columns of times say of their clocks. */
function clocksOfColumns({ names }: RawTable, { indexes }: CandleShape): NamedClocks | undefined {
  const ofTime = timeNameOf(names?.[indexes.time ?? -1] ?? "").clocks;
  return ofTime ?? timeNameOf(names?.[indexes.date ?? -1] ?? "").clocks;
}

/** The zone that a file names for all its times, or that its kind has. */
function zoneOfFile(
  table: RawTable,
  { layout, assetPair }: CandleFileChoice,
  namedClocks: NamedClocks | undefined,
): string | undefined {
  if (table.timeZone !== undefined) return table.timeZone;
  if (namedClocks !== undefined) return undefined;
  if (layout === "lean") return leanZone(assetPair);
  // Eastern standard time the whole year.
  if (layout === "histdata") return "UTC-5";
  return layout === "cryptodatadownload" ? "UTC" : undefined;
}

/** LEAN keeps stocks of New York and cryptocurrencies in these zones, and other markets in zones of their own. */
function leanZone(assetPair: AssetPair | undefined): string | undefined {
  if (assetPair?.kind === "stock" && assetPair.exchange === usExchange) return "America/New_York";
  return assetPair?.kind === "crypto" || assetPair?.kind === "crypto_contract" ? "UTC" : undefined;
}

/** Exports of MetaTrader keep the time of a broker's server, LEAN's currencies that of the broker, others that of a desk. */
function hasUnknownClock(
  { names, delimiter }: RawTable,
  { layout, width }: CandleShape,
  choice: CandleFileChoice,
): boolean {
  // NinjaTrader writes the time of its user, and HistData that of New York without daylight saving: both just so.
  const isCompactText = names === undefined && delimiter === ";" && width === 6;
  return (
    isCompactText ||
    (choice.layout === "lean" && choice.assetPair?.kind === "fx") ||
    choice.layout === "metatrader" ||
    layout === "metatrader" ||
    names?.some((name) => name.trim().toUpperCase() === "<TICKVOL>") === true
  );
}

/** German exports, and those of Dukascopy, write days before months. */
function isDayFirst({ names }: RawTable, { indexes }: CandleShape): boolean {
  return /^(?:gmt time|local time|datum|zeit)$/i.test(
    (names?.[indexes.date ?? indexes.time ?? -1] ?? "").trim(),
  );
}

/** How dates are written, and in which zone, as the epochs beside them tell. */
async function readingOfPairs(
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

function nameOf(table: RawTable, place: number | undefined): string {
  return table.names?.[place ?? -1]?.trim() ?? `column ${place}`;
}

function pairedNote(table: RawTable, { epoch, indexes }: CandleShape, zone: string | undefined): string[] {
  if (epoch === undefined || zone === undefined) return [];
  const time = nameOf(table, indexes.date ?? indexes.time);
  return [`each row's ${time} was held against its ${nameOf(table, epoch)}, in ${zone}`];
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

async function* inOrder(
  engine: Engine,
  records: AsyncIterable<readonly FileRecord[]>,
  { tally }: TimeReading,
  rows: number,
  part: Part,
): AsyncGenerator<readonly FileRecord[]> {
  try {
    if (tally.isAscending) yield* records;
    else if (rows > sortedInMemoryMax) yield* sortedByTime(engine, records);
    else {
      const all: FileRecord[] = [];
      for await (const batch of records) all.push(...batch);
      const last = Number.POSITIVE_INFINITY;
      yield all.toSorted((one, other) => (one.openTimeMs ?? last) - (other.openTimeMs ?? last) || 0);
    }
  } catch (error) {
    throw clearError(part, error);
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

async function withClearErrors<Result>(part: Part, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw clearError(part, error);
  }
}

/** A compressed file that was cut off or damaged, or text that has no lines. */
function clearError(part: Part, error: unknown): unknown {
  const isPacked = error instanceof Error && "code" in error && /^(?:Z_|ZSTD_|ERR_)/.test(String(error.code));
  const isDamaged = error instanceof CsvError || error instanceof ZipError || isPacked;
  return isDamaged
    ? new IngestionError("INVALID_ARGUMENT", `${part.name} cannot be read: ${error.message}`, {
        cause: error,
      })
    : error;
}

function refused(file: string, why: string): IngestionError {
  return new IngestionError("INVALID_ARGUMENT", `${file}: ${why}`);
}
