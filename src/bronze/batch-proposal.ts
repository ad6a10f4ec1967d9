import type { Transaction } from "finance-feedback-delta";

import type { AssetPair } from "../market/asset-pair.ts";
import { covers, within, without } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import { marketDataTable } from "../tables/market-data.ts";
import type { PartitionPolicy } from "../tables/market-data.ts";
import type { RejectedRow } from "../dead-letters/rejected-rows.ts";
import { candleCommit } from "./candle-commit.ts";
import type { SourcedCandle } from "./candle-columns.ts";
import type { CommitProposal, StoredProgress } from "./commit-proposal.ts";
import { rangeTransactions, readCoverage, readEmptyAnswers } from "./coverage.ts";
import type { RangeTransaction } from "./coverage.ts";
import { newCandles } from "./revisions.ts";
import type { StoredValues } from "./revisions.ts";
import { readWatermark } from "./watermark.ts";

/** Candles of one provider, and what is covered when they are committed. */
export interface CandleBatch {
  /** What their `source_provider` says. */
  readonly provider: string;
  readonly isMock: boolean;
  /** The timeframe of the rows as they came: what dead letters are filed under. */
  readonly sourceTimeframe: Timeframe;
  /** On the grid of the series' timeframe: what counts as fetched when the rows are committed. */
  readonly covered: RangeSet;
  /** What of it the provider answered without a bar. */
  readonly empty?: RangeSet | undefined;
  /** Whether the rows come from a file, and no provider was asked for what it covers. */
  readonly isImport?: boolean | undefined;
  readonly rows: readonly SourcedCandle[];
  readonly rejected: readonly RejectedRow[];
  /** Progress of who made the batch, which becomes durable with it. */
  readonly transactions?: readonly Transaction[] | undefined;
}

/** What the table holds that a batch is compared with. */
export interface StoredSeries {
  /** `undefined` when there is no table, or nothing to compare. */
  readonly progress: StoredProgress | undefined;
  /** Of the batch's provider, in the time of its candles. */
  readonly values: StoredValues;
}

export interface ProposalSettings {
  readonly assetPair: AssetPair;
  readonly timeframe: Timeframe;
  readonly ingestionId: string;
  readonly partitionPolicy: PartitionPolicy;
  readonly nowMs: number;
  /** Whether the batch was fetched again, to be sure that what is missing cannot be had. */
  readonly confirms: boolean;
}

/** A proposal, and what it comes to once it is committed. */
export interface BatchProposal extends CommitProposal {
  readonly rowsIngested: number;
  /** Of those, bars that are stored with other values. */
  readonly rowsRevised: number;
  /** Bars that are stored already, the same. */
  readonly rowsUnchanged: number;
  readonly watermarkMs: number | undefined;
}

/** Whether a batch has something to compare with the table at all: rejected rows alone have not. */
export function concernsTable({ rows, covered }: CandleBatch): boolean {
  return rows.length > 0 || covered.length > 0;
}

/** What a batch adds to a series: rows that are new or revised, coverage, the watermark, dead letters. */
export function proposeBatch(
  batch: CandleBatch,
  { progress, values }: StoredSeries,
  settings: ProposalSettings,
): BatchProposal {
  const { assetPair, timeframe, confirms } = settings;
  const { provider, isMock } = batch;
  const { rows, revised } = newCandles(batch.rows, values);
  const known = readWatermark(progress, assetPair, isMock);
  const coveredEndMs = batch.covered.at(-1)?.endMs;
  const reachedMs = coveredEndMs === undefined ? known : coveredEndMs - timeframeMs(timeframe);
  const watermarkMs = reachedMs === undefined ? known : Math.max(reachedMs, known ?? reachedMs);
  const coverage = readCoverage(progress, assetPair, isMock);
  const answers = answerTransactions(progress, assetPair, batch);
  const isCovered = batch.covered.every((range) => covers(coverage.ranges, range));
  const isNeeded = rows.length > 0 || confirms || !isCovered || answers.length > 0;
  const origin = { ...settings, provider, isMock, extractedAtMs: settings.nowMs };
  return {
    tableName: marketDataTable(timeframe),
    rowsIngested: rows.length,
    rowsRevised: revised,
    rowsUnchanged: batch.rows.length - rows.length,
    watermarkMs,
    rejected: { context: deadLetterContext(assetPair, batch), rows: batch.rejected },
    commit:
      isNeeded && concernsTable(batch)
        ? candleCommit(rows, origin, progress, watermarkMs, [
            ...rangeTransactions("coverage", progress, assetPair, isMock, batch.covered),
            ...answers,
            ...(confirms ? rangeTransactions("confirmed", progress, assetPair, isMock, batch.covered) : []),
            ...(batch.isImport === true
              ? rangeTransactions("imported", progress, assetPair, isMock, batch.covered)
              : []),
            ...(batch.transactions ?? []),
          ])
        : undefined,
  };
}

function deadLetterContext(
  assetPair: AssetPair,
  { provider, isMock, sourceTimeframe }: CandleBatch,
): CommitProposal["rejected"]["context"] {
  return {
    asset_pair: assetPair.canonical,
    timeframe: sourceTimeframe,
    provider,
    ...(isMock ? { is_mock: true } : {}),
  };
}

/** The `txn` actions that say which provider has no bars of a range, and where some came after all. */
function answerTransactions(
  progress: StoredProgress | undefined,
  assetPair: AssetPair,
  { provider, isMock, covered, empty = [] }: CandleBatch,
): RangeTransaction[] {
  if (isMock) return [];
  const { open, byProvider } = readEmptyAnswers(progress, assetPair);
  const kind = `empty.${provider}` as const;
  const news = empty.flatMap((range) => without(range, byProvider.get(provider) ?? []));
  const filled = covered.flatMap((range) => without(range, empty)).flatMap((range) => within(range, open));
  return [
    ...rangeTransactions(kind, progress, assetPair, isMock, news),
    ...rangeTransactions("filled", progress, assetPair, isMock, filled),
  ];
}
