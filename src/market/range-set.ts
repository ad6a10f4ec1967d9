import type { TimeRange } from "./time-range.ts";

/** A set of instants as ranges: ascending, with gaps in between, none empty. */
export type RangeSet = readonly TimeRange[];

/** The union of ranges, which may overlap, adjoin, be empty and come in any order. */
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

/** The parts of a range outside a set. It costs time for each range of the set inside. */
export function without(range: TimeRange, set: RangeSet): RangeSet {
  const left: TimeRange[] = [];
  let { startMs } = range;
  for (let index = firstEndingAfter(set, startMs); index < set.length; index += 1) {
    const other = set[index];
    if (other === undefined || other.startMs >= range.endMs) break;
    if (other.startMs > startMs) left.push({ startMs, endMs: other.startMs });
    startMs = other.endMs;
  }
  if (startMs < range.endMs) left.push({ startMs, endMs: range.endMs });
  return left;
}

/** The parts of a range inside a set. */
export function within(range: TimeRange, set: RangeSet): RangeSet {
  return without(range, without(range, set));
}

/** Whether all of a range lies in the set. */
export function covers(set: RangeSet, range: TimeRange): boolean {
  return without(range, set).length === 0;
}

/** The last range of a set that ends by an instant. */
export function lastOverBy<Range extends TimeRange>(
  set: readonly Range[],
  instantMs: number,
): Range | undefined {
  return set[firstEndingAfter(set, instantMs) - 1];
}

/** The first range of a set that begins at an instant or later. */
export function firstFrom<Range extends TimeRange>(
  set: readonly Range[],
  instantMs: number,
): Range | undefined {
  const place = firstEndingAfter(set, instantMs);
  const at = set[place];
  return at !== undefined && at.startMs < instantMs ? set[place + 1] : at;
}

/** The index of the first range of a set that ends after an instant; the set's length without one. */
function firstEndingAfter(set: RangeSet, instantMs: number): number {
  let [low, high] = [0, set.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((set[middle]?.endMs ?? Number.POSITIVE_INFINITY) > instantMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
