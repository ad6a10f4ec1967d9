import type { AssetPair } from "../market/asset-pair.ts";
import { unionOf, without } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import { formatInstant } from "../market/time-range.ts";
import type { TimeRange } from "../market/time-range.ts";
import type { StoredProgress } from "./commit-proposal.ts";
import type { EmptyAnswers } from "./empty-answers.ts";

/**
 * What of a series has been fetched, checked and committed: a set of ranges, whether or not their bars had trades. Each
 * range is a Delta `txn` action under `ffe.coverage/BTCUSD/2020-01-01T00:00:00Z`, its start in the name and its end,
 * in milliseconds since the epoch, as the version: progress moves the end. Ranges may overlap; their union counts.
 */
export interface Coverage {
  readonly ranges: RangeSet;
  /** As they are stored, to be extended. */
  readonly entries: readonly TimeRange[];
}

export function readCoverage(
  stored: StoredProgress | undefined,
  assetPair: Series,
  isMock: boolean,
): Coverage {
  return readRanges("coverage", stored, assetPair, isMock);
}

/**
 * What of a series was fetched again, by a repair: bars that are missing there are not in the provider's hands.
 * Kept like coverage, under `ffe.confirmed/`.
 */
export function readConfirmed(
  stored: StoredProgress | undefined,
  assetPair: Series,
  isMock: boolean,
): Coverage {
  return readRanges("confirmed", stored, assetPair, isMock);
}

/**
 * What of a series counts as fetched because files were imported: no provider was asked for it, so a backfill that passes
 * it by says so. Kept like coverage, under `ffe.imported/`.
 */
export function readImported(
  stored: StoredProgress | undefined,
  assetPair: Series,
  isMock: boolean,
): Coverage {
  return readRanges("imported", stored, assetPair, isMock);
}

/**
 * What of a series providers answered without a bar, kept like coverage under `ffe.empty.coinbase/`, less what came after
 * all, under `ffe.filled/`. It is covered: only who was not asked may still have it.
 */
export function readEmptyAnswers(stored: StoredProgress | undefined, assetPair: Series): EmptyAnswers {
  const byProvider = new Map<string, TimeRange[]>();
  for (const { appId, version } of stored?.transactions ?? []) {
    const [, provider, asset, start] = /^ffe\.empty\.([^./]+)\/([^/]+)\/(.+)$/.exec(appId) ?? [];
    if (provider === undefined || asset !== assetPair.canonical) continue;
    const ranges = byProvider.get(provider) ?? [];
    ranges.push({ startMs: Date.parse(start ?? ""), endMs: version });
    byProvider.set(provider, ranges);
  }
  const filled = readRanges("filled", stored, assetPair, false).ranges;
  const empty = unionOf([...byProvider.values()].flat());
  return {
    open: empty.flatMap((range) => without(range, filled)),
    byProvider: new Map([...byProvider].map(([provider, ranges]) => [provider, unionOf(ranges)])),
  };
}

export interface RangeTransaction {
  readonly appId: string;
  readonly version: number;
}

/** The `txn` actions that add ranges to what is covered, confirmed, imported and so on. */
export function rangeTransactions(
  kind: RangeKind,
  stored: StoredProgress | undefined,
  assetPair: Series,
  isMock: boolean,
  ranges: RangeSet,
): RangeTransaction[] {
  const known = readRanges(kind, stored, assetPair, isMock);
  const ends = new Map<string, number>();
  for (const range of ranges) {
    const { startMs, endMs } = extended(known, range);
    const appId = `${prefixOf(kind, assetPair, isMock)}${formatInstant(startMs)}`;
    ends.set(appId, Math.max(endMs, ends.get(appId) ?? endMs));
  }
  return [...ends].map(([appId, version]) => ({ appId, version }));
}

export type RangeKind = "coverage" | "confirmed" | "imported" | "filled" | "proven" | `empty.${string}`;

/** What coverage is of: an asset pair, or anything else that has a name of its own in its table. */
type Series = Pick<AssetPair, "canonical">;

function readRanges(
  kind: RangeKind,
  stored: StoredProgress | undefined,
  assetPair: Series,
  isMock: boolean,
): Coverage {
  const entries = entriesOf(stored, prefixOf(kind, assetPair, isMock));
  return { ranges: unionOf(entries), entries };
}

/** A range with the stored one that it goes on from. */
function extended({ entries }: Coverage, range: TimeRange): TimeRange {
  const [longest] = entries
    .filter(({ startMs, endMs }) => startMs <= range.startMs && endMs >= range.startMs)
    .toSorted((left, right) => right.endMs - left.endMs);
  if (longest === undefined) return range;
  return { startMs: longest.startMs, endMs: Math.max(longest.endMs, range.endMs) };
}

function prefixOf(kind: RangeKind, assetPair: Series, isMock: boolean): string {
  return `ffe.${kind}${isMock ? ".mock" : ""}/${assetPair.canonical}/`;
}

function entriesOf(stored: StoredProgress | undefined, prefix: string): TimeRange[] {
  return (stored?.transactions ?? []).flatMap(({ appId, version }): TimeRange[] => {
    if (!appId.startsWith(prefix)) return [];
    const startMs = Date.parse(appId.slice(prefix.length));
    return Number.isNaN(startMs) ? [] : [{ startMs, endMs: version }];
  });
}
