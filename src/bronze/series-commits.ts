import { stopwatch } from "finance-feedback-delta/contract";

import { pipelineEvents } from "../events/pipeline-events.ts";
import type { AssetPair } from "../market/asset-pair.ts";
import { unionOf } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { LimitOverrides } from "../market/value-limits.ts";
import type { Clock } from "../seams/clock.ts";
import { marketDataTable } from "../tables/market-data.ts";
import type { PartitionPolicy } from "../tables/market-data.ts";
import { concernsTable, proposeBatch } from "./batch-proposal.ts";
import type { BatchProposal, CandleBatch } from "./batch-proposal.ts";
import { commitProposal } from "./commit-proposal.ts";
import type { ProposalTarget } from "./commit-proposal.ts";
import { readStoredSeries } from "./stored-series.ts";

/** Where the commits of a run go. */
export interface CommitTarget extends ProposalTarget {
  readonly clock: Clock;
  readonly partitionPolicy: PartitionPolicy;
  /** The user's own limits of prices and volumes. */
  readonly limits?: LimitOverrides | undefined;
  /** Whether what is committed was fetched again, to be sure that what is missing cannot be had. */
  readonly confirms?: boolean | undefined;
}

/** What the commits of one series came to. */
export interface CommitTotals {
  readonly rowsIngested: number;
  readonly rowsRejected: number;
  /** Bars that Bronze has already, the same. */
  readonly rowsUnchanged: number;
  /** Bars that Bronze had with other values. */
  readonly rowsRevised: number;
  readonly watermarkMs: number | undefined;
  readonly tableVersion: number | undefined;
  /** What counts as fetched because of these commits. */
  readonly covered: RangeSet;
  readonly deadLetterPaths: readonly string[];
  /** Why rows were rejected, and how many. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
}

/**
 * Commits one series: dead letters first, durably, then rows, coverage and watermark in one atomic step. Whatever
 * commits to the series at the same time, another run or an import, changes the watermark's `txn` as well: then what is
 * left to do is worked out anew.
 */
export class SeriesCommits {
  readonly #assetPair: AssetPair;
  readonly #timeframe: Timeframe;
  readonly #target: CommitTarget;
  #rowsIngested = 0;
  #rowsRejected = 0;
  #rowsUnchanged = 0;
  #rowsRevised = 0;
  #watermarkMs: number | undefined;
  #tableVersion: number | undefined;
  #covered: RangeSet = [];
  readonly #deadLetterPaths = new Set<string>();
  readonly #reasons = new Map<string, number>();
  readonly #warnings: string[] = [];

  constructor(
    series: {
      readonly assetPair: AssetPair;
      readonly timeframe: Timeframe;
      readonly watermarkMs: number | undefined;
      readonly tableVersion: number | undefined;
    },
    target: CommitTarget,
  ) {
    this.#assetPair = series.assetPair;
    this.#timeframe = series.timeframe;
    this.#watermarkMs = series.watermarkMs;
    this.#tableVersion = series.tableVersion;
    this.#target = target;
  }

  get totals(): CommitTotals {
    return {
      rowsIngested: this.#rowsIngested,
      rowsRejected: this.#rowsRejected,
      rowsUnchanged: this.#rowsUnchanged,
      rowsRevised: this.#rowsRevised,
      watermarkMs: this.#watermarkMs,
      tableVersion: this.#tableVersion,
      covered: this.#covered,
      deadLetterPaths: [...this.#deadLetterPaths].toSorted(),
      reasons: this.#reasons,
      warnings: this.#warnings,
    };
  }

  async commit(batch: CandleBatch): Promise<void> {
    const seconds = stopwatch();
    const before = this.#counts;
    try {
      await this.#commitBatch(batch);
      this.#tell(batch, before, seconds);
    } catch (error) {
      this.#tell(batch, before, seconds, error);
      throw error;
    }
  }

  get #counts(): Counts {
    const rowsIngested = this.#rowsIngested;
    const rowsRevised = this.#rowsRevised;
    const rowsUnchanged = this.#rowsUnchanged;
    const rowsRejected = this.#rowsRejected;
    return { rowsIngested, rowsRevised, rowsUnchanged, rowsRejected };
  }

  #tell(batch: CandleBatch, before: Counts, seconds: () => number, error?: unknown): void {
    const { provider, isMock } = batch;
    pipelineEvents.ingest.publish(() => ({
      ingestionId: this.#target.ingestionId,
      assetPair: this.#assetPair.canonical,
      timeframe: this.#timeframe,
      provider,
      isMock,
      table: marketDataTable(this.#timeframe),
      ...(this.#tableVersion === undefined || error !== undefined
        ? {}
        : { tableVersion: this.#tableVersion }),
      rowsIngested: this.#rowsIngested - before.rowsIngested,
      rowsRevised: this.#rowsRevised - before.rowsRevised,
      rowsUnchanged: this.#rowsUnchanged - before.rowsUnchanged,
      rowsRejected: this.#rowsRejected - before.rowsRejected,
      durationSeconds: seconds(),
      ...(error === undefined ? {} : { error }),
    }));
  }

  async #commitBatch(batch: CandleBatch): Promise<void> {
    const { lake, ingestionId, partitionPolicy, clock, confirms = false } = this.#target;
    const [assetPair, timeframe] = [this.#assetPair, this.#timeframe];
    for (let left = batch; ; left = { ...left, rejected: [] }) {
      const stored = await readStoredSeries(lake, marketDataTable(timeframe), assetPair, left);
      const nowMs = clock.now();
      const settings = { assetPair, timeframe, ingestionId, partitionPolicy, nowMs, confirms };
      const proposal = proposeBatch(left, stored, settings);
      const { deadLetterPaths, commit } = await commitProposal(proposal, this.#target);
      this.#countRejected(left, deadLetterPaths);
      // Its rows are not known to this proposal; what was rejected is written.
      if (commit.kind === "overtaken") continue;
      if (commit.kind === "failed") throw commit.error;
      if (commit.kind === "committed" && commit.warning !== undefined) this.#warnings.push(commit.warning);
      if (concernsTable(batch))
        this.#count(proposal, batch, commit.kind === "committed" ? commit.version : stored.progress?.version);
      return;
    }
  }

  #countRejected({ rejected }: CandleBatch, paths: readonly string[]): void {
    for (const path of paths) this.#deadLetterPaths.add(path);
    this.#rowsRejected += rejected.length;
    for (const { reason } of rejected) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  #count(proposal: BatchProposal, { covered }: CandleBatch, tableVersion: number | undefined): void {
    this.#rowsIngested += proposal.rowsIngested;
    this.#rowsRevised += proposal.rowsRevised;
    this.#rowsUnchanged += proposal.rowsUnchanged;
    this.#watermarkMs = proposal.watermarkMs;
    this.#tableVersion = tableVersion;
    this.#covered = unionOf([...this.#covered, ...covered]);
  }
}

type Counts = Pick<CommitTotals, "rowsIngested" | "rowsRevised" | "rowsUnchanged" | "rowsRejected">;
