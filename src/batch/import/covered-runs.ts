import { isClosure } from "../../market/open-bars.ts";
import type { RangeSet } from "../../market/range-set.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { ceilToTimeframe, floorToTimeframe, timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import type { TradingCalendar } from "../../market/trading-calendar.ts";
import { dayMs } from "../../market/durations.ts";

/** No market is closed for longer; a longer hole is not looked at. */
const closureMaxMs = 21 * dayMs;

/**
 * What the bars of a file let count as fetched: the runs of bars between which the market's calendar expects no other. A
 * hole in which the market was open ends a run, since it is unknown why the file lacks those bars. Fed in ascending order.
 */
export class CoveredRuns {
  readonly #calendar: TradingCalendar;
  readonly #timeframe: Timeframe;
  readonly #runs: TimeRange[] = [];

  constructor(calendar: TradingCalendar, timeframe: Timeframe) {
    this.#calendar = calendar;
    this.#timeframe = timeframe;
  }

  add(openTimeMs: number): void {
    const bar = { startMs: openTimeMs, endMs: openTimeMs + timeframeMs(this.#timeframe) };
    const last = this.#runs.at(-1);
    if (last !== undefined && this.#holdTogether(last.endMs, bar.startMs))
      this.#runs[this.#runs.length - 1] = { startMs: last.startMs, endMs: bar.endMs };
    else this.#runs.push(bar);
  }

  /**
   * The runs since the last call, on the grid, the longest `runsMax` of them; the bar that was added last begins the next
   * ones, so that a run goes on over the call. What is left out is fetched again, which costs requests and loses nothing.
   */
  take(runsMax: number): { readonly covered: RangeSet; readonly leftOut: number } {
    const all = this.#runs.flatMap(({ startMs, endMs }): TimeRange[] => {
      const range = {
        startMs: ceilToTimeframe(startMs, this.#timeframe),
        endMs: floorToTimeframe(endMs, this.#timeframe),
      };
      return range.startMs < range.endMs ? [range] : [];
    });
    const last = this.#runs.at(-1);
    this.#runs.length = 0;
    if (last !== undefined) this.add(last.endMs - timeframeMs(this.#timeframe));
    const longest = all
      .toSorted((one, other) => other.endMs - other.startMs - (one.endMs - one.startMs))
      .slice(0, runsMax);
    return {
      covered: longest.toSorted((one, other) => one.startMs - other.startMs),
      leftOut: all.length - longest.length,
    };
  }

  #holdTogether(endMs: number, nextMs: number): boolean {
    if (nextMs <= endMs) return true;
    if (nextMs - endMs > closureMaxMs) return false;
    return isClosure(this.#calendar, this.#timeframe, { startMs: endMs, endMs: nextMs });
  }
}
