import type { MetricDefinition } from "./definitions.ts";
import { orderedLabels, seriesKey } from "./labels.ts";
import type { LabelValues } from "./labels.ts";

/** The value of a series of a counter or a histogram. */
export interface SeriesValue {
  readonly definition: MetricDefinition;
  readonly labels: LabelValues;
  /** Of a counter; of a histogram the sum of what was observed. */
  readonly value: number;
  readonly distribution?: Distribution | undefined;
}

/** How many values lie in each bucket of a histogram, not added up; the last one has no upper bound. */
export interface Distribution {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** One observed value. */
export function distributionOf(value: number, bounds: readonly number[]): Distribution {
  const place = bounds.findIndex((bound) => value <= bound);
  const counts = [...bounds.map(() => 0), 0];
  counts[place < 0 ? bounds.length : place] = 1;
  return { bounds, counts };
}

/** How many values were observed. */
export function observationsOf({ counts }: Distribution): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Adds up series by their labels. Numbers only grow. */
export class SeriesTotals {
  readonly #totals = new Map<MetricDefinition, Map<string, SeriesValue>>();

  /** Of all metrics; a metric's series stay in the order in which they came. */
  *[Symbol.iterator](): Iterator<SeriesValue> {
    for (const totals of this.#totals.values()) yield* totals.values();
  }

  of(definition: MetricDefinition): Iterable<SeriesValue> {
    return this.#totals.get(definition)?.values() ?? [];
  }

  get isEmpty(): boolean {
    return this.#totals.size === 0;
  }

  /** @returns whether the series is new. */
  add({ definition, labels, value, distribution }: SeriesValue): boolean {
    const totals = this.#totals.get(definition) ?? new Map<string, SeriesValue>();
    this.#totals.set(definition, totals);
    const key = seriesKey(definition, labels);
    const before = totals.get(key);
    totals.set(key, {
      definition,
      labels: before?.labels ?? orderedLabels(definition, labels),
      value: (before?.value ?? 0) + value,
      distribution: sumOf(definition, before?.distribution, distribution),
    });
    return before === undefined;
  }

  clear(): void {
    this.#totals.clear();
  }
}

function sumOf(
  { buckets = [] }: MetricDefinition,
  before: Distribution | undefined,
  more: Distribution | undefined,
): Distribution | undefined {
  if (more === undefined) return before;
  const counts = [...(before?.counts ?? [...buckets.map(() => 0), 0])];
  // Rows of an earlier version may have other bounds: a bucket goes into the one that holds its upper bound.
  for (const [place, count] of more.counts.entries()) {
    const bound = more.bounds[place];
    const found = bound === undefined ? -1 : buckets.findIndex((upper) => bound <= upper);
    const target = found < 0 ? buckets.length : found;
    counts[target] = (counts[target] ?? 0) + count;
  }
  return { bounds: buckets, counts };
}
