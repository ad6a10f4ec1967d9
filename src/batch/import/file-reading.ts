import type { AssetPair } from "../../market/asset-pair.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { ColumnChoice } from "./candle-shape.ts";
import type { FileRecord } from "./file-record.ts";
import type { NumberSurvey, DecimalMark } from "./number-format.ts";
import type { LayoutName } from "./positional-layouts.ts";
import type { RawRecord } from "./raw-table.ts";
import type { Spellings } from "./spellings.ts";
import type { SymbolReader } from "./symbol-reader.ts";
import type { TimeSurvey } from "./time-survey.ts";
import type { NamedClocks } from "./zone-names.ts";

export type CandleFileFormat = "csv" | "parquet" | "json" | "arrow";
export const candleFileFormats: readonly CandleFileFormat[] = ["csv", "parquet", "json", "arrow"];

/** What is known of a file before it is read. */
export interface CandleFileChoice {
  readonly format?: CandleFileFormat | undefined;
  readonly columns?: ColumnChoice | undefined;
  readonly layout?: LayoutName | undefined;
  readonly timeFormat?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly decimalMark?: DecimalMark | undefined;
  /** `undefined` takes the symbols that the file names. */
  readonly assetPair: AssetPair | undefined;
  /** How the provider spells assets. */
  readonly spellings?: Spellings | undefined;
  readonly timeframe: Timeframe;
  /** Takes the asset and the timeframe as they are said, whatever names and distances of bars say. */
  readonly insist?: boolean | undefined;
  readonly nowMs: number;
}

/** What a file was taken for. */
export interface FileReading {
  readonly file: string;
  readonly kind: string;
  /** The name of each column that is read, or its place. */
  readonly columns: Readonly<Record<string, string>>;
  readonly layout: string | undefined;
  readonly timeFormat: string;
  readonly timeZone: string;
  readonly decimalMark: DecimalMark;
  readonly rows: number;
  /** What else was decided, for the user. */
  readonly notes: readonly string[];
}

/** A file that was looked at from its first row to its last. */
export interface CandleFile {
  readonly reading: FileReading;
  /** Where most of its rows lie; what is far from it is damaged. */
  readonly plausible: TimeRange;
  /** The series that it holds. */
  readonly assetPairs: readonly AssetPair[];
  readonly hasVolume: boolean;
  /** Whether its rows, or the file itself, say whose candles they are. */
  readonly namesSymbols: boolean;
  /** From its first bar to its last; `undefined` where no time can be one. */
  readonly span: TimeRange | undefined;
  /** By time, the earliest first; of one time as they came; those without a time last. */
  records(): AsyncIterable<readonly FileRecord[]>;
}

/** What all records of a file say together. */
export interface RecordSurvey {
  readonly times: TimeSurvey;
  readonly numbers: NumberSurvey;
  readonly symbols: SymbolReader;
  readonly timeZone: string | undefined;
  /** What the name of the column of times says of their zone. */
  readonly namedClocks: NamedClocks | undefined;
  readonly rows: number;
  /** Whether a record is the header again, of files that were joined. */
  isHeaderAgain(record: RawRecord): boolean;
}
