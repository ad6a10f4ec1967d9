/**
 * Fetching what a plan says. Every window that is asked for is checked and committed in order; what a provider cannot serve
 * goes to the next one of the chain. A run that is killed anywhere keeps its last commit, and the next plan goes on from there.
 */
import { stopwatch } from "finance-feedback-delta/contract";

import { pipelineEvents } from "../../events/pipeline-events.ts";
import { covers, unionOf, without } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { ProviderError } from "../../providers/provider-error.ts";
import { secondOpinionNote, unaskedPieces, withEmptyAnswer } from "./second-opinions.ts";
import type { EmptyAnswers } from "../../bronze/empty-answers.ts";
import { TurnIngestion } from "./turn-ingestion.ts";
import type { TurnContext, TurnEnd } from "./turn-ingestion.ts";
import { planPieces, turnsOf } from "./provider-pieces.ts";
import type { PlanPiece, ProviderTurn } from "./provider-pieces.ts";
import { SeriesCommits } from "../../bronze/series-commits.ts";
import type { CommitTotals } from "../../bronze/series-commits.ts";
import type { SeriesPlan } from "./series-plan.ts";

export interface SeriesContext extends TurnContext {
  readonly onProgress: (progress: SeriesProgress) => void;
}

export interface SeriesProgress {
  readonly plan: SeriesPlan;
  /** The provider that the last bars came from. */
  readonly provider: ProviderName;
  /** Bars fetched and checked so far, kept or rejected. */
  readonly rowsChecked: number;
  readonly rowsIngested: number;
  readonly windowsDone: number;
}

