/**
 * The ranges of which a stream proved that no trade is missing, by market. They lie in the commits of the trades, as `txn` actions
 * `ffe.proven/JOB/PROVIDER:PAIR/START` whose version is the range's end: a stream that was killed knows them again.
 */
import type { Transaction } from "finance-feedback-delta";

import type { StoredProgress } from "../../bronze/commit-proposal.ts";
import { rangeTransactions } from "../../bronze/coverage.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { unionOf } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import type { TimeRange } from "../../market/time-range.ts";
import type { Proof } from "../source/message-source.ts";

/** Whose trades they are. */
export interface TradeMarket {
  readonly provider: string;
  readonly assetPair: AssetPair;
  readonly isMock: boolean;
}

export interface ProvenMarket {
  readonly market: TradeMarket;
  readonly ranges: RangeSet;
}

/** A source that begins anew says it from the millisecond behind its last trade on. */
const joinedMs = 1;

/** By `marketKey`. */
export function readProven(
  stored: StoredProgress | undefined,
  job: string,
): ReadonlyMap<string, ProvenMarket> {
  const found = new Map<string, { readonly market: TradeMarket; readonly ranges: TimeRange[] }>();
  for (const { appId, version } of stored?.transactions ?? []) {
    const [, mock, itsJob, provider = "", pair = "", start = ""] =
      /^ffe\.proven(\.mock)?\/([^/]+)\/([^/:]+):([^/]+)\/(.+)$/.exec(appId) ?? [];
    const startMs = Date.parse(start);
    if (itsJob !== job || Number.isNaN(startMs)) continue;
    const market = { provider, assetPair: AssetPair.parse(pair), isMock: mock !== undefined };
    const known = found.get(marketKey(market)) ?? { market, ranges: [] };
    known.ranges.push({ startMs, endMs: version });
    found.set(marketKey(market), known);
  }
  return new Map([...found].map(([key, { market, ranges }]) => [key, { market, ranges: unionOf(ranges) }]));
}

/** What is proven once proofs are added. */
export function withProofs(
  proven: ReadonlyMap<string, ProvenMarket>,
  proofs: readonly Proof[],
): ReadonlyMap<string, ProvenMarket> {
  const all = new Map(proven);
  for (const proof of proofs) {
    const market = marketOf(proof);
    const ranges = all.get(marketKey(market))?.ranges ?? [];
    all.set(marketKey(market), { market, ranges: unionOf([...ranges, joined(proof.range, ranges)]) });
  }
  return all;
}

/** The entries that proofs add to a commit. */
export function provenTransactions(
  stored: StoredProgress | undefined,
  job: string,
  proofs: readonly Proof[],
): readonly Transaction[] {
  const proven = withProofs(readProven(stored, job), proofs);
  return [...new Set(proofs.map((proof) => marketKey(marketOf(proof))))].flatMap((key) => {
    const found = proven.get(key);
    if (found === undefined) return [];
    const { provider, assetPair, isMock } = found.market;
    const series = { canonical: `${job}/${provider}:${assetPair.canonical}` };
    return rangeTransactions("proven", stored, series, isMock, found.ranges).filter(
      ({ appId, version }) => stored?.transaction(appId)?.version !== version,
    );
  });
}

export function marketKey({ provider, assetPair, isMock }: TradeMarket): string {
  return `${provider}/${assetPair.canonical}${isMock ? "/mock" : ""}`;
}

function marketOf({ provider, assetPair, isMock = false }: Proof): TradeMarket {
  return { provider, assetPair, isMock };
}

function joined(range: TimeRange, known: RangeSet): TimeRange {
  const before = known.find(({ endMs }) => endMs < range.startMs && endMs + joinedMs >= range.startMs);
  return before === undefined ? range : { startMs: before.endMs, endMs: range.endMs };
}
