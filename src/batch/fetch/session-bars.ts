import { quoteText } from "finance-feedback-delta";

import { formatInstant } from "../../market/time-range.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { marketDataTable } from "../../tables/market-data.ts";
import type { SeriesPlan } from "./series-plan.ts";

/**
 * Says that a fetch adds bars on the grid of UTC beside stored ones that begin with the session, at 09:30, 10:30 and so on, or
 * at 17:00 in New York.
 * A file may have such bars, and a provider may not: both are true, and stay. Whoever adds them up has to choose.
 *
 * @param plan of a series with a table.
 */
export async function sessionBarsNote(
  { assetPair, timeframe, pieces, range }: SeriesPlan,
  lake: DeltaLakeManager,
): Promise<string | undefined> {
  const hasSessions = assetPair.kind !== "crypto" && assetPair.kind !== "crypto_contract";
  if (!hasSessions || timeframe === "1d" || pieces.length === 0) return undefined;
  const answer = await lake.query(
    `SELECT count(*) AS bars FROM ${marketDataTable(timeframe)}
     WHERE asset_pair = ${quoteText(assetPair.canonical)} AND NOT is_mock
       AND "timestamp" >= ${quoteText(formatInstant(range.startMs))} AND "timestamp" < ${quoteText(formatInstant(range.endMs))}
       AND epoch_ms("timestamp") % ${timeframeMs(timeframe)} <> 0`,
  );
  const [row] = await answer.rows();
  const bars = Number(row?.["bars"] ?? 0);
  if (bars === 0) return undefined;
  return `${assetPair.canonical} ${timeframe}: the table has ${bars} bars of this time that begin with the session, and the ones that are fetched begin on the grid of UTC; take one kind alone: those of UTC by epoch_ms(timestamp) % ${timeframeMs(timeframe)} = 0`;
}
