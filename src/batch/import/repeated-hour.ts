import { instantsOf } from "./local-time.ts";
import { dayMs } from "../../market/durations.ts";

/** Steps against the direction of a file that are no sign of disorder: files that were joined. */
const contraryShareMax = 0.1;

/** Which of two rows with the same time of day comes first. */
export type FoldOrder = "earlier first" | "later first";

/** The steps from row to row in and around one hour that comes twice. */
interface Fold {
  ups: number;
  downs: number;
  readonly counts: Map<number, number>;
}

/**
 * Tells the two hours apart that clocks show when they are put back. The rows around them say it: in a file of the newest
 * first the later hour comes first. A file whose rows have no order says nothing.
 */
export class RepeatedHour {
  readonly #folds = new Map<string, Fold>();
  readonly #last = new Map<string, { wallMs: number; fold: Fold | undefined }>();
  readonly #elsewhere = { ups: 0, downs: 0 };

  /** @param wallMs of the next row of a symbol, as the clocks of a zone show it. */
  add(symbol: string, timeZone: string, wallMs: number): void {
    const fold =
      instantsOf(timeZone, wallMs).length === 2 ? this.#foldAt(symbol, timeZone, wallMs) : undefined;
    fold?.counts.set(wallMs, (fold.counts.get(wallMs) ?? 0) + 1);
    const last = this.#last.get(symbol);
    if (last === undefined) {
      this.#last.set(symbol, { wallMs, fold });
      return;
    }
    const around = fold ?? last.fold ?? this.#elsewhere;
    if (wallMs > last.wallMs) around.ups += 1;
    else if (wallMs < last.wallMs) around.downs += 1;
    last.wallMs = wallMs;
    last.fold = fold;
  }

  /** How often a time of such an hour is there. */
  countOf(symbol: string, timeZone: string, wallMs: number): number {
    return this.#foldAt(symbol, timeZone, wallMs).counts.get(wallMs) ?? 0;
  }

  /** `undefined` where neither the rows around the hour nor all others have one order. */
  orderOf(symbol: string, timeZone: string, wallMs: number): FoldOrder | undefined {
    const { ups, downs } = this.#foldAt(symbol, timeZone, wallMs);
    const elsewhere = this.#elsewhere;
    // Bars shorter than an hour jump back once, from the end of the first hour to the beginning of the second.
    if (ups > downs && downs <= 1 && elsewhere.downs <= elsewhere.ups * contraryShareMax)
      return "earlier first";
    if (downs > ups && ups <= 1 && elsewhere.ups <= elsewhere.downs * contraryShareMax) return "later first";
    return undefined;
  }

  #foldAt(symbol: string, timeZone: string, wallMs: number): Fold {
    const key = `${Math.floor(wallMs / dayMs)} ${timeZone} ${symbol}`;
    const known = this.#folds.get(key);
    if (known !== undefined) return known;
    const fold = { ups: 0, downs: 0, counts: new Map<number, number>() };
    this.#folds.set(key, fold);
    return fold;
  }
}
