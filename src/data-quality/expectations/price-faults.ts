import * as z from "zod";
import { weekMs } from "../../market/durations.ts";

/** How far prices may stand apart before they are a fault. */
export interface ContinuityLimits {
  /** Between a close and the next open, as a factor. */
  readonly jump: number;
  /** Between a high or a low and the rest of its bar, as a factor. */
  readonly wick: number;
  /** A jump is at least so many times the usual move of its series. */
  readonly deviations: number;
  readonly explained: readonly {
    readonly asset_pair: string;
    readonly start: string;
    readonly end: string;
  }[];
}

/** A bar away from the close before it, or with a high or a low away from it. All prices are natural logarithms. */
const foundBar = z.looseObject({
  series: z.string(),
  place: z.coerce.number(),
  timestamp: z.string(),
  before: z.string().nullable(),
  jump: z.number(),
  wick: z.number(),
  own_range: z.number(),
  range_before: z.number().nullable(),
  touches_new: z.boolean(),
  elapsed: z.number().nullable(),
  /** The moves that give the usual one: from close to close of the bars around, without this one and the largest. */
  others: z.number().nullable(),
  usual_move: z.number().nullable(),
  usual_range: z.number().nullable(),
});
type FoundBar = z.infer<typeof foundBar>;

export type PriceFault = Readonly<Record<string, unknown>>;

/** A jump this large is a fault in any series, however it moves. */
const always = Math.log(20);
/** A jump this large is a fault when the series' usual move is unknown. */
const withoutOthers = Math.log(8);
const othersMin = 3;
/** Prices may go far over a gap: in logarithms, over four weeks twice as far as over one. */

/**
 * The faults of the bars that stand apart.
 *
 * A jump is a fault when it is at least the limit and `deviations` times the usual move of its series. The usual move is the
 * median of the moves around, or the median range of the bars around, whichever is larger: an error in few bars does not change
 * a median, and an error in all prices of a bar does not change its range.
 *
 * A jump and the one that undoes it are one fault, of the bars between them. A jump that stays is named by the first bar behind
 * it, or by the bar that spans the jump by itself.
 */
export function faultsIn(rows: readonly unknown[], limits: ContinuityLimits): readonly PriceFault[] {
  const bars = z.array(foundBar).parse(rows);
  return [...Map.groupBy(bars, ({ series }) => series).values()].flatMap((ofSeries) =>
    faultsOfSeries(ofSeries, limits),
  );
}

function faultsOfSeries(bars: readonly FoundBar[], limits: ContinuityLimits): PriceFault[] {
  const jumps = bars.filter((bar) => isJump(bar, limits));
  const faults: PriceFault[] = [];
  const jumpsAt = new Set(jumps.map(({ place }) => place));
  for (let index = 0; index < jumps.length; index += 1) {
    const [jump, next] = [jumps[index], jumps[index + 1]];
    if (jump === undefined) continue;
    if (next !== undefined && isUndone(jump, next)) {
      index += 1;
      if (jump.touches_new || next.touches_new)
        faults.push(
          faultOf(jump, "stretch", jump.jump, { until: next.before, bars: next.place - jump.place }),
        );
    } else if (jump.touches_new) faults.push(lastingJump(jump));
  }
  const wicks = bars.filter((bar) => bar.touches_new && !jumpsAt.has(bar.place) && isWick(bar, limits));
  return [...faults, ...wicks.map((bar) => faultOf(bar, "wick", bar.wick))];
}

function isJump(bar: FoundBar, { jump, deviations, explained }: ContinuityLimits): boolean {
  const patience = Math.max(1, Math.sqrt((bar.elapsed ?? 0) / weekMs));
  const limit = Math.max(Math.log(jump) * patience, Math.min(always, deviations * usualOf(bar)), unsure(bar));
  return Math.abs(bar.jump) >= limit && !explained.some((range) => isWithin(bar, range));
}

function isWick(bar: FoundBar, { wick, deviations, explained }: ContinuityLimits): boolean {
  const limit = Math.max(Math.log(wick), deviations * (bar.usual_range ?? 0));
  return bar.wick >= limit && !explained.some((range) => isWithin(bar, range));
}

/** Whether the price comes back to where it was, within the market's usual moves. */
function isUndone(jump: FoundBar, next: FoundBar): boolean {
  const drift = Math.max(Math.log(1.5), 3 * usualOf(jump));
  return Math.abs(jump.jump + next.jump) <= Math.min(drift, Math.abs(jump.jump) / 2);
}

function usualOf({ usual_move: move, usual_range: range }: FoundBar): number {
  return Math.max(move ?? 0, range ?? 0);
}

/** The smallest jump that is a fault when few other bars, and no ranges, give the usual move. */
function unsure({ others, usual_range: range }: FoundBar): number {
  return (others ?? 0) < othersMin && (range ?? 0) === 0 ? withoutOthers : 0;
}

function isWithin(bar: FoundBar, range: ContinuityLimits["explained"][number]): boolean {
  const at = Date.parse(bar.timestamp);
  return (
    bar["asset_pair"] === range.asset_pair && at >= Date.parse(range.start) && at < Date.parse(range.end)
  );
}

/** Of the two bars at a jump, one that spans at least half of it by itself has a wrong price; otherwise either may. */
function lastingJump(bar: FoundBar): PriceFault {
  const half = Math.abs(bar.jump) / 2;
  const { before, own_range: own, range_before: ofBefore } = bar;
  if (before === null || ofBefore === null || ofBefore < half || ofBefore <= own)
    return faultOf(bar, own >= half ? "bar" : "jump", bar.jump);
  // Only the close of the bar before is known here.
  const prices = { open: null, high: null, low: null, close: bar["previous_close"], previous_close: null };
  return faultOf(bar, "bar", -bar.jump, { ...prices, timestamp: before });
}

function faultOf(
  bar: FoundBar,
  kind: "stretch" | "jump" | "bar" | "wick",
  logarithm: number,
  more: PriceFault = {},
): PriceFault {
  const shown = Object.entries(bar).filter(([name]) => !workings.has(name));
  return { ...Object.fromEntries(shown), kind, factor: rounded(Math.exp(logarithm)), ...more };
}

/** The columns that find a fault, which no result shows. */
const workings: ReadonlySet<string> = new Set([
  "series",
  "place",
  "before",
  "jump",
  "wick",
  "own_range",
  "range_before",
  "touches_new",
  "elapsed",
  "others",
  "usual_move",
  "usual_range",
]);

/** To three digits, because it says how far and not where. */
function rounded(factor: number): number {
  return Number(factor.toPrecision(3));
}
