import { DeltaError, StoreError } from "finance-feedback-delta";

import { unionOf, within, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { ceilToTimeframe } from "../../market/timeframe.ts";
import { valueLimits } from "../../market/value-limits.ts";
import { emptyStretches } from "./second-opinions.ts";
import type { Patience } from "./patience.ts";
import type { PlanPiece } from "./provider-pieces.ts";
import { rejectedStretches } from "./rejected-stretches.ts";
import type { AnsweredWindow } from "./rejected-stretches.ts";
import type { ProviderPool } from "./provider-pool.ts";
import { resampleSound } from "./resample-sound.ts";
import { checkBars } from "../../bronze/row-checks.ts";
import type { CommitTarget, SeriesCommits } from "../../bronze/series-commits.ts";
import { expectedBars } from "./series-plan.ts";
import type { SeriesPlan } from "./series-plan.ts";

/** What the pieces of a run share. */
export interface PieceContext extends CommitTarget {
  readonly pool: ProviderPool;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
}

/** How far a piece came. */
export interface PieceEnd {
  /** The end of what was fetched, checked and committed. */
  readonly coveredUntilMs: number;
  /** What of it was rejected as a whole, and what the provider's answers do not speak of: neither is covered. */
  readonly rejectedRanges: RangeSet;
  readonly unanswered: RangeSet;
  /** What of it was answered without a bar. */
  readonly empty: RangeSet;
  readonly failure: unknown;
}

/** A commit is worth its files from here on... */
const commitRowsMax = 50_000;
/**
 * ... or when as much time has gone by since the last as before it, within these limits: a process that is killed again
 * and again, after a few seconds each time, keeps at least half of its work, and a long one makes few commits.
 */
const commitIntervalMinMs = 1000;
const commitIntervalMaxMs = 30_000;
/** Rows that may be fetched ahead of those that are being worked on, and wait in memory. */
const aheadRowsMax = 100_000;

/** The windows of one provider, several fetched ahead, committed in order. */
export class PieceIngestion {
  readonly #piece: PlanPiece;
  readonly #plan: SeriesPlan;
  readonly #context: PieceContext;
  readonly #commits: SeriesCommits;
  readonly #onWindow: (rowsChecked: number) => void;
  readonly #stop = new AbortController();
  #pending: CheckedWindow[] = [];
  #pendingRows = 0;
  readonly #rejectedRanges: TimeRange[] = [];
  readonly #unanswered: TimeRange[] = [];
  readonly #empty: TimeRange[] = [];
  /** Ends of what was fetched and checked, and of what is committed. */
  #coveredUntilMs: number;
  #committedUntilMs: number;
  #lastCommitMs: number;
  readonly #startedMs: number;

  constructor(
    piece: PlanPiece,
    plan: SeriesPlan,
    context: PieceContext,
    commits: SeriesCommits,
    onWindow: (rowsChecked: number) => void,
  ) {
    this.#piece = piece;
    this.#plan = plan;
    this.#context = context;
    this.#commits = commits;
    this.#onWindow = onWindow;
    this.#coveredUntilMs = piece.range.startMs;
    this.#committedUntilMs = piece.range.startMs;
    this.#startedMs = context.clock.now();
    this.#lastCommitMs = this.#startedMs;
  }

  async run(): Promise<PieceEnd> {
    let failure: unknown;
    try {
      await this.#context.pool.get(this.#piece.provider).serve(() => this.#ingestWindows());
    } catch (error) {
      // Requests end as aborted when the whole run stops: why it stopped is what there is to say.
      failure = this.#context.signal?.aborted === true ? this.#context.signal.reason : error;
    } finally {
      this.#stop.abort();
    }
    if (failure === undefined || !isStorageFailure(failure)) {
      try {
        // After a failed or cancelled fetch, too: pages that came are worth keeping.
        await this.#commitPending();
      } catch (error) {
        failure ??= error;
      }
    }
    return {
      coveredUntilMs: this.#committedUntilMs,
      rejectedRanges: unionOf(this.#rejectedRanges),
      unanswered: unionOf(this.#unanswered),
      empty: unionOf(this.#empty),
      failure,
    };
  }

  async #ingestWindows(): Promise<void> {
    const { windows } = this.#piece;
    const { clock, signal } = this.#context;
    const pages: Promise<CheckedWindow>[] = [];
    for (let index = 0; index < windows.length; index += 1) {
      for (
        let ahead = pages.length;
        ahead <= index + this.#windowsAhead() && ahead < windows.length;
        ahead += 1
      ) {
        const window = windows[ahead];
        if (window === undefined) break;
        const page = this.#fetchWindow(window);
        // A page that fails while an earlier one is awaited is reported when its turn comes.
        page.catch(() => {});
        pages.push(page);
      }
      const window = windows[index];
      const checked = await pages[index];
      if (window === undefined || checked === undefined) break;
      this.#pending.push(checked);
      this.#pendingRows += checked.rows.length;
      this.#coveredUntilMs = window.endMs;
      const passedMs = clock.now() - this.#lastCommitMs;
      if (this.#pendingRows >= commitRowsMax || passedMs >= this.#commitIntervalMs())
        await this.#commitPending();
      this.#onWindow(checked.checked);
      signal?.throwIfAborted();
    }
  }

  #commitIntervalMs(): number {
    const workedMs = this.#lastCommitMs - this.#startedMs;
    return Math.min(commitIntervalMaxMs, Math.max(commitIntervalMinMs, workedMs));
  }

  #windowsAhead(): number {
    const { provider, share } = this.#context.pool.get(this.#piece.provider);
    return Math.min(share, Math.max(1, Math.floor(aheadRowsMax / provider.capabilities.barsPerRequestMax)));
  }

  async #fetchWindow(window: TimeRange): Promise<CheckedWindow> {
    const { pool, signal } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    const { sourceTimeframe } = this.#piece;
    const { provider, requests } = pool.get(this.#piece.provider);
    const anySignal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    const page = await requests.run(async () => {
      anySignal.throwIfAborted();
      const down = pool.failureOf(provider.name);
      if (down !== undefined) throw down;
      const answer = await provider.fetchBars(
        {
          assetPair,
          timeframe: sourceTimeframe,
          range: window,
          onRetry: (retry) => this.#context.patience.noteRetry(provider.name, retry),
        },
        anySignal,
      );
      this.#context.patience.noteAnswer(provider.name);
      return answer;
    });
    const { candles, rejected } = checkBars(
      page,
      sourceTimeframe,
      window,
      valueLimits(assetPair, this.#context.limits),
    );
    const isNative = sourceTimeframe === timeframe;
    const kept = isNative
      ? candles
      : resampleSound(candles, rejected, { timeframe, sourceTimeframe }, window);
    const rows = kept.map((candle) => ({ candle, sourceFile: page.source }));
    const answeredFromMs = ceilToTimeframe(page.answeredFromMs ?? window.startMs, timeframe);
    const unanswered = within({ startMs: window.startMs, endMs: answeredFromMs }, [window]);
    return {
      window,
      rows,
      rejected,
      checked: isNative ? page.bars.length : rows.length + rejected.length,
      // Before the first bar the market may just have been closed.
      unanswered: unanswered.filter((part) => expectedBars(this.#plan.schedule, part) > 0),
    };
  }

  async #commitPending(): Promise<void> {
    if (this.#coveredUntilMs === this.#committedUntilMs) return;
    const { provider } = this.#context.pool.get(this.#piece.provider);
    const range = { startMs: this.#committedUntilMs, endMs: this.#coveredUntilMs };
    // A repair asks again for what was rejected, and then lets it be.
    const rejected =
      this.#context.confirms === true ? [] : rejectedStretches(this.#pending, this.#plan.timeframe);
    const unanswered = this.#pending.flatMap((window) => window.unanswered);
    const covered = without(range, unionOf([...rejected, ...unanswered]));
    const empty = emptyStretches(this.#pending, this.#plan.schedule).flatMap((part) => within(part, covered));
    await this.#commits.commit({
      provider: provider.name,
      isMock: provider.isMock,
      sourceTimeframe: this.#piece.sourceTimeframe,
      range,
      covered,
      empty,
      rows: this.#pending.flatMap((window) => window.rows),
      rejected: this.#pending.flatMap((window) => window.rejected),
    });
    this.#rejectedRanges.push(...rejected);
    this.#unanswered.push(...unanswered);
    this.#empty.push(...empty);
    this.#pending = [];
    this.#pendingRows = 0;
    this.#committedUntilMs = this.#coveredUntilMs;
    this.#lastCommitMs = this.#context.clock.now();
  }
}

interface CheckedWindow extends AnsweredWindow {
  readonly checked: number;
  /** The part that the answer does not speak of, since the provider's history begins later. */
  readonly unanswered: RangeSet;
}

/** Trouble while committing, as against trouble while fetching: trying the same commit again would not help. */
function isStorageFailure(error: unknown): boolean {
  return error instanceof StoreError || error instanceof DeltaError;
}
