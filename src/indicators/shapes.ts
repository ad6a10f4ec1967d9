import { assertSameLength, pricesOf, volumesOf } from "./bars.ts";
import type {
  BarColumns,
  HighLow,
  HighLowClose,
  HighLowCloseVolume,
  IndicatorBar,
  NumberColumn,
} from "./bars.ts";

/** Indicators that read one series of prices: what they take, by column and bar by bar. */
export const ofValues: {
  readonly inputs: readonly ["close"];
  readonly columnsOf: (bars: BarColumns) => NumberColumn;
  readonly columnsOfOne: (value: number) => NumberColumn;
} = { inputs: ["close"], columnsOf: ({ close }) => close, columnsOfOne: (value) => [value] };

export const ofHighLow: {
  readonly inputs: readonly ["high", "low"];
  readonly columnsOf: (bars: BarColumns) => HighLow;
  readonly columnsOfOne: (bar: Pick<IndicatorBar, "high" | "low">) => HighLow;
} = {
  inputs: ["high", "low"],
  columnsOf: (bars) => bars,
  columnsOfOne: ({ high, low }) => ({ high: [high], low: [low] }),
};

export const ofHighLowClose: {
  readonly inputs: readonly ["high", "low", "close"];
  readonly columnsOf: (bars: BarColumns) => HighLowClose;
  readonly columnsOfOne: (bar: Pick<IndicatorBar, "high" | "low" | "close">) => HighLowClose;
} = {
  inputs: ["high", "low", "close"],
  columnsOf: (bars) => bars,
  columnsOfOne: ({ high, low, close }) => ({ high: [high], low: [low], close: [close] }),
};

export const ofHighLowCloseVolume: {
  readonly inputs: readonly ["high", "low", "close", "volume"];
  readonly columnsOf: (bars: BarColumns) => HighLowCloseVolume;
  readonly columnsOfOne: (bar: Pick<IndicatorBar, "high" | "low" | "close" | "volume">) => HighLowCloseVolume;
} = {
  inputs: ["high", "low", "close", "volume"],
  columnsOf: (bars) => bars,
  columnsOfOne: ({ high, low, close, volume }) => ({
    high: [high],
    low: [low],
    close: [close],
    volume: [volume],
  }),
};

/** One value a bar, under the indicator's own name. */
export function oneOutput<Name extends string>(
  name: Name,
): {
  readonly name: Name;
  readonly outputs: readonly [Name];
  readonly firstOf: (series: Float64Array) => number;
  readonly named: (series: Float64Array) => Readonly<Record<string, Float64Array>>;
} {
  return { name, outputs: [name], firstOf, named: (series) => ({ [name]: series }) };
}

/** The first value of a series: a stream's series have no other. */
export function firstOf(series: Float64Array): number {
  return series[0] ?? Number.NaN;
}

export interface HighLowDoubles {
  readonly high: Float64Array;
  readonly low: Float64Array;
  /** How many bars there are. */
  readonly length: number;
}

export interface HighLowCloseDoubles extends HighLowDoubles {
  readonly close: Float64Array;
}

export function highLowOf(columns: HighLow): HighLowDoubles {
  const [high, low] = [pricesOf("high", columns.high), pricesOf("low", columns.low)];
  assertSameLength({ high, low });
  return { high, low, length: high.length };
}

export function highLowCloseOf(columns: HighLowClose): HighLowCloseDoubles {
  const close = pricesOf("close", columns.close);
  const { high, low, length } = highLowOf(columns);
  assertSameLength({ high, close });
  return { high, low, close, length };
}

export function highLowCloseVolumeOf(
  columns: HighLowCloseVolume,
): HighLowCloseDoubles & { readonly volume: Float64Array } {
  const volume = volumesOf(columns.volume);
  const doubles = highLowCloseOf(columns);
  assertSameLength({ close: doubles.close, volume });
  return { ...doubles, volume };
}