/** What came from one provider. */
export interface ProviderShare {
  readonly provider: ProviderName;
  /** From the first bar that was asked for to the last one; there may be bars between that were not. */
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

/**
 * Ingests one planned series, provider by provider: fetches the windows, checks the rows, and commits them in order, as
 * many windows at a time as is safe. A crash at any point leaves the last commit's state, from which the same plan goes on. A provider that fails is
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
    const queue = turnsOf(this.#plan.pieces);
    let failure: unknown;
    for (let turn = queue.shift(); turn !== undefined; turn = queue.shift()) {
      // What comes behind a hole is worth having: coverage knows the hole, and the next run fills it.
      if (this.#failed.has(turn.provider)) continue;
      const end = await this.#runTurn(turn);
      this.#rejectedRanges.push(...end.rejectedRanges);
      if (end.unanswered.length > 0)
        queue.unshift(...turnsOf(this.#piecesForUnanswered(turn, end.unanswered)));
      if (end.empty.length > 0) queue.unshift(...turnsOf(this.#secondOpinions(turn.provider, end.empty)));
      if (end.failure === undefined) continue;
      if (this.#isStopped() || !(end.failure instanceof ProviderError)) {
        failure ??= end.failure;
        break;
      }
      if (turn.isSecondOpinion === true) {
        this.#warnings.push(
          `${this.#plan.assetPair.canonical} ${this.#plan.timeframe}: ${end.failure.message} The next run asks for it again`,
        );
        this.#context.pool.report(end.failure);
        this.#failed.add(turn.provider);
        continue;
      }
      const rest = turn.ranges.flatMap((range) => without(range, end.committed));
      let ending = end.failure;
      const { fallbackPieces, isWhole } = this.#fallbackFor(turn, rest, end.failure);
      if (!isWhole && this.#context.patience.covers(turn.provider, end.failure)) {
        // Others serve what they can at once; for what is left there is only to wait.
        const served = unionOf(fallbackPieces.map(({ range }) => range));
        const left = rest.flatMap((range) => without(range, served));
        const again = this.#sameProvider(turn, left);
        try {
          const over =
            fallbackPieces.length > 0
              ? undefined
              : await this.#context.patience.wait(turn.provider, end.failure, this.#context.signal);
          if (over === undefined) {
            queue.unshift(...turnsOf(fallbackPieces), ...turnsOf(again));
            continue;
          }
          ending = over;
        } catch (error) {
          failure ??= error;
          break;
        }
      }
      this.#context.pool.report(ending);
      this.#failed.add(turn.provider);
      queue.unshift(...turnsOf(fallbackPieces));
      if (!isWhole) failure ??= ending;
    }
    this.#warnings.push(...this.#emptyRangeWarnings(failure));
    const { totals } = this.#commits;
    return {
      ...totals,
      warnings: [...totals.warnings, ...this.#warnings],
      shares: this.#shares,
      rejectedRanges: unionOf(this.#rejectedRanges),
      failure,
    };
  }

  async #runTurn(turn: ProviderTurn): Promise<TurnEnd> {
    const down = this.#context.pool.failureOf(turn.provider);
    if (down !== undefined)
      return { committed: [], rejectedRanges: [], unanswered: [], empty: [], failure: down };
    const before = this.#commits.totals.rowsIngested;
    const run = new TurnIngestion(turn, this.#plan, this.#context, this.#commits, (rows) => {
      this.#rowsChecked += rows;
      this.#windowsDone += 1;
      this.#report(turn.provider);
    });
    const end = await run.run();
    const [first, last] = [end.committed[0], end.committed.at(-1)];
    if (first !== undefined && last !== undefined)
      this.#shares.push({
        provider: turn.provider,
        range: { startMs: first.startMs, endMs: last.endMs },
        rowsIngested: this.#commits.totals.rowsIngested - before,
      });
    this.#report(turn.provider);
    return end;
  }

  /** Which providers can serve the rest of a turn, or a part of it, now that its provider failed. */
  #fallbackFor(turn: ProviderTurn, rest: RangeSet, failure: ProviderError): Fallback {
    const { pool, clock } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    const others = pool.usable(new Set([...this.#failed, turn.provider]));
    if (others.length === 0) return noFallback;
    try {
      const { pieces } = planPieces(assetPair, timeframe, rest, others, clock.now());
      const [first] = pieces;
      if (first === undefined) return noFallback;
      const names = [...new Set(pieces.map(({ provider }) => pool.titleOf(provider)))].join(", then ");
      this.#warnings.push(
        `${assetPair.canonical} ${timeframe}: ${failure.message} Went on with ${names} from ${formatInstant(first.range.startMs)}`,
      );
      const served = unionOf(pieces.map(({ range }) => range));
      return { fallbackPieces: pieces, isWhole: rest.every((range) => covers(served, range)) };
    } catch {
      return noFallback;
    }
  }

  /** The rest of a turn for its own provider, again. */
  #sameProvider(turn: ProviderTurn, left: RangeSet): readonly PlanPiece[] {
    const { pool, clock } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    const { provider } = pool.get(turn.provider);
    return planPieces(assetPair, timeframe, left, [provider], clock.now()).pieces;
  }

  /** Which providers can serve what another one's history does not reach back to. */
  #piecesForUnanswered(turn: ProviderTurn, unanswered: RangeSet): readonly PlanPiece[] {
    const { pool, clock } = this.#context;
    const { assetPair, timeframe } = this.#plan;
    const title = pool.titleOf(turn.provider);
    const ranges = unanswered.map(
      ({ startMs, endMs }) => `${formatInstant(startMs)} to ${formatInstant(endMs)}`,
    );
    const what = `${assetPair.canonical} ${timeframe}: ${title}'s answer does not reach back to ${ranges.join(", ")}`;
    const others = pool.usable(new Set([...this.#failed, turn.provider]));
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

  /** Which providers of the chain may have what one of them answered without a bar. */
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

  #emptyRangeWarnings(failure: unknown): string[] {
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

interface Fallback {
  readonly fallbackPieces: readonly PlanPiece[];
  /** A part that no provider serves stays a failure. */
  readonly isWhole: boolean;
}

const noFallback: Fallback = { fallbackPieces: [], isWhole: false };
