import type { TimeRange } from "./time-range.ts";

/** Sets of instants as ranges: ascending, apart from each other, none empty. */
export type RangeSet = readonly TimeRange[];

/** All instants of any of the ranges, which may overlap, adjoin, be empty and come in any order. */
export function unionOf(ranges: readonly TimeRange[]): RangeSet {
  const union: TimeRange[] = [];
  const ordered = ranges
    .filter((range) => range.startMs < range.endMs)
    .toSorted((left, right) => left.startMs - right.startMs);
  for (const range of ordered) {
    const last = union.at(-1);
    if (last !== undefined && range.startMs <= last.endMs)
      union[union.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, range.endMs) };
    else union.push(range);
  }
  return union;
}

/** What of a range lies in none of the others. */
export function without(range: TimeRange, others: readonly TimeRange[]): RangeSet {
  const left: TimeRange[] = [];
  let { startMs } = range;
  for (const other of unionOf(others)) {
    if (other.endMs <= startMs) continue;
    if (other.startMs >= range.endMs) break;
    if (other.startMs > startMs) left.push({ startMs, endMs: other.startMs });
    startMs = other.endMs;
  }
  if (startMs < range.endMs) left.push({ startMs, endMs: range.endMs });
  return left;
}

/** Whether all of a range lies in the set. */
export function covers(set: RangeSet, range: TimeRange): boolean {
  return without(range, set).length === 0;
}
