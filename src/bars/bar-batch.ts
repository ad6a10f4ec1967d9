import { formatDecimal, RecordBatch } from "finance-feedback-delta";
import type { Column, StructType } from "finance-feedback-delta";

import { timeframeMs } from "../market/timeframe.ts";
import { numberReadings, textReadings } from "./readings.ts";
import type { BarTimeframe } from "./bar-columns.ts";
import type { ComputedBars } from "./running-series.ts";
import type { WonBars } from "./winning-bars.ts";

/** Bars with what was computed for them, as the columns of a schema. */
export function barBatch(
  schema: StructType,
  timeframe: BarTimeframe,
  bars: WonBars,
  computed: ComputedBars,
): RecordBatch {
  const own = ownColumns(timeframe, bars, computed);
  const columns = schema.fields.map(({ name, type }): Column => {
    const decimals = decimalsOf(name, bars, computed);
    if (decimals !== undefined) return type === "double" ? numbers(decimals) : exact(decimals);
    return own.get(name)?.() ?? readingColumn(name, bars, computed) ?? nullable(computed.doubles.get(name));
  });
  return new RecordBatch(schema, bars.length, columns);
}

function ownColumns(
  timeframe: BarTimeframe,
  bars: WonBars,
  computed: ComputedBars,
): ReadonlyMap<string, () => Column> {
  const lengthMicros = BigInt(timeframeMs(timeframe)) * 1000n;
  return new Map<string, () => Column>([
    ["asset_pair", () => ({ values: bars.assetPair })],
    ["timeframe", () => ({ values: Array<string>(bars.length).fill(timeframe) })],
    ["timestamp", () => ({ values: bars.timestamp })],
    ["closed_at", () => ({ values: bars.timestamp.map((opens) => opens + lengthMicros) })],
    ["source_provider", () => ({ values: bars.sourceProvider })],
    ["provider_count", () => ({ values: bars.providerCount })],
    ["is_mock", () => ({ values: bars.isMock })],
    ["_extracted_at", () => ({ values: bars.extractedAt })],
    ["bar_seq", () => ({ values: computed.barSeq })],
    ["gap_bars_before", () => gapColumn(computed.gapBarsBefore)],
    ["is_warm", () => ({ values: Array.from(computed.barSeq, (seq) => seq >= warmFrom) })],
    ["_known_at", () => ({ values: computed.knownAt })],
  ]);
}

/** From this bar of a series on every indicator has a value. */
const warmFrom = 199n;

type Decimals = ArrayLike<bigint | null>;

/** Unscaled values with eight digits behind the point. */
function decimalsOf(name: string, bars: WonBars, { obv }: ComputedBars): Decimals | undefined {
  switch (name) {
    case "open":
    case "high":
    case "low":
    case "close":
    case "volume":
      return bars[name];
    case "obv":
      return obv;
    default:
      return undefined;
  }
}

const scale = 8;

/** As a table gives them: typed where they are narrow, else as text. */
function exact(decimals: Decimals): Column {
  if (decimals instanceof BigInt64Array) return { values: decimals };
  return { values: Array.from(decimals, (value) => (value === null ? null : formatDecimal(value, scale))) };
}

function numbers(decimals: Decimals): Column {
  return nullable(Float64Array.from(decimals, (value) => (value === null ? Number.NaN : numberOf(value))));
}

/** The nearest double. */
function numberOf(unscaled: bigint): number {
  const number = Number(unscaled);
  return Number.isSafeInteger(number) ? number / 1e8 : Number(formatDecimal(unscaled, scale));
}

function nullable(values: Float64Array = new Float64Array()): Column {
  const first = values.findIndex(Number.isNaN);
  if (first < 0) return { values };
  return { values, validity: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1)) };
}

function gapColumn(values: BigInt64Array): Column {
  if (!values.includes(-1n)) return { values };
  return { values, validity: Uint8Array.from(values, (value) => (value < 0n ? 0 : 1)) };
}

function readingColumn(
  name: string,
  { close, length }: WonBars,
  { doubles }: ComputedBars,
): Column | undefined {
  let index = 0;
  const at = (column: string): number => doubles.get(column)?.[index] ?? Number.NaN;
  const [text, number] = [textReadings.get(name), numberReadings.get(name)];
  if (text !== undefined) {
    const values = Array<string | null>(length).fill(null);
    for (; index < length; index += 1) values[index] = text.of(at, sqlDouble(close[index] ?? 0n));
    return { values };
  }
  if (number === undefined) return undefined;
  const values = new Float64Array(length);
  for (; index < length; index += 1) values[index] = number.of(at, sqlDouble(close[index] ?? 0n));
  return nullable(values);
}

/** A price as DuckDB casts a decimal to a double: beyond 2^53 the whole part and the fraction by themselves. */
function sqlDouble(unscaled: bigint): number {
  const number = Number(unscaled);
  return Number.isSafeInteger(number)
    ? number / 1e8
    : Number(unscaled / 100_000_000n) + Number(unscaled % 100_000_000n) / 1e8;
}
