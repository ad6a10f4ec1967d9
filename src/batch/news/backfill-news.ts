/**
 * Brings news with their sentiment into Bronze. What is covered of a ticker is in the commit that carries its rows, as for
 * bars: a run that is stopped, or that used up its quota, goes on there, and a second run asks for nothing that it has.
 */
import type { Snapshot, Transaction } from "finance-feedback-delta";

import { rangeTransactions, readCoverage } from "../../bronze/coverage.ts";
import type { DeadLetterQueue } from "../../dead-letters/dead-letter-queue.ts";
import { without } from "../../market/range-set.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { NewsProvider } from "../../providers/news.ts";
import { ProviderError } from "../../providers/provider-error.ts";
import type { ProviderRetry } from "../../providers/provider.ts";
import { commitRecords } from "../../records/record-commit.ts";
import type { SourcedRecord } from "../../records/record-commit.ts";
import { recordKinds } from "../../records/record-kinds.ts";
import { isFailed } from "../../records/record-reading.ts";
import { readNewsFeed } from "../../records/shapes/news-feed.ts";
import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";

export interface NewsBackfillRequest {
  readonly tickers: readonly string[];
  readonly range: TimeRange;
  /** Asks again for what is covered. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((ticker: string, requests: number, articles: number) => void) | undefined;
  readonly onRetry?: ((retry: ProviderRetry) => void) | undefined;
}

export interface NewsContext {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
}

/** What has to be asked for of a ticker. */
export interface NewsPlan {
  readonly ticker: string;
  readonly ranges: readonly TimeRange[];
}

/** What came of a ticker. */
export interface NewsOutcome {
  readonly ticker: string;
  readonly requests: number;
  readonly added: number;
  readonly alreadyThere: number;
  readonly rejected: number;
  readonly reasons: ReadonlyMap<string, number>;
  readonly tableVersion: number | undefined;
  /** What ended it early; what came before is kept. */
  readonly failure: unknown;
}

const tableName = recordKinds.news.table.name;
const minuteMs = 60_000;

/** An article may turn up so long after its time: the last hour is asked for again. */
const lateMs = 3_600_000;

export async function planNews(
  { tickers, range, force }: Pick<NewsBackfillRequest, "tickers" | "range" | "force">,
  lake: DeltaLakeManager,
): Promise<readonly NewsPlan[]> {
  const table = lake.table(tableName);
  const snapshot = (await table.exists()) ? await table.snapshot() : undefined;
  return tickers.map((ticker) => {
    const covered = force ? [] : readCoverage(snapshot, seriesOf(ticker), false).ranges;
    return { ticker, ranges: without(range, covered) };
  });
}

/** One ticker after the other: the provider's quota is the limit, and an answer has a thousand articles. */
export async function backfillNews(
  request: NewsBackfillRequest,
  provider: NewsProvider,
  context: NewsContext,
): Promise<readonly NewsOutcome[]> {
  const outcomes: NewsOutcome[] = [];
  let failure: unknown;
  for (const plan of await planNews(request, context.lake)) {
    const outcome =
      failure === undefined
        ? await new TickerRun(plan, request, provider, context).run()
        : { ...nothing(plan.ticker), failure };
    outcomes.push(outcome);
    if (endsAll(outcome.failure)) failure = outcome.failure;
  }
  return outcomes;
}

/** A failure that every other ticker would meet, too. */
function endsAll(failure: unknown): boolean {
  if (failure === undefined) return false;
  return !(failure instanceof ProviderError) || !["BAD_REQUEST", "UNKNOWN_SYMBOL"].includes(failure.code);
}

function nothing(ticker: string): NewsOutcome {
  return {
    ticker,
    requests: 0,
    added: 0,
    alreadyThere: 0,
    rejected: 0,
    reasons: new Map(),
    tableVersion: undefined,
    failure: undefined,
  };
}

class TickerRun {
  readonly #plan: NewsPlan;
  readonly #request: NewsBackfillRequest;
  readonly #provider: NewsProvider;
  readonly #context: NewsContext;
  readonly #reasons = new Map<string, number>();
  #requests = 0;
  #added = 0;
  #alreadyThere = 0;
  #rejected = 0;
  #tableVersion: number | undefined;

