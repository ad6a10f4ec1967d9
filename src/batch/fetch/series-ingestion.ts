import { DeltaError, StoreError } from "finance-feedback-delta";
import { stopwatch } from "finance-feedback-delta/contract";

import { pipelineEvents } from "../../events/pipeline-events.ts";
import { covers, unionOf, within, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import { ceilToTimeframe } from "../../market/timeframe.ts";
import { valueLimits } from "../../market/value-limits.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { ProviderError } from "../../providers/provider-error.ts";
import { emptyStretches, secondOpinionNote, unaskedPieces, withEmptyAnswer } from "./second-opinions.ts";
import type { EmptyAnswers } from "../../bronze/empty-answers.ts";
import type { Patience } from "./patience.ts";
import { planPieces } from "./provider-pieces.ts";
import type { PlanPiece } from "./provider-pieces.ts";
import { rejectedStretches } from "./rejected-stretches.ts";
import type { AnsweredWindow } from "./rejected-stretches.ts";
import type { ProviderPool } from "./provider-pool.ts";
import { resampleSound } from "./resample-sound.ts";
import { checkBars } from "../../bronze/row-checks.ts";
import { SeriesCommits } from "../../bronze/series-commits.ts";
import type { CommitTarget, CommitTotals } from "../../bronze/series-commits.ts";
import { expectedBars } from "./series-plan.ts";
import type { SeriesPlan } from "./series-plan.ts";

export interface SeriesContext extends CommitTarget {
  readonly pool: ProviderPool;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: SeriesProgress) => void;
}

export interface SeriesProgress {
  readonly plan: SeriesPlan;
  /** Whom the last bars came from. */
  readonly provider: ProviderName;
  /** Bars fetched and checked so far, kept or rejected. */
  readonly rowsChecked: number;
  readonly rowsIngested: number;
  readonly windowsDone: number;
}

/** What came from one provider. */
export interface ProviderShare {
  readonly provider: ProviderName;
  readonly range: TimeRange;
  readonly rowsIngested: number;
}

export interface SeriesOutcome extends CommitTotals {
  /** In the order in which they were asked. */
  readonly shares: readonly ProviderShare[];
  /** What was rejected as a whole: it is not covered, and the next run asks for it again. */
  readonly rejectedRanges: RangeSet;
  /** Why the series ended before its range did; what was committed stays. */
  readonly failure: unknown;
}

/** A commit is worth its files from here on... */
const commitRowsMax = 50_000;
/**
 * ... or when as much time has gone by since the last as before it, within these limits: a process that is killed again
 * and again, after a few seconds each time, keeps half of its work at the least, and a long one makes few commits.
 */
const commitIntervalMinMs = 1000;
const commitIntervalMaxMs = 30_000;
/** Rows that may be fetched ahead of those that are being worked on, and wait in memory. */
const aheadRowsMax = 100_000;

/**
 * Ingests one planned series, piece by piece: fetches the windows, checks the rows, and commits them window by window in
 * order. A crash at any point leaves the last commit's state, from which the same plan goes on. A provider that fails is
 * left for the next one that can serve the rest.
 */
export async function ingestSeries(plan: SeriesPlan, context: SeriesContext): Promise<SeriesOutcome> {
  const seconds = stopwatch();
  const outcome = await new SeriesIngestion(plan, context).run();
  pipelineEvents.series.publish(() => ({
    ingestionId: context.ingestionId,
    assetPair: plan.assetPair.canonical,
    timeframe: plan.timeframe,
    providers: [...new Set(outcome.shares.map(({ provider }) => provider))],
    rowsIngested: outcome.rowsIngested,
    rowsRevised: outcome.rowsRevised,
    rowsUnchanged: outcome.rowsUnchanged,
    rowsRejected: outcome.rowsRejected,
    durationSeconds: seconds(),
    ...(outcome.failure === undefined ? {} : { error: outcome.failure }),
  }));
  return outcome;
}

class SeriesIngestion {
  readonly #plan: SeriesPlan;
  readonly #context: SeriesContext;
  readonly #commits: SeriesCommits;
  readonly #shares: ProviderShare[] = [];
  readonly #warnings: string[] = [];
  readonly #rejectedRanges: TimeRange[] = [];
  /** Providers that failed for this series. */
  readonly #failed = new Set<ProviderName>();
  #emptyAnswers: EmptyAnswers;
  #rowsChecked = 0;
  #windowsDone = 0;

