import { RecordBatch } from "finance-feedback-delta";
import type { Column, StructType } from "finance-feedback-delta";

import type { BarPart } from "./timeframe-bars.ts";

/** Rows of one part that follow on each other in the answer: from `start` to `end` in its order. */
interface Run {
  readonly part: BarPart;
  readonly start: number;
  readonly end: number;
}

/** Rows of an answer, and when each of them closes. */
export interface MergedBars {
  readonly rows: RecordBatch;
  readonly closedAt: Float64Array;
}

/** An answer's batches have about so many rows. */
const batchRows = 4096;

/**
 * Merges streams of bars, each in the order of time. Of bars that close at the same instant, those of an earlier stream go
 * first.
 *
 * @param streams of the finest timeframe first.
 */
export async function* mergedBars(
  schema: StructType,
  streams: readonly AsyncGenerator<BarPart>[],
): AsyncGenerator<MergedBars> {
  const cursors = streams.map((stream) => new PartCursor(stream));
  try {
    for (const cursor of cursors) await cursor.load();
    let runs: Run[] = [];
    let rowCount = 0;
    for (;;) {
      const run = nextRun(cursors, batchRows - rowCount);
      if (run === undefined) break;
      runs.push(run);
      rowCount += run.end - run.start;
      for (const cursor of cursors) await cursor.load();
      if (rowCount < batchRows) continue;
      yield gathered(schema, runs, rowCount);
      [runs, rowCount] = [[], 0];
    }
    if (rowCount > 0) yield gathered(schema, runs, rowCount);
  } finally {
    for (const stream of streams) await stream.return(undefined);
  }
}

/** A place in a stream of parts. */
export class PartCursor {
  readonly #parts: AsyncGenerator<BarPart>;
  #part: BarPart | undefined;
  #at = 0;
  #hasEnded = false;

  constructor(parts: AsyncGenerator<BarPart>) {
    this.#parts = parts;
  }

  /** Sees to it that there is a next row, unless the stream has ended. */
  async load(): Promise<void> {
    if (this.#hasEnded || (this.#part !== undefined && this.#at < this.#part.order.length)) return;
    const next = await this.#parts.next();
    this.#hasEnded = next.done === true;
    this.#part = next.done === true ? undefined : next.value;
    this.#at = 0;
  }

  /** When the next row closes; Infinity behind the last. */
  get closesAt(): number {
    return this.#part?.closedAt[this.#at] ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the next rows, so many at most, as far as they close before an instant, or at it. */
  take(instant: number, withInstant: boolean, most: number): Run | undefined {
    const part = this.#part;
    if (part === undefined) return undefined;
    const start = this.#at;
    const last = Math.min(part.order.length, start + most);
    const isWithin = (closesAt: number): boolean =>
      closesAt < instant || (withInstant && closesAt === instant);
    while (this.#at < last && isWithin(part.closedAt[this.#at] ?? 0)) this.#at += 1;
    return this.#at === start ? undefined : { part, start, end: this.#at };
  }
}

function nextRun(cursors: readonly PartCursor[], most: number): Run | undefined {
  const [first] = cursors.toSorted((one, other) => one.closesAt - other.closesAt || 0);
  if (first === undefined || first.closesAt === Number.POSITIVE_INFINITY) return undefined;
  const place = cursors.indexOf(first);
  const others = cursors.filter((cursor) => cursor !== first);
  const instant = Math.min(...others.map(({ closesAt }) => closesAt));
  const goesFirst =
    cursors.findIndex(({ closesAt }, index) => index !== place && closesAt === instant) > place;
  return first.take(instant, goesFirst || others.length === 0, most);
}

/** The rows of some runs, column by column. */
function gathered(schema: StructType, runs: readonly Run[], rowCount: number): MergedBars {
  const columns = schema.fields.map((_, position) => gatheredColumn(runs, position, rowCount));
  const closedAt = new Float64Array(rowCount);
  let offset = 0;
  for (const { part, start, end } of runs) {
    closedAt.set(part.closedAt.subarray(start, end), offset);
    offset += end - start;
  }
  return { rows: new RecordBatch(schema, rowCount, columns), closedAt };
}

function gatheredColumn(runs: readonly Run[], position: number, rowCount: number): Column {
  const columnOf = ({ part }: Run): Column => part.rows.columns[position] ?? { values: [] };
  const [first] = runs;
  const sample = first === undefined ? [] : columnOf(first).values;
  const copy = (put: (target: number, column: Column, source: number) => void): void => {
    let target = 0;
    for (const run of runs) {
      const column = columnOf(run);
      const { order } = run.part;
      for (let at = run.start; at < run.end; at += 1, target += 1) put(target, column, order[at] ?? 0);
    }
  };
  const validity = runs.some((run) => columnOf(run).validity !== undefined)
    ? new Uint8Array(rowCount)
    : undefined;
  if (validity !== undefined)
    copy((target, column, source) => {
      validity[target] = column.validity?.[source] ?? 1;
    });
  return { values: gatheredValues(sample, rowCount, copy), validity };
}

/** Columns of bars are bigints, doubles, or plain values. */
function gatheredValues(
  sample: Column["values"],
  rowCount: number,
  copy: (put: (target: number, column: Column, source: number) => void) => void,
): Column["values"] {
  if (sample instanceof BigInt64Array) {
    const bigints = new BigInt64Array(rowCount);
    copy((target, { values }, source) => {
      const value = values[source];
      bigints[target] = typeof value === "bigint" ? value : 0n;
    });
    return bigints;
  }
  if (sample instanceof Float64Array) {
    const doubles = new Float64Array(rowCount);
    copy((target, { values }, source) => {
      const value = values[source];
      doubles[target] = typeof value === "number" ? value : Number.NaN;
    });
    return doubles;
  }
  const plain = Array<unknown>(rowCount).fill(null);
  copy((target, { values }, source) => {
    plain[target] = values[source];
  });
  return plain;
}
