import { concatenateBatches, field, RecordBatch, structType } from "finance-feedback-delta";
import { setMember } from "finance-feedback-delta/contract";
import type {
  Column,
  ColumnInput,
  ColumnSet,
  RowBatch,
  StructField,
  StructType,
} from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { openQuery } from "../materializations/bound-query.ts";
import type { OpenQuery } from "../materializations/bound-query.ts";
import { columnNamed } from "../relations/columns.ts";
import type { NodeReads } from "../relations/node-reads.ts";
import { TransformError } from "../transform-error.ts";
import { computeIndicators } from "./compute-indicators.ts";
import { indicatorColumns } from "./indicator-columns.ts";
import type { IndicatorOptions } from "./indicator-options.ts";

export interface IndicatorRequest {
  readonly lake: DeltaLakeManager;
  readonly reads: NodeReads;
  /** A SELECT of bars, numbered in their series by `bar_seq`. */
  readonly bars: string;
  readonly options: IndicatorOptions;
}

/**
 * Makes bars with the columns of all indicators behind their own a relation of this run. The kernels run series by series when
 * the relation is read, so that memory holds one series.
 *
 * @returns the name that SQL has for the relation; running such SQL throws a TransformError `INVALID_CONFIG` for bars that
 *   lack a column.
 */
export function holdIndicators(request: IndicatorRequest): string {
  const { lake, reads, bars, options } = request;
  const name = "bars_with_indicators";
  reads.hold(name, async () => {
    const query = await openQuery({ lake, sql: bars, reads });
    reads.disposeLater(query);
    assertBars(query.columns);
    const schema = structType([...query.columns.fields, ...indicatorFields]);
    const batches = { [Symbol.asyncIterator]: () => enrichedBatches(query, options) };
    return { schema, rows: { batches } };
  });
  return `"${name}"`;
}

const needed = [
  "asset_pair",
  "timeframe",
  "timestamp",
  "high",
  "low",
  "close",
  "volume",
  "bar_seq",
  "saved_state",
] as const;

function assertBars(given: StructType): void {
  const missing = needed.filter((name) => columnNamed(given, name) === undefined);
  if (missing.length === 0) return;
  throw new TransformError(
    "INVALID_CONFIG",
    `The bars for the indicators lack ${missing.join(", ")}: they are what the macro ffe.bars_to_compute selects`,
  );
}

const indicatorFields: readonly StructField[] = indicatorColumns.map((name) =>
  field(name, name === "obv" ? "decimal(38,8)" : name === "_indicator_state" ? "string" : "double"),
);

/** Exact values of a column that is wider than what comes as typed values; null where they are too large. */
const narrowVolume = "__volume";

async function* enrichedBatches(
  { session, sql: bars, columns }: OpenQuery,
  options: IndicatorOptions,
): AsyncGenerator<RowBatch> {
  const sql = `SELECT *, TRY_CAST(volume AS DECIMAL(18,8)) AS ${narrowVolume} FROM (\n${bars}\n) ORDER BY asset_pair, timeframe, bar_seq`;
  for await (const series of seriesOf(session.query(sql))) {
    yield { columns: enriched(series, columns, options) };
  }
}

/** The rows of one series, in their order. */
interface SeriesRows {
  readonly name: string;
  readonly batch: RecordBatch;
}

/** Cuts rows, which come in order of their series, into series. */
async function* seriesOf(batches: AsyncIterable<RecordBatch>): AsyncGenerator<SeriesRows> {
  let name: string | undefined;
  let parts: RecordBatch[] = [];
  for await (const batch of batches) {
    const names = seriesNames(batch);
    for (let start = 0, end = 0; start < batch.rowCount; start = end) {
      const own = names[start];
      while (end < batch.rowCount && names[end] === own) end += 1;
      if (name !== undefined && own !== name) {
        yield { name, batch: concatenateBatches(batch.schema, parts) };
        parts = [];
      }
      name = own;
      parts.push(partOf(batch, start, end));
    }
  }
  const [first] = parts;
  if (name !== undefined && first !== undefined)
    yield { name, batch: concatenateBatches(first.schema, parts) };
}

