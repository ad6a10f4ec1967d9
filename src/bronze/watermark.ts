import { Snapshot } from "finance-feedback-delta";
import { instanceOf, required } from "finance-feedback-delta/contract";

import type { AssetPair } from "../market/asset-pair.ts";
import { assertArguments } from "./arguments.ts";
import type { StoredProgress } from "./commit-proposal.ts";

/**
 * A watermark is a Delta `txn` action of the table that holds the rows: it becomes durable in the commit that carries
 * them, so nothing can disagree with the table. Its value is the open of the last bar that the ingested range covers,
 * in milliseconds since the epoch; whether that bar had trades does not matter.
 *
 * Made-up bars keep a progress of their own: trying the demo must not hide real history from a later backfill.
 */
export interface Watermark {
  readonly assetPair: string;
  readonly isMock: boolean;
  readonly openTimeMs: number;
}

const realPrefix = "ffe.watermark/";
const mockPrefix = "ffe.watermark.mock/";

/** The application id under which a series' progress is committed. */
export function watermarkId(assetPair: AssetPair, isMock: boolean): string {
  return `${isMock ? mockPrefix : realPrefix}${assetPair.canonical}`;
}

/** The watermark of a series, or `undefined` before its first commit. */
export function readWatermark(
  stored: StoredProgress | undefined,
  assetPair: AssetPair,
  isMock: boolean,
): number | undefined {
  return stored?.transaction(watermarkId(assetPair, isMock))?.version;
}

/**
 * All watermarks of a table.
 *
 * @throws IngestionError INVALID_ARGUMENT
 * @example listWatermarks(await (await lake.existingTable("raw_market_data_1h")).snapshot());
 */
export function listWatermarks(snapshot: Snapshot): Watermark[] {
  assertArguments("listWatermarks", { snapshot }, { snapshot: required(snapshotKind) });
  return snapshot.transactions
    .flatMap(({ appId, version }): Watermark[] => {
      if (appId.startsWith(mockPrefix))
        return [{ assetPair: appId.slice(mockPrefix.length), isMock: true, openTimeMs: version }];
      if (appId.startsWith(realPrefix))
        return [{ assetPair: appId.slice(realPrefix.length), isMock: false, openTimeMs: version }];
      return [];
    })
    .toSorted((left, right) => (left.assetPair < right.assetPair ? -1 : 1));
}

const snapshotKind = instanceOf("a Snapshot, as await table.snapshot() gives it", Snapshot);
