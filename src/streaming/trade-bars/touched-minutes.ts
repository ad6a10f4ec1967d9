import { DeltaError } from "finance-feedback-delta";
import type { Relation, Snapshot } from "finance-feedback-delta";

import { unionOf } from "../../market/range-set.ts";
import type { RangeSet } from "../../market/range-set.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { rawTrades } from "../../tables/streams.ts";

/** Commits that the log no longer has, and files that were vacuumed since they were rearranged. */
const lostCodes: ReadonlySet<string> = new Set(["VERSION_NOT_FOUND", "DATA_FILE_UNREADABLE"]);

/**
 * The minutes, by `marketKey`, of the trades that were stored after a version: of those whose bar is built already it must be
 * built anew. Where the log no longer tells what came, all minutes are touched.
 */
export async function touchedMinutes(
  lake: DeltaLakeManager,
  snapshot: Snapshot,
  after: number,
): Promise<ReadonlyMap<string, RangeSet>> {
  if (after >= snapshot.version) return new Map();
  const table = lake.table(rawTrades.name);
  try {
    return await minutesOf(lake, await table.addedRows({ version: snapshot.version, after }));
  } catch (error) {
    if (!(error instanceof DeltaError) || !lostCodes.has(error.code)) throw error;
    return minutesOf(lake, await table.relationAt(snapshot));
  }
}

const minuteMs = timeframeMs("1m");

async function minutesOf(
  { engine }: DeltaLakeManager,
  relation: Relation,
): Promise<ReadonlyMap<string, RangeSet>> {
  const minutes = new Map<string, { readonly startMs: number; readonly endMs: number }[]>();
  const result = await engine.query(
    "SELECT DISTINCT source_provider, asset_pair, is_mock, date_trunc('minute', timestamp) AS minute FROM added",
    async () => relation,
  );
  for (const { source_provider, asset_pair, is_mock, minute } of await result.rows()) {
    const key = `${String(source_provider)}/${String(asset_pair)}${is_mock === true ? "/mock" : ""}`;
    const startMs = minute instanceof Date ? minute.getTime() : Date.parse(String(minute));
    const known = minutes.get(key) ?? [];
    known.push({ startMs, endMs: startMs + minuteMs });
    minutes.set(key, known);
  }
  return new Map([...minutes].map(([key, ranges]) => [key, unionOf(ranges)]));
}