function seriesNames(batch: RecordBatch): readonly string[] {
  const assets = columnOf(batch, "asset_pair").values;
  const timeframes = columnOf(batch, "timeframe").values;
  return Array.from(assets, (asset, index) => `${String(asset)} ${String(timeframes[index])}`);
}

function partOf(batch: RecordBatch, start: number, end: number): RecordBatch {
  if (start === 0 && end === batch.rowCount) return batch;
  const columns = batch.columns.map(({ values, validity }) => ({
    values: values.slice(start, end),
    validity: validity?.slice(start, end),
  }));
  return new RecordBatch(batch.schema, end - start, columns);
}

function columnOf(batch: RecordBatch, name: string): Column {
  const column = batch.column(name);
  if (column === undefined) throw new TypeError(`There is no column ${name}`);
  return column;
}

function enriched({ name, batch }: SeriesRows, given: StructType, options: IndicatorOptions): ColumnSet {
  const column = (wanted: string): Column => columnOf(batch, wanted);
  const series = {
    name,
    firstSeq: Number(column("bar_seq").values[0] ?? 0),
    savedState: textAt(column("saved_state"), 0),
    timestamp: bigintsOf(column("timestamp")),
    high: bigintsOf(column("high")),
    low: bigintsOf(column("low")),
    close: bigintsOf(column("close")),
    volume: volumesOf(column("volume"), column(narrowVolume)),
  };
  const { doubles, obv, state } = computeIndicators(series, options);
  const columns: Record<string, ColumnInput> = Object.fromEntries(
    given.fields.map((member) => [member.name, column(member.name)]),
  );
  for (const [wanted, values] of doubles) setMember(columns, wanted, withNulls(values));
  columns["obv"] = decimals(obv);
  columns["_indicator_state"] = state;
  return { rowCount: batch.rowCount, columns };
}

function bigintsOf({ values }: Column): BigInt64Array {
  if (values instanceof BigInt64Array) return values;
  throw new TransformError(
    "INVALID_CONFIG",
    "The bars for the indicators need times, and prices as decimal(18,8)",
  );
}

function textAt({ values }: Column, index: number): string | null {
  const value: unknown = values[index];
  return typeof value === "string" ? value : null;
}

/** Unscaled volumes, by way of their texts where they are wider than 18 digits. */
function volumesOf(exact: Column, narrow: Column): (bigint | null)[] {
  const typed = bigintsOf(narrow);
  return Array.from(typed, (value, index) => {
    if (narrow.validity?.[index] !== 0) return value;
    const text: unknown = exact.values[index];
    return typeof text === "string" ? BigInt(text.replace(".", "")) : null;
  });
}

/** Null in place of NaN. */
function withNulls(values: Float64Array): ColumnInput {
  let validity: Uint8Array | undefined;
  for (let index = 0; index < values.length; index += 1) {
    if (!Number.isNaN(values[index])) continue;
    validity ??= new Uint8Array(values.length).fill(1);
    validity[index] = 0;
  }
  return { values, validity };
}

/** Decimals with eight digits behind the point: unscaled where they fit, else as text. */
function decimals(unscaled: readonly (bigint | null)[]): ColumnInput {
  const fits = unscaled.every((value) => value === null || BigInt.asIntN(64, value) === value);
  if (!fits) return unscaled.map((value) => (value === null ? null : decimalText(value)));
  const values = BigInt64Array.from(unscaled, (value) => value ?? 0n);
  const validity = Uint8Array.from(unscaled, (value) => (value === null ? 0 : 1));
  return { values, validity };
}

function decimalText(unscaled: bigint): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(9, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -8)}.${digits.slice(-8)}`;
}
