import type { AssetPair } from "../../market/asset-pair.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { notComplete } from "../../bronze/row-checks.ts";
import type { CandleFileChoice, RecordSurvey } from "./file-reading.ts";
import type { CandleShape } from "./candle-shape.ts";
import { barDurations } from "./bar-durations.ts";
import { dailyOpen } from "./daily-open.ts";
import type { FileRecord } from "./file-record.ts";
import { instantsOf, isTimeZone } from "./local-time.ts";
import { isMissing, isMissingVolume, normalNumber, normalVolume } from "./number-format.ts";
import type { DecimalMark } from "./number-format.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";
import { epochInstant, isEpochOfToday, pairedFlaw } from "./paired-times.ts";
import { timeTextOf } from "./time-cells.ts";
import type { TimeReading } from "./time-decision.ts";
import { saySame } from "./twin-times.ts";
import { dayMs } from "../../market/durations.ts";

const yearMs = 365 * dayMs;

export interface ReaderContext {
  readonly table: RawTable;
  readonly shape: CandleShape;
  readonly choice: CandleFileChoice;
  readonly times: TimeReading;
  readonly decimalMark: DecimalMark;
  readonly survey: RecordSurvey;
}

/** Turns the cells of records into times and numbers, as was decided for the whole file. */
export class RecordReader {
  readonly #context: ReaderContext;
  readonly #timeOf: (record: RawRecord) => string | undefined;
  readonly #pairs: ReadonlyMap<string, AssetPair>;
  readonly #seen = new Map<string, number>();
  readonly #isScaled: boolean;

  constructor(context: ReaderContext) {
    this.#context = context;
    this.#timeOf = timeTextOf(context.shape);
    this.#pairs = new Map(context.survey.symbols.assetPairs.map((pair) => [pair.canonical, pair]));
    // LEAN keeps prices of stocks as whole numbers of a hundredth of a cent.
    this.#isScaled = context.choice.layout === "lean" && context.choice.assetPair?.kind === "stock";
  }

  /** The record; `undefined` of an empty line, and of the header again. */
  read(raw: RawRecord): FileRecord | undefined {
    const { shape, survey } = this.#context;
    const { indexes, width } = shape;
    const text = this.#timeOf(raw);
    if (text === undefined && raw.every((cell) => (cell ?? "").trim() === "")) return undefined;
    const symbol = survey.symbols.nameOf(raw);
    const epochText = shape.epoch === undefined ? undefined : (raw[shape.epoch]?.trim() ?? "");
    const time = text === undefined ? undefined : this.#instantOf(text, symbol, epochText);
    if (time === undefined && raw.length > 1 && survey.isHeaderAgain(raw)) return undefined;
    const record: FileRecord = {
      symbol,
      openTimeMs: typeof time === "number" ? time : undefined,
      time: text,
      open: this.#priceOf(raw[indexes.open ?? -1]),
      high: this.#priceOf(raw[indexes.high ?? -1]),
      low: this.#priceOf(raw[indexes.low ?? -1]),
      close: this.#priceOf(raw[indexes.close ?? -1]),
      volume: this.#volumeOf(raw[indexes.volume ?? -1]),
    };
    const reason =
      (raw.length === width ? undefined : widthFlaw(raw, width)) ??
      survey.symbols.flawOf(raw) ??
      (isOfOtherLength(raw, shape, this.#context.choice.timeframe)
        ? `its timeframe is ${raw[shape.barLength ?? -1]}, not ${this.#context.choice.timeframe}`
        : undefined) ??
      (typeof time === "string" ? time : undefined) ??
      this.#pairedFlawOf(epochText, time, symbol) ??
      (shape.twin !== undefined && saySame(text ?? "", raw[shape.twin]?.trim() ?? "") === false
        ? "its two times disagree"
        : undefined) ??
      (isIncomplete(raw[indexes.complete ?? -1]) ? notComplete : undefined);
    return reason === undefined ? record : { ...record, flaw: { reason, record: JSON.stringify(raw) } };
  }

  /** The label of a daily bar and the day that it is, where the label is no midnight of UTC. */
  labelOf(raw: RawRecord): { readonly text: string; readonly openMs: number } | undefined {
    const { times, choice, survey } = this.#context;
    const text = this.#timeOf(raw);
    const time = text === undefined ? undefined : times.tally.format.read(text);
    const pair = this.#pairs.get(survey.symbols.nameOf(raw));
    const zone = time?.zone ?? times.timeZone;
    if (choice.timeframe !== "1d" || text === undefined || time === undefined || pair === undefined)
      return undefined;
    const [instant] =
      typeof zone === "number"
        ? [time.wallMs - zone]
        : zone !== undefined && isTimeZone(zone)
          ? instantsOf(zone, time.wallMs)
          : [];
    if (instant === undefined) return undefined;
    const openMs = dailyOpen(pair, instant, time.wallMs);
    return openMs === instant ? undefined : { text, openMs };
  }

  /** Milliseconds since the epoch; a text says why the time is refused, `undefined` that it cannot be read. */
  #instantOf(text: string, symbol: string, epochText?: string): number | string | undefined {
    const { times, choice } = this.#context;
    const time = times.tally.format.read(text);
    if (time === undefined) return undefined;
    if (times.tally.format.isEpoch && isOfOtherUnit(text, time.wallMs, choice.nowMs))
      return `implausible time: it is in another unit than ${times.tally.format.title}, as the file's other times are`;
    const zone = time.zone ?? times.timeZone;
    if (zone === undefined) return "the time names no zone, and the others of its file do";
    const instant =
      typeof zone === "number"
        ? time.wallMs - zone
        : (this.#pairedInstant(zone, time.wallMs, epochText) ??
          this.#localInstant(zone, time.wallMs, symbol));
    const pair = this.#pairs.get(symbol);
    if (choice.timeframe !== "1d" || typeof instant !== "number" || pair === undefined) return instant;
    return dailyOpen(pair, instant, time.wallMs);
  }

  /** Beside an epoch, also the hour that comes twice is certain. */
  #pairedInstant(zone: string, wallMs: number, epochText: string | undefined): number | undefined {
    const epochMs = epochText === undefined ? undefined : epochInstant(epochText);
    if (epochMs === undefined || !isTimeZone(zone)) return undefined;
    return instantsOf(zone, wallMs).find((instantMs) => instantMs === epochMs);
  }

