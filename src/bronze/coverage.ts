import type { Snapshot } from "finance-feedback-delta";

import type { AssetPair } from "../market/asset-pair.ts";
import { unionOf, without } from "../market/range-set.ts";
import type { RangeSet } from "../market/range-set.ts";
import { formatInstant } from "../market/time-range.ts";
import type { TimeRange } from "../market/time-range.ts";
import { timeframeMs } from "../market/timeframe.ts";
import type { Timeframe } from "../market/timeframe.ts";
import type { EmptyAnswers } from "./empty-answers.ts";
import { readWatermark } from "./watermark.ts";

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
  snapshot: Snapshot | undefined,
  assetPair: AssetPair,
  timeframe: Timeframe,
  isMock: boolean,
): Coverage {
  const entries = entriesOf(snapshot, prefixOf("coverage", assetPair, isMock));
  const watermarkMs = readWatermark(snapshot, assetPair, isMock);
  const reachedMs = Math.max(...entries.map(({ endMs }) => endMs));
  if (snapshot !== undefined && watermarkMs !== undefined && watermarkMs >= reachedMs) {
    // A table of before there were ranges: from its first bar to its watermark.
    const startMs = Math.min(firstStoredMs(snapshot, assetPair) ?? watermarkMs, watermarkMs);
    entries.push({ startMs, endMs: watermarkMs + timeframeMs(timeframe) });
  }
  return { ranges: unionOf(entries), entries };
}

/**
 * What of a series was fetched once more, by a repair: bars that are missing there are not in the provider's hands.
 * Kept like coverage, under `ffe.confirmed/`.
 */
export function readConfirmed(
  snapshot: Snapshot | undefined,
  assetPair: AssetPair,
  isMock: boolean,
): Coverage {
  const entries = entriesOf(snapshot, prefixOf("confirmed", assetPair, isMock));
  return { ranges: unionOf(entries), entries };
}

/**
 * What of a series counts as fetched because files were imported: nobody was asked for it, so that a backfill that passes
 * it by says so. Kept like coverage, under `ffe.imported/`.
 */
export function readImported(
  snapshot: Snapshot | undefined,
  assetPair: AssetPair,
  isMock: boolean,
): Coverage {
  const entries = entriesOf(snapshot, prefixOf("imported", assetPair, isMock));
  return { ranges: unionOf(entries), entries };
}

/**
 * What of a series providers answered without a bar, kept like coverage under `ffe.empty.coinbase/`, less what came after
 * all, under `ffe.filled/`. It is covered: only who was not asked may still have it.
 */
export function readEmptyAnswers(snapshot: Snapshot | undefined, assetPair: AssetPair): EmptyAnswers {
  const byProvider = new Map<string, TimeRange[]>();
  for (const { appId, version } of snapshot?.transactions ?? []) {
    const [, provider, asset, start] = /^ffe\.empty\.([^./]+)\/([^/]+)\/(.+)$/.exec(appId) ?? [];
    if (provider === undefined || asset !== assetPair.canonical) continue;
    const ranges = byProvider.get(provider) ?? [];
    ranges.push({ startMs: Date.parse(start ?? ""), endMs: version });
    byProvider.set(provider, ranges);
  }
  const filled = readFilled(snapshot, assetPair).ranges;
  const empty = unionOf([...byProvider.values()].flat());
  return {
    open: empty.flatMap((range) => without(range, filled)),
    byProvider: new Map([...byProvider].map(([provider, ranges]) => [provider, unionOf(ranges)])),
  };
}

/** What of a series one provider answered without a bar, to be extended. */
export function readEmpty(
  snapshot: Snapshot | undefined,
  assetPair: AssetPair,
  kind: `empty.${string}`,
): Coverage {
  const entries = entriesOf(snapshot, prefixOf(kind, assetPair, false));
  return { ranges: unionOf(entries), entries };
}

/** What came of a series after an answer without a bar. */
export function readFilled(snapshot: Snapshot | undefined, assetPair: AssetPair): Coverage {
  const entries = entriesOf(snapshot, prefixOf("filled", assetPair, false));
  return { ranges: unionOf(entries), entries };
}

export interface RangeTransaction {
  readonly appId: string;
  readonly version: number;
}

/** The `txn` action that adds a range to what is covered, confirmed, imported and so on. */
export function rangeTransaction(
  kind: RangeKind,
  known: Coverage,
  assetPair: AssetPair,
  isMock: boolean,
  range: TimeRange,
): RangeTransaction {
  const extended = known.entries
    .filter((entry) => entry.startMs <= range.startMs && entry.endMs >= range.startMs)
    .toSorted((left, right) => right.endMs - left.endMs)[0];
  const startMs = extended?.startMs ?? range.startMs;
  return {
    appId: `${prefixOf(kind, assetPair, isMock)}${formatInstant(startMs)}`,
    version: Math.max(extended?.endMs ?? range.endMs, range.endMs),
  };
}

export type RangeKind = "coverage" | "confirmed" | "imported" | "filled" | `empty.${string}`;

function prefixOf(kind: RangeKind, assetPair: AssetPair, isMock: boolean): string {
  return `ffe.${kind}${isMock ? ".mock" : ""}/${assetPair.canonical}/`;
}

function entriesOf(snapshot: Snapshot | undefined, prefix: string): TimeRange[] {
  return (snapshot?.transactions ?? []).flatMap(({ appId, version }): TimeRange[] => {
    if (!appId.startsWith(prefix)) return [];
    const startMs = Date.parse(appId.slice(prefix.length));
    return Number.isNaN(startMs) ? [] : [{ startMs, endMs: version }];
  });
}

/** The open of a series' first stored bar, as the log's statistics know it; `undefined` when they do not. */
function firstStoredMs(snapshot: Snapshot, assetPair: AssetPair): number | undefined {
  let firstMs: number | undefined;
  for (const file of snapshot.files) {
    if (file.partitionValues["partition_asset_pair"] !== assetPair.canonical) continue;
    const minimum = /"minValues":\{[^}]*"timestamp":"([^"]+)"/.exec(file.stats ?? "")?.[1];
    const openTimeMs = Date.parse(minimum ?? "");
    if (Number.isNaN(openTimeMs)) return undefined;
    firstMs = Math.min(openTimeMs, firstMs ?? openTimeMs);
  }
  return firstMs;
}
