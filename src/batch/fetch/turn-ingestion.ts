import { DeltaError, StoreError } from "finance-feedback-delta";

import { unionOf, within, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { ceilToTimeframe } from "../../market/timeframe.ts";
import { valueLimits } from "../../market/value-limits.ts";
import { emptyStretches } from "./second-opinions.ts";
import type { Patience } from "./patience.ts";
import type { ProviderTurn } from "./provider-pieces.ts";
import { rejectedStretches } from "./rejected-stretches.ts";
import type { AnsweredWindow } from "./rejected-stretches.ts";
import type { ProviderPool } from "./provider-pool.ts";
import { resampleSound } from "./resample-sound.ts";
import { checkBars } from "../../bronze/row-checks.ts";
import type { CommitTarget, SeriesCommits } from "../../bronze/series-commits.ts";
import { expectedBars } from "./series-plan.ts";
import type { SeriesPlan } from "./series-plan.ts";

/** What the turns of a run share. */
export interface TurnContext extends CommitTarget {
  readonly pool: ProviderPool;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
}

/** How far a turn came. */
export interface TurnEnd {
  /** What was fetched, checked and committed. */
  readonly committed: RangeSet;
  /** What of it was rejected as a whole, and what the provider's answers do not speak of: neither is covered. */
  readonly rejectedRanges: RangeSet;
  readonly unanswered: RangeSet;
  /** What of it was answered without a bar. */
  readonly empty: RangeSet;
  readonly failure: unknown;
}

/** A commit is worth its files from here on... */
const commitRowsMax = 50_000;
/** ... or from so many stretches apart from each other: each is a range in the log, and may have a partition of its own... */
const commitStretchesMax = 250;
/**
 * ... or when as much time has gone by since the last as before it, within these limits: a process that is killed again
 * and again, after a few seconds each time, keeps at least half of its work, and a long one makes few commits.
 */
const commitIntervalMinMs = 1000;
const commitIntervalMaxMs = 30_000;
/** Rows that may be fetched ahead of those that are being worked on, and wait in memory. */
const aheadRowsMax = 100_000;

/**
 * The windows of one provider, several fetched ahead, committed in order. Windows apart from each other, as those of many
 * gaps, go into one commit as well.
 */
export class TurnIngestion {
  readonly #turn: ProviderTurn;
  readonly #plan: SeriesPlan;
  readonly #context: TurnContext;
  readonly #commits: SeriesCommits;
  readonly #onWindow: (rowsChecked: number) => void;
  readonly #stop = new AbortController();
  #pending: CheckedWindow[] = [];
  #pendingRows = 0;
  #pendingStretches = 0;
  readonly #committed: TimeRange[] = [];
  readonly #rejectedRanges: TimeRange[] = [];
  readonly #unanswered: TimeRange[] = [];
  readonly #empty: TimeRange[] = [];
  #lastCommitMs: number;
  readonly #startedMs: number;

  constructor(
    turn: ProviderTurn,
    plan: SeriesPlan,
    context: TurnContext,
    commits: SeriesCommits,
    onWindow: (rowsChecked: number) => void,
  ) {
    this.#turn = turn;
    this.#plan = plan;
    this.#context = context;
    this.#commits = commits;
    this.#onWindow = onWindow;
    this.#startedMs = context.clock.now();
    this.#lastCommitMs = this.#startedMs;
  }

  async run(): Promise<TurnEnd> {
    let failure: unknown;
    try {
      await this.#context.pool.get(this.#turn.provider).serve(() => this.#ingestWindows());
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
      committed: unionOf(this.#committed),
      rejectedRanges: unionOf(this.#rejectedRanges),
      unanswered: unionOf(this.#unanswered),
      empty: unionOf(this.#empty),
      failure,
    };
  }

  async #ingestWindows(): Promise<void> {
    const { windows } = this.#turn;
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
      if (this.#pending.at(-1)?.window.endMs !== window.startMs) this.#pendingStretches += 1;
      this.#pending.push(checked);
      this.#pendingRows += checked.rows.length;
      const passedMs = clock.now() - this.#lastCommitMs;
      if (
        this.#pendingRows >= commitRowsMax ||
        passedMs >= this.#commitIntervalMs() ||
        this.#pendingStretches >= commitStretchesMax
      )
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
    const { provider, share } = this.#context.pool.get(this.#turn.provider);
    return Math.min(share, Math.max(1, Math.floor(aheadRowsMax / provider.capabilities.barsPerRequestMax)));
  }

  async #fetchWindow(window: TimeRange): Promise<CheckedWindow> {
    const { pool, signal } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    const { sourceTimeframe } = this.#turn;
    const { provider, requests } = pool.get(this.#turn.provider);
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
    if (this.#pending.length === 0) return;
    const { provider } = this.#context.pool.get(this.#turn.provider);
    const { timeframe, schedule } = this.#plan;
    const stretches = adjoining(this.#pending);
    const asked = unionOf(this.#pending.map(({ window }) => window));
    // A repair asks again for what was rejected, and then lets it be.
    const rejected =
      this.#context.confirms === true
        ? []
        : stretches.flatMap((windows) => rejectedStretches(windows, timeframe));
    const unanswered = this.#pending.flatMap((window) => window.unanswered);
    const uncovered = unionOf([...rejected, ...unanswered]);
    const covered = asked.flatMap((range) => without(range, uncovered));
    const empty = stretches
      .flatMap((windows) => emptyStretches(windows, schedule))
      .flatMap((part) => within(part, covered));
    await this.#commits.commit({
      provider: provider.name,
      isMock: provider.isMock,
      sourceTimeframe: this.#turn.sourceTimeframe,
      covered,
      empty,
      rows: this.#pending.flatMap((window) => window.rows),
      rejected: this.#pending.flatMap((window) => window.rejected),
    });
    this.#committed.push(...asked);
    this.#rejectedRanges.push(...rejected);
    this.#unanswered.push(...unanswered);
    this.#empty.push(...empty);
    this.#pending = [];
    this.#pendingRows = 0;
    this.#pendingStretches = 0;
    this.#lastCommitMs = this.#context.clock.now();
  }
}

/** Ascending windows in groups, each without a hole: what is judged by bars in a row must not look across one. */
function adjoining(windows: readonly CheckedWindow[]): readonly (readonly CheckedWindow[])[] {
  const stretches: CheckedWindow[][] = [];
  for (const checked of windows) {
    const stretch = stretches.at(-1);
    if (stretch?.at(-1)?.window.endMs === checked.window.startMs) stretch.push(checked);
    else stretches.push([checked]);
  }
  return stretches;
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