  #pairedFlawOf(
    epochText: string | undefined,
    openTimeMs: number | string | undefined,
    symbol: string,
  ): string | undefined {
    if (epochText === undefined || typeof openTimeMs !== "number") return undefined;
    return pairedFlaw(epochText, openTimeMs, this.#context.choice.timeframe, this.#pairs.get(symbol));
  }

  /** The hour that comes twice is told apart where the file has it twice and its rows have an order. */
  #localInstant(zone: string, wallMs: number, symbol: string): number | string | undefined {
    if (zone === "UTC") return wallMs;
    if (!isTimeZone(zone)) return undefined;
    const instants = instantsOf(zone, wallMs);
    if (instants.length === 1) return instants[0];
    if (instants.length === 0) return `no such time in ${zone}: its clocks are put forward then`;
    const { repeated } = this.#context.times.tally;
    if (repeated.countOf(symbol, zone, wallMs) !== 2)
      return `the time comes twice in ${zone}: its clocks are put back then`;
    const order = repeated.orderOf(symbol, zone, wallMs);
    if (order === undefined)
      return `the time comes twice in ${zone}, and the rows around it are in no order that tells which is the earlier`;
    const key = `${symbol} ${wallMs}`;
    const seen = this.#seen.get(key) ?? 0;
    this.#seen.set(key, seen + 1);
    return instants[order === "earlier first" ? seen : 1 - seen];
  }

  #priceOf(cell: string | undefined): string | undefined {
    if (cell === undefined || cell === "") return undefined;
    const number = normalNumber(cell, this.#context.decimalMark);
    if (number === undefined) return isMissing(cell) ? undefined : cell;
    return this.#isScaled ? `${number}e-4` : number;
  }

  #volumeOf(cell: string | undefined): string | undefined {
    if (cell === undefined || cell === "") return undefined;
    const number = normalVolume(cell, this.#context.decimalMark);
    return number ?? (isMissingVolume(cell) ? undefined : cell);
  }
}

/** Whether a row says that it is a bar of another timeframe. */
export function isOfOtherLength(raw: RawRecord, { barLength }: CandleShape, timeframe: Timeframe): boolean {
  const lengths = barLength === undefined ? [] : barDurations(raw[barLength] ?? "");
  return lengths.length > 0 && !lengths.includes(timeframeMs(timeframe));
}

/** Whether an epoch lies far off as the file's are read, and in our time by its own size. */
function isOfOtherUnit(text: string, readMs: number, nowMs: number): boolean {
  const ownMs = isEpochOfToday(text) ? epochInstant(text) : undefined;
  const isFar = readMs > nowMs + dayMs || readMs < yearMs;
  return isFar && ownMs !== undefined && Math.abs(ownMs - readMs) > yearMs && ownMs <= nowMs;
}

/** More or fewer cells than the header has, other than empty ones at the end. */
function widthFlaw(raw: RawRecord, width: number): string | undefined {
  if (raw.length > width && raw.slice(width).every((cell) => (cell ?? "").trim() === "")) return undefined;
  return `${raw.length} fields where the header has ${width}`;
}

function isIncomplete(cell: string | undefined): boolean {
  return cell !== undefined && /^(?:false|0)$/i.test(cell.trim());
}