  constructor(plan: SeriesPlan, context: SeriesContext) {
    this.#plan = plan;
    this.#context = context;
    this.#commits = new SeriesCommits(plan, context);
    this.#emptyAnswers = plan.emptyAnswers;
  }

  async run(): Promise<SeriesOutcome> {
    const queue = [...this.#plan.pieces];
    let failure: unknown;
    for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
      // What comes behind a hole is worth having: coverage knows the hole, and the next run fills it.
      if (this.#failed.has(piece.provider)) continue;
      const end = await this.#runPiece(piece);
      this.#rejectedRanges.push(...end.rejectedRanges);
      if (end.unanswered.length > 0) queue.unshift(...this.#othersForUnanswered(piece, end.unanswered));
      if (end.empty.length > 0) queue.unshift(...this.#secondOpinions(piece.provider, end.empty));
      if (end.failure === undefined) continue;
      if (this.#isStopped() || !(end.failure instanceof ProviderError)) {
        failure ??= end.failure;
        break;
      }
      if (piece.isSecondOpinion === true) {
        this.#warnings.push(
          `${this.#plan.assetPair.canonical} ${this.#plan.timeframe}: ${end.failure.message} The next run asks for it again`,
        );
        this.#context.pool.report(end.failure);
        this.#failed.add(piece.provider);
        continue;
      }
      const rest = { startMs: end.coveredUntilMs, endMs: piece.range.endMs };
      let ending = end.failure;
      const { others, isWhole } = this.#othersFor(piece, rest, end.failure);
      if (!isWhole && this.#context.patience.covers(piece.provider, end.failure)) {
        // Others serve what they can at once; for what is left there is only to wait.
        const left = without(rest, unionOf(others.map(({ range }) => range)));
        const again = this.#sameProvider(piece, left);
        try {
          const over =
            others.length > 0
              ? undefined
              : await this.#context.patience.wait(piece.provider, end.failure, this.#context.signal);
          if (over === undefined) {
            queue.unshift(...others, ...again);
            continue;
          }
          ending = over;
        } catch (error) {
          failure ??= error;
          break;
        }
      }
      this.#context.pool.report(ending);
      this.#failed.add(piece.provider);
      queue.unshift(...others);
      if (!isWhole) failure ??= ending;
    }
    this.#warnings.push(...this.#silence(failure));
    const { totals } = this.#commits;
    return {
      ...totals,
      warnings: [...totals.warnings, ...this.#warnings],
      shares: this.#shares,
      rejectedRanges: unionOf(this.#rejectedRanges),
      failure,
    };
  }

  async #runPiece(piece: PlanPiece): Promise<PieceEnd> {
    const down = this.#context.pool.failureOf(piece.provider);
    if (down !== undefined)
      return {
        coveredUntilMs: piece.range.startMs,
        rejectedRanges: [],
        unanswered: [],
        empty: [],
        failure: down,
      };
    const before = this.#commits.totals.rowsIngested;
    const run = new PieceIngestion(piece, this.#plan, this.#context, this.#commits, (rows) => {
      this.#rowsChecked += rows;
      this.#windowsDone += 1;
      this.#report(piece.provider);
    });
    const end = await run.run();
    const rowsIngested = this.#commits.totals.rowsIngested - before;
    const range = { startMs: piece.range.startMs, endMs: end.coveredUntilMs };
    if (range.startMs < range.endMs || rowsIngested > 0)
      this.#shares.push({ provider: piece.provider, range, rowsIngested });
    this.#report(piece.provider);
    return end;
  }

  /** Who can serve the rest of a piece, or a part of it, now that its provider failed. */
  #othersFor(piece: PlanPiece, rest: TimeRange, failure: ProviderError): Others {
    const { pool, clock } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    const others = pool.usable(new Set([...this.#failed, piece.provider]));
    if (others.length === 0) return nobody;
    try {
      const { pieces } = planPieces(assetPair, timeframe, [rest], others, clock.now());
      const [first] = pieces;
      if (first === undefined) return nobody;
      const names = [...new Set(pieces.map(({ provider }) => pool.titleOf(provider)))].join(", then ");
      this.#warnings.push(
        `${assetPair.canonical} ${timeframe}: ${failure.message} Went on with ${names} from ${formatInstant(first.range.startMs)}`,
      );
      const served = unionOf(pieces.map(({ range }) => range));
      return { others: pieces, isWhole: covers(served, rest) };
    } catch {
      return nobody;
    }
  }

  /** The rest of a piece for its own provider, once more. */
  #sameProvider(piece: PlanPiece, left: RangeSet): readonly PlanPiece[] {
    const { pool, clock } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    const { provider } = pool.get(piece.provider);
    return planPieces(assetPair, timeframe, left, [provider], clock.now()).pieces;
  }

  /** Who can serve what a provider's history does not reach back to. */
  #othersForUnanswered(piece: PlanPiece, unanswered: RangeSet): readonly PlanPiece[] {
    const { pool, clock } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    const title = pool.titleOf(piece.provider);
    const ranges = unanswered.map(
      ({ startMs, endMs }) => `${formatInstant(startMs)} to ${formatInstant(endMs)}`,
    );
    const what = `${assetPair.canonical} ${timeframe}: ${title}'s answer does not reach back to ${ranges.join(", ")}`;
    const others = pool.usable(new Set([...this.#failed, piece.provider]));
    try {
      const { pieces } = planPieces(assetPair, timeframe, unanswered, others, clock.now());
      const names = [...new Set(pieces.map(({ provider }) => pool.titleOf(provider)))].join(", then ");
      this.#warnings.push(
        pieces.length === 0 ? `${what}; it is not covered` : `${what}. Asked ${names} for it`,
      );
      return pieces;
    } catch {
      this.#warnings.push(`${what}; it is not covered`);
      return [];
    }
  }

  /** Who of the chain may have what a provider answered without a bar. */
  #secondOpinions(provider: ProviderName, empty: RangeSet): readonly PlanPiece[] {
    const { pool, clock, confirms } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    this.#emptyAnswers = withEmptyAnswer(this.#emptyAnswers, provider, empty);
    if (confirms === true) return [];
    const others = pool.usable(this.#failed);
    const pieces = unaskedPieces(this.#plan, this.#emptyAnswers, others, true, clock.now());
    if (pieces.length > 0)
      this.#warnings.push(secondOpinionNote(`${assetPair.canonical} ${timeframe}`, pieces, others));
    return pieces;
  }

  #isStopped(): boolean {
    return this.#context.signal?.aborted === true;
  }

  #silence(failure: unknown): string[] {
    const { assetPair, timeframe, expectedRows, pieces } = this.#plan;
    if (failure !== undefined || this.#rowsChecked > 0 || expectedRows === 0) return [];
    const names = [...new Set(pieces.map(({ provider }) => provider))].join(", ");
    return [
      `${assetPair.canonical} ${timeframe}: ${names} sent no bar at all where about ${expectedRows} were expected`,
    ];
  }

  #report(provider: ProviderName): void {
    const { rowsIngested } = this.#commits.totals;
    const plan = this.#plan;
    const rowsChecked = this.#rowsChecked;
    const windowsDone = this.#windowsDone;
    pipelineEvents.progress.publish(() => ({
      ingestionId: this.#context.ingestionId,
      assetPair: plan.assetPair.canonical,
      timeframe: plan.timeframe,
      provider,
      requestsDone: windowsDone,
      rowsChecked,
      rowsIngested,
    }));
    this.#context.onProgress({ plan, provider, rowsChecked, rowsIngested, windowsDone });
  }
}

interface Others {
  readonly others: readonly PlanPiece[];
  /** A part that nobody serves stays the failure that it is. */
  readonly isWhole: boolean;
}

const nobody: Others = { others: [], isWhole: false };

interface PieceEnd {
  /** The end of what was fetched, checked and committed. */
  readonly coveredUntilMs: number;
  /** What of it was rejected as a whole, and what the provider's answers do not speak of: neither is covered. */
  readonly rejectedRanges: RangeSet;
  readonly unanswered: RangeSet;
  /** What of it was answered without a bar. */
  readonly empty: RangeSet;
  readonly failure: unknown;
}

/** The windows of one provider, several fetched ahead, committed in order. */
class PieceIngestion {
  readonly #piece: PlanPiece;
  readonly #plan: SeriesPlan;
  readonly #context: SeriesContext;
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
    context: SeriesContext,
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
    // A repair asks once more for what was rejected, and then lets it be.
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
