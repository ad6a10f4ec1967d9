import { ownMember } from "finance-feedback-delta/contract";

import type { AnyStream } from "../indicators/all-indicators.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { timeframeMs } from "../market/timeframe.ts";
import { doublesOf } from "../transform/indicators/bar-series.ts";
import { addObv, firstObv } from "../transform/indicators/exact-obv.ts";
import type { ObvState } from "../transform/indicators/exact-obv.ts";
import type { IndicatorRun } from "../transform/indicators/indicator-columns.ts";
import type { BarTimeframe } from "./bar-columns.ts";
import { gapsBefore } from "./gaps-before.ts";
import type { WonBars } from "./winning-bars.ts";

/** What a series' own past says of its bars: one value for each. */
export interface ComputedBars {
  readonly barSeq: BigInt64Array;
  /** Null where it is below zero. */
  readonly gapBarsBefore: BigInt64Array;
  readonly knownAt: BigInt64Array;
  /** By column; NaN where a value is null. */
  readonly doubles: ReadonlyMap<string, Float64Array>;
  readonly obv: (bigint | null)[];
}

/** Where the columns of `length` bars go. */
export function roomFor(length: number, runs: readonly IndicatorRun[], withObv: boolean): ComputedBars {
  const names = runs.flatMap(({ columns }) => Object.keys(columns));
  return {
    barSeq: new BigInt64Array(length),
    gapBarsBefore: new BigInt64Array(length),
    knownAt: new BigInt64Array(length),
    doubles: new Map(names.map((name) => [name, new Float64Array(length)])),
    obv: withObv ? Array<bigint | null>(length).fill(null) : [],
  };
}

/** One series, from its first bar on: what it remembers when the next bars come. */
export class RunningSeries {
  readonly #lengthMicros: bigint;
  readonly #runs: readonly IndicatorRun[];
  readonly #streams: ReadonlyMap<string, AnyStream>;
  readonly #gaps: (closedBeforeMs: number, openTimeMs: number) => number | null;
  readonly #name: string;
  #obv: ObvState = firstObv;
  #seq = 0n;
  #knownAt = 0n;
  #closedBefore: bigint | undefined;

  constructor(assetPair: AssetPair, timeframe: BarTimeframe, runs: readonly IndicatorRun[]) {
    this.#name = `${assetPair.canonical} ${timeframe}`;
    this.#lengthMicros = BigInt(timeframeMs(timeframe)) * 1000n;
    this.#gaps = gapsBefore(assetPair, timeframe);
    this.#runs = runs;
    this.#streams = new Map(runs.map((run) => [run.name, run.indicator.stream(run.options)]));
  }

  /** Goes on over the series' bars from `start` to `end` among others, and writes at their places what it finds. */
  goOn(bars: WonBars, start: number, end: number, into: ComputedBars): void {
    this.#place(bars, start, end, into);
    if (into.obv.length > 0) this.#addVolumes(bars, start, end, into.obv);
    if (this.#runs.length === 0) return;
    const doubles = doublesOf({
      name: this.#name,
      firstSeq: 0,
      savedState: null,
      timestamp: bars.timestamp.subarray(start, end),
      high: bars.high.subarray(start, end),
      low: bars.low.subarray(start, end),
      close: bars.close.subarray(start, end),
      volume: bars.volume.slice(start, end),
    });
    for (const { name, columns } of this.#runs) {
      const values = this.#streams.get(name)?.updateBars(doubles) ?? {};
      for (const [column, output] of Object.entries(columns))
        into.doubles.get(column)?.set(ownMember(values, output) ?? [], start);
    }
  }

  #place({ timestamp, extractedAt }: WonBars, start: number, end: number, into: ComputedBars): void {
    for (let at = start; at < end; at += 1) {
      const opens = timestamp[at] ?? 0n;
      const extracted = extractedAt[at] ?? 0n;
      const closedBefore = this.#closedBefore;
      into.barSeq[at] = this.#seq;
      into.gapBarsBefore[at] =
        closedBefore === undefined || closedBefore >= opens
          ? 0n
          : BigInt(this.#gaps(Number(closedBefore) / 1000, Number(opens) / 1000) ?? -1);
      if (this.#seq === 0n || extracted > this.#knownAt) this.#knownAt = extracted;
      into.knownAt[at] = this.#knownAt;
      this.#seq += 1n;
      this.#closedBefore = opens + this.#lengthMicros;
    }
  }

  #addVolumes({ close, volume }: WonBars, start: number, end: number, obv: (bigint | null)[]): void {
    for (let at = start; at < end; at += 1) {
      const next = addObv(this.#obv, { close: close[at] ?? 0n, volume: volume[at] ?? null });
      obv[at] = next.value;
      this.#obv = next.state;
    }
  }
}