  constructor(plan: NewsPlan, request: NewsBackfillRequest, provider: NewsProvider, context: NewsContext) {
    this.#plan = plan;
    this.#request = request;
    this.#provider = provider;
    this.#context = context;
  }

  async run(): Promise<NewsOutcome> {
    let failure: unknown;
    try {
      for (const range of this.#plan.ranges) await this.#fetch(range);
    } catch (error) {
      failure = error;
    }
    return {
      ticker: this.#plan.ticker,
      requests: this.#requests,
      added: this.#added,
      alreadyThere: this.#alreadyThere,
      rejected: this.#rejected,
      reasons: this.#reasons,
      tableVersion: this.#tableVersion,
      failure,
    };
  }

  /** Page by page: a full page may be cut off, so the next one begins in the minute of its last article. */
  async #fetch(range: TimeRange): Promise<void> {
    const { ticker } = this.#plan;
    const { signal, onRetry, onProgress } = this.#request;
    let { startMs } = range;
    while (startMs < range.endMs) {
      signal?.throwIfAborted();
      onProgress?.(ticker, this.#requests, this.#added + this.#alreadyThere);
      const asked = { startMs, endMs: range.endMs };
      const page = await this.#provider.fetchNews({ ticker, range: asked, onRetry }, signal);
      this.#requests += 1;
      const feed = readNewsFeed(page.text, ticker);
      const isCut = page.mayBeCut && feed.lastPublishedMs !== undefined;
      const endMs = isCut ? floorToMinute(feed.lastPublishedMs ?? 0) : range.endMs;
      if (isCut && endMs <= startMs)
        throw new ProviderError({
          code: "BAD_REQUEST",
          provider: "alpha_vantage",
          message: `There are more articles about ${ticker} in the minute of ${formatInstant(startMs)} than one answer holds.`,
          nextStep: "What came before is kept. Go on with a later --start.",
          transient: false,
        });
      await this.#commit(feed.readings, { startMs, endMs }, page.source);
      startMs = endMs;
    }
  }

  async #commit(
    readings: ReturnType<typeof readNewsFeed>["readings"],
    covered: TimeRange,
    source: string,
  ): Promise<void> {
    const { deadLetters, clock } = this.#context;
    const records: SourcedRecord[] = [];
    const rejected = readings.filter(isFailed);
    for (const reading of readings) {
      if (isFailed(reading)) continue;
      const { ms } = reading.shaped.instant;
      // The provider knows whole minutes, so an answer may have an article on either side of the range.
      if (ms >= covered.startMs && ms < covered.endMs) records.push({ record: reading, source });
    }
    await deadLetters.writeRecords(
      { table: tableName, source: "alpha_vantage" },
      rejected.map(({ reason, id, timeMs, raw }) => ({
        reason,
        key: id,
        timeMs,
        sourceFile: source,
        row: {},
        raw,
      })),
    );
    for (const { reason } of rejected) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    this.#rejected += rejected.length;
    const nowMs = clock.now();
    const result = await commitRecords(
      "news",
      records,
      { ...this.#context, nowMs, dryRun: false },
      (snapshot) => this.#progress(snapshot, covered, nowMs),
    );
    this.#added += result.added;
    this.#alreadyThere += result.alreadyThere;
    this.#tableVersion = result.tableVersion ?? this.#tableVersion;
  }

  #progress(snapshot: Snapshot | undefined, covered: TimeRange, nowMs: number): readonly Transaction[] {
    const endMs = Math.min(covered.endMs, floorToMinute(nowMs - lateMs));
    if (endMs <= covered.startMs) return [];
    const { ticker } = this.#plan;
    const appId = `ffe.watermark/${ticker}`;
    const watermarkMs = Math.max(endMs, snapshot?.transaction(appId)?.version ?? endMs);
    const ranges = [{ startMs: covered.startMs, endMs }];
    return [
      ...rangeTransactions("coverage", snapshot, seriesOf(ticker), false, ranges),
      { appId, version: watermarkMs },
    ];
  }
}

/** The name under which a ticker's progress is committed. */
function seriesOf(ticker: string): { readonly canonical: string } {
  return { canonical: ticker };
}

function floorToMinute(ms: number): number {
  return Math.floor(ms / minuteMs) * minuteMs;
}
