import { timeframeMs } from "../market/timeframe.ts";
import type { BarTimeframe } from "./bar-columns.ts";
import type { BarWindow } from "./winning-bars.ts";

/** A piece of the time over which bars are read, and whether its bars are wanted or only warm the indicators up. */
export interface ReadWindow extends BarWindow {
  readonly isWanted: boolean;
}

export interface ReadSpan {
  readonly timeframe: BarTimeframe;
  readonly assetPairCount: number;
  /** When the first and the last of the bars open. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Bars that close behind this instant are wanted. */
  readonly startMs: number;
  /** No bar that closes behind it is read. */
  readonly endMs: number;
}

/** So many bars are held at a time, for each timeframe. */
const windowBarsMax = 65_536;

/** Cuts the time of some series into windows of bounded size, none across the start of what is wanted. */
export function* readWindows(span: ReadSpan): Generator<ReadWindow> {
  const lengthMs = timeframeMs(span.timeframe);
  const stepMs = Math.max(1, Math.floor(windowBarsMax / span.assetPairCount)) * lengthMs;
  const historyEndMs = span.startMs - lengthMs;
  const lastMs = Math.min(span.lastMs, span.endMs - lengthMs);
  let afterMs = span.firstMs - 1;
  while (afterMs < lastMs) {
    const isWanted = afterMs >= historyEndMs;
    const boundMs = isWanted ? lastMs : Math.min(lastMs, historyEndMs);
    const untilMs = Math.min(boundMs, afterMs + stepMs);
    yield { afterMs, untilMs, isWanted };
    afterMs = untilMs;
  }
}
