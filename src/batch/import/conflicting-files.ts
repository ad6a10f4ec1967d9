import { formatInstant } from "../../market/time-range.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { CandleFile } from "./file-reading.ts";
import type { FileRecord } from "./file-record.ts";
import { dayMs } from "../../market/durations.ts";

const values = ["open", "high", "low", "close", "volume"] as const;

/** A file whose bars are walked, in the order of time. */
interface Walk {
  readonly file: string;
  readonly records: AsyncGenerator<FileRecord>;
  next: FileRecord | undefined;
}

/**
 * Holds the files of one import against each other where they have bars of the same time: two values of one bar are a
 * question, which no order of files answers. The files are walked side by side, each from its first time on.
 *
 * @throws IngestionError `INVALID_ARGUMENT` with the bar, and what each of two files says of it.
 */
export async function assertNoConflicts(files: readonly CandleFile[], signal?: AbortSignal): Promise<void> {
  const waiting = files.filter((file) => files.some((other) => other !== file && mayShare(file, other)));
  waiting.sort((one, other) => startOf(one) - startOf(other));
  let active: Walk[] = [];
  try {
    while (waiting.length > 0 || active.length > 0) {
      const nextMs = Math.min(...active.map(({ next }) => next?.openTimeMs ?? Number.POSITIVE_INFINITY));
      const [first] = waiting;
      if (first !== undefined && startOf(first) <= nextMs) {
        signal?.throwIfAborted();
        waiting.shift();
        const records = barsOf(first);
        active.push({ file: first.reading.file, records, next: await following(records) });
      } else {
        await assertSameAt(nextMs, active);
      }
      active = active.filter(({ next }) => next !== undefined);
    }
  } finally {
    for (const { records } of active) await records.return(undefined);
  }
}

/** Compares all bars of one time, and goes on to the next one. */
async function assertSameAt(timeMs: number, active: readonly Walk[]): Promise<void> {
  const said = new Map<string, { readonly file: string; readonly record: FileRecord }>();
  for (const walk of active) {
    while (walk.next !== undefined && walk.next.openTimeMs === timeMs) {
      const record = walk.next;
      const other = said.get(record.symbol);
      if (other === undefined) said.set(record.symbol, { file: walk.file, record });
      else if (other.file !== walk.file) assertSame(other, { file: walk.file, record });
      walk.next = await following(walk.records);
    }
  }
}

function assertSame(
  one: { readonly file: string; readonly record: FileRecord },
  other: { readonly file: string; readonly record: FileRecord },
): void {
  const column = values.find((name) => !isSameNumber(one.record[name], other.record[name]));
  if (column === undefined) return;
  const { symbol, openTimeMs = 0 } = one.record;
  const [first, second] = [one, other].map(({ file, record }) => `${record[column]} in ${file}`);
  throw new IngestionError(
    "INVALID_ARGUMENT",
    `The ${column} of ${symbol} at ${formatInstant(openTimeMs)} is ${first}, and ${second}. If they are two assets or timeframes, import each with its own --asset and --timeframe; if the later file is right, import one after the other. Nothing was imported.`,
  );
}

/** As far as binary fractions can tell; what one of two does not have is no difference. */
function isSameNumber(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return true;
  const [first, second] = [Number(one), Number(other)];
  return !(Math.abs(first - second) > Math.max(Math.abs(first), Math.abs(second)) * 1e-9);
}

function mayShare(one: CandleFile, other: CandleFile): boolean {
  if (one.span === undefined || other.span === undefined) return false;
  return (
    startOf(one) < other.span.endMs + dayMs &&
    startOf(other) < one.span.endMs + dayMs &&
    one.assetPairs.some(({ canonical }) => other.assetPairs.some((pair) => pair.canonical === canonical))
  );
}

/** The span of a file is by its own clocks. */
function startOf({ span }: CandleFile): number {
  return (span?.startMs ?? Number.NEGATIVE_INFINITY) - dayMs;
}

async function* barsOf(file: CandleFile): AsyncGenerator<FileRecord> {
  for await (const records of file.records())
    for (const record of records)
      if (record.openTimeMs !== undefined && record.flaw === undefined) yield record;
}

async function following(records: AsyncGenerator<FileRecord>): Promise<FileRecord | undefined> {
  const result = await records.next();
  return result.done === true ? undefined : result.value;
}
