import type { MetricDefinition } from "../metrics/definitions.ts";
import { seriesKey } from "../metrics/labels.ts";
import type { SeriesTotals, SeriesValue } from "../metrics/series-value.ts";

/** Series that appeared at the same refresh. */
interface Debut {
  readonly keys: ReadonlySet<string>;
  readonly seenBy: Set<string>;
  firstShownMs: number | undefined;
}

/** How long a new series is shown as 0 to a scraper that comes after another one. */
const debutMs = 300_000;

/** The state of debuts that an answer was made for. */
export interface Hidden {
  /** Equal for two answers that hide the same series. */
  readonly key: string;
  readonly has: (value: SeriesValue) => boolean;
}

/**
 * `increase()` sees nothing when a counter first appears at 84,000. So a series that is new since the exporter started is 0 in
 * the first answer to each scraper, and has its value from the next one on. What was known at the start has its value at
 * once: a 0 would look like a restart.
 */
export class Debuts {
  #known: Set<string> | undefined;
  #open: Debut[] = [];

  /** Whether the series at the start are recorded. */
  get hasNoted(): boolean {
    return this.#known !== undefined;
  }

  /** Records the series that exist now. */
  note(totals: SeriesTotals): void {
    const keys = Array.from(totals, keyOf);
    if (this.#known === undefined) {
      this.#known = new Set(keys);
      return;
    }
    const known = this.#known;
    const fresh = keys.filter((key) => !known.has(key));
    if (fresh.length === 0) return;
    for (const key of fresh) known.add(key);
    this.#open.push({ keys: new Set(fresh), seenBy: new Set(), firstShownMs: undefined });
  }

  /** The series that a new scraper sees as 0. */
  get all(): Hidden {
    return hiddenOf(this.#open);
  }

  /**
   * The series that a scraper sees as 0 this time.
   *
   * @param holdMs how long it goes on seeing it; 0 for a scraper that takes each answer.
   */
  shownTo(scraper: string, nowMs: number, holdMs = 0): Hidden {
    this.#open = this.#open.filter(
      ({ firstShownMs }) => firstShownMs === undefined || nowMs - firstShownMs < debutMs,
    );
    const hidden = this.#open.filter(({ seenBy }) => !seenBy.has(scraper));
    for (const debut of hidden) {
      debut.firstShownMs ??= nowMs;
      if (nowMs - debut.firstShownMs >= holdMs) debut.seenBy.add(scraper);
    }
    return hiddenOf(hidden);
  }
}

function hiddenOf(debuts: readonly Debut[]): Hidden {
  const key = debuts.map(({ keys }) => [...keys][0] ?? "").join("\n");
  return {
    key,
    has: (value) => {
      if (debuts.length === 0) return false;
      const own = keyOf(value);
      return debuts.some(({ keys }) => keys.has(own));
    },
  };
}

function keyOf({
  definition,
  labels,
}: {
  definition: MetricDefinition;
  labels: SeriesValue["labels"];
}): string {
  return `${definition.name} ${seriesKey(definition, labels)}`;
}
