import {
  abortSignal,
  aFunction,
  countFromZero,
  either,
  flag,
  kind,
  nonEmptyText,
  oneOf,
  optionsOf,
  required,
  someNames,
} from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

import type { AssetPair } from "../../market/asset-pair.ts";
import { timeRangeKind } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { providerNameKind } from "../../providers/provider-chain.ts";
import { assetPairKind } from "../../market/asset-argument.ts";
import { candleFileFormats } from "./file-reading.ts";
import type { CandleFileFormat } from "./file-reading.ts";
import type { ColumnChoice } from "./candle-shape.ts";
import type { DecimalMark } from "./number-format.ts";
import { layoutNames } from "./positional-layouts.ts";
import type { LayoutName } from "./positional-layouts.ts";

export interface ImportRequest {
  readonly files: readonly string[];
  /** Whose candles they are; the symbols that the files name when left out. */
  readonly assetPair?: string | AssetPair | undefined;
  readonly timeframe: string;
  /** Which provider's candles they are: their `source_provider`. Those of `demo` are made up. */
  readonly provider: string;
  /** By the file's first bytes when left out. */
  readonly format?: CandleFileFormat | undefined;
  /** Which column is what, where the usual names do not tell: by name, or by place from 0 on. */
  readonly columns?: ColumnChoice | undefined;
  /** The order of columns without names, by who wrote them. */
  readonly layout?: LayoutName | undefined;
  /** How times are written, as strptime has it: `%d/%m/%Y %H:%M`; or `s`, `ms`, `us`, `ns` since 1970. */
  readonly timeFormat?: string | undefined;
  /** The zone of times that name none, by its name in the time zone database. */
  readonly timeZone?: string | undefined;
  /** The mark before a number's decimals. */
  readonly decimalMark?: DecimalMark | undefined;
  /** What the files are known to cover beyond the bars that they hold; not fetched any more. */
  readonly covers?: TimeRange | undefined;
  /** Asset pairs by how the provider spells them, where that is not to be guessed: `LUNAUSD` for `LUNCUSD`. */
  readonly spellings?: ReadonlyMap<string, string> | undefined;
  /**
   * Takes `assetPair`, `timeframe` and `provider` as they are said where names of files, distances of bars and the names of
   * known providers speak against them.
   */
  readonly insist?: boolean | undefined;
  /** Checks the rows and writes nothing. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    | ((progress: {
        /** Of all files together, while they are stored. */
        readonly rowsChecked: number;
        readonly file: string;
        readonly filesDone: number;
        readonly filesTotal: number;
        /** All files are looked at from end to end before a row of any is stored. */
        readonly phase: "looking" | "storing";
      }) => void)
    | undefined;
}

/** A request whose texts are read. */
export interface CandleImport extends ImportRequest {
  readonly assetPair: AssetPair | undefined;
  readonly timeframe: Timeframe;
  /** Whether the bars are made up. */
  readonly isMock: boolean;
}

const column: OptionKind<string | number> = either(nonEmptyText, countFromZero);

const columnChoice: OptionTable<ColumnChoice> = {
  date: column,
  time: column,
  open: column,
  high: column,
  low: column,
  close: column,
  volume: column,
  symbol: column,
  complete: column,
};

export const importOptions: OptionTable<ImportRequest> = {
  files: required(someNames),
  assetPair: assetPairKind,
  timeframe: required(nonEmptyText),
  provider: required(providerNameKind),
  format: oneOf(...candleFileFormats),
  columns: optionsOf(columnChoice),
  layout: oneOf(...layoutNames),
  timeFormat: nonEmptyText,
  timeZone: nonEmptyText,
  decimalMark: oneOf(".", ","),
  covers: timeRangeKind,
  spellings: kind(
    "a Map from how the provider spells an asset to the asset",
    (value) => value instanceof Map,
  ),
  insist: flag,
  dryRun: flag,
  signal: abortSignal,
  onProgress: aFunction,
};
